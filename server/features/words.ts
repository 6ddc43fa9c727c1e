/** Figures as short text for lenses, hovers and tables, in the same digits and units as the command line. */
import { formatInterval, formatJoules, formatWattHours } from '../core/energy/units.js';

/** Symbol, joules, and name for a screen reader. */
const units: Readonly<Record<string, readonly [joules: number, name: string]>> = {
  GJ: [1e9, 'gigajoules'],
  MJ: [1e6, 'megajoules'],
  kJ: [1e3, 'kilojoules'],
  J: [1, 'joules'],
  mJ: [1e-3, 'millijoules'],
  µJ: [1e-6, 'microjoules'],
};

const symbolOf = (text: string): string => text.slice(text.lastIndexOf(' ') + 1);

/** `1.2 J`, `47 J`, `10.1 kJ`. */
export const joulesText = formatJoules;

/** `13 mWh`: joules in watt-hours. */
export const wattHoursText = formatWattHours;

/** `24–141 J`: both ends of an interval in joules, in the unit of the upper end. */
export function intervalText(interval: readonly [number, number]): string {
  return formatInterval(interval).replace('-', '–');
}

/** `48 J (24–141)`: a figure and its 90 % interval in joules; the interval's unit is written only where it differs. */
export function figureText(energy: { joules: number; interval90: readonly [number, number] }): string {
  const [figure, interval] = [joulesText(energy.joules), intervalText(energy.interval90)];
  const symbol = ` ${symbolOf(figure)}`;
  return `${figure} (${interval.endsWith(symbol) ? interval.slice(0, -symbol.length) : interval})`;
}

/** A part of a figure (a half-width, say) in the unit of the whole, without the unit: `1.1` of `52.3 J`. Joules in. */
export function digitsOf(part: number, whole: number): string {
  const [scale] = units[symbolOf(joulesText(whole))] ?? [1];
  const scaled = part / scale;
  return scaled === 0 ? '0' : Number(scaled.toPrecision(2)).toString();
}

/** A number with three significant digits at most, without a unit: `1.2`, `0.35`, `128`. */
export const digitsText = (value: number): string =>
  Math.abs(value) >= 1000 ? countText(value) : Number(value.toPrecision(3)).toString();

/** `12,345`: the same in every locale, so that it can be compared. */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** `−2.8 %`, `+1 %`, `equal`: a difference as a share of `whole`. */
export function signedPercent(difference: number, whole: number): string {
  if (difference === 0) return 'equal';
  const sign = difference < 0 ? '−' : '+';
  if (whole === 0) return `${sign}${countText(Math.abs(difference))}`;
  return `${sign}${digitsText(Math.abs((100 * difference) / whole))} %`;
}

/** `1.2 kilojoules`, for a screen reader. */
export function spokenJoules(joules: number): string {
  const text = joulesText(joules);
  const symbol = symbolOf(text);
  return `${text.slice(0, -symbol.length)}${units[symbol]?.[1] ?? symbol}`;
}

/** `24 to 141 joules`. */
export function spokenInterval(interval: readonly [number, number]): string {
  const text = intervalText(interval);
  const symbol = symbolOf(text);
  return `${text.slice(0, -symbol.length).replace('–', ' to ')}${units[symbol]?.[1] ?? symbol}`;
}
