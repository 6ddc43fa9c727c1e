/** Figures as text: joules first, watt-hours beside, grams of CO2 equivalent where a grid zone is set. */
import grid from '../data/grid.json';
import type { Interval90 } from './types.js';

const JOULE_UNITS = [
  [1e9, 'GJ'],
  [1e6, 'MJ'],
  [1e3, 'kJ'],
  [1, 'J'],
  [1e-3, 'mJ'],
] as const;

/** Two digits below 10 of a unit, else three at most: `1.2 J`, `47 J`, `327 mJ`, `10.1 kJ`. */
const digits = (value: number): string => {
  if (value >= 99.95) return value.toFixed(0);
  const text = value >= 9.95 ? value.toFixed(1) : value.toPrecision(2);
  if (text.includes('e')) return String(Number(text));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
};

/** A number with three significant digits at most, without a unit: `1.25`, `0.0353`, `128`. */
export const threeDigits = (value: number): string => String(Number(value.toPrecision(3)));

/** Joules as text: `0 J`, `1.2 J`, `47 J`, `10.1 kJ`; below a microjoule `0 J`. */
export function formatJoules(joules: number): string {
  const size = Math.abs(joules);
  if (!(size >= 5e-7)) return '0 J';
  const [scale, unit] = JOULE_UNITS.find(([each]) => size >= each * 0.9995) ?? [1e-6, 'µJ'];
  return `${joules < 0 ? '-' : ''}${digits(size / scale)} ${unit}`;
}

/** An interval in the unit of its upper end: `24-139 J`, `0.9-3.2 kJ`. */
export function formatInterval([lo, hi]: Interval90): string {
  const upper = formatJoules(hi);
  const unit = upper.slice(upper.lastIndexOf(' ') + 1);
  const scale = JOULE_UNITS.find(([, name]) => name === unit)?.[0] ?? (unit === 'µJ' ? 1e-6 : 1);
  const low = lo / scale;
  return `${low < 5e-3 ? '0' : digits(low)}-${upper}`;
}

/** Joules as watt-hours: `0.36 Wh`, `12 mWh`, `2.8 kWh`. */
export function formatWattHours(joules: number): string {
  const wattHours = joules / 3600;
  const size = Math.abs(wattHours);
  if (!(size >= 5e-7)) return '0 Wh';
  const [scale, unit] =
    size >= 1000 ? [1000, 'kWh'] : size >= 0.1 ? [1, 'Wh'] : size >= 1e-3 ? [1e-3, 'mWh'] : [1e-6, 'µWh'];
  return `${digits(wattHours / scale)} ${unit}`;
}

/** A duration: `42 s`, `3.2 min`, `1.4 h`. */
export function formatSeconds(seconds: number): string {
  if (!(seconds > 0)) return '0 s';
  const [scale, unit] =
    seconds < 0.9995 ? [1e-3, 'ms'] : seconds < 99.5 ? [1, 's'] : seconds < 5970 ? [60, 'min'] : [3600, 'h'];
  return `${digits(seconds / scale)} ${unit}`;
}

/** Zones with a published intensity: three-letter country codes and regions such as `WORLD`. */
export const GRID_ZONES: readonly string[] = Object.keys(grid.zones);

/** Yearly mean intensity of a zone in gCO2e per kWh; null where none is published. */
export function gridIntensity(zone: string): number | null {
  const zones: Readonly<Record<string, number>> = grid.zones;
  const key = zone.trim().toUpperCase();
  return Object.hasOwn(zones, key) ? zones[key]! : null;
}

/** Grams of CO2 equivalent of an energy (GPU, host and facility together) in a zone; null for an unknown zone. */
export function gramsCo2e(totalJoules: number, zone: string): number | null {
  const intensity = gridIntensity(zone);
  return intensity === null ? null : (totalJoules / 3.6e6) * intensity;
}

/** Grams as text: `0.12 gCO2e`, `34 mgCO2e`. */
export function formatGrams(grams: number): string {
  if (!(grams >= 5e-7)) return '0 gCO2e';
  const [scale, unit] =
    grams >= 1000
      ? [1000, 'kgCO2e']
      : grams >= 0.1
        ? [1, 'gCO2e']
        : grams >= 1e-3
          ? [1e-3, 'mgCO2e']
          : [1e-6, 'µgCO2e'];
  return `${digits(grams / scale)} ${unit}`;
}
