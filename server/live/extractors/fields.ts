/** Reads numbers and texts out of unknown JSON by path. */
import type { FieldRule } from './table.js';
import { isEnergyUnit, toJoules, unitFrom, type EnergyUnit } from '../units.js';

/** The value at a path in dots; the object itself for the empty path; undefined where there is none. */
export function valueAt(root: unknown, path: string): unknown {
  if (path === '') {
    return root;
  }
  let value: unknown = root;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) {
      return undefined;
    }
    value = Reflect.get(value, step);
  }
  return value;
}

/** A figure in joules, with its range where it is one. */
export interface FieldJoules {
  readonly joules: number;
  readonly range?: readonly [lo: number, hi: number];
}

/** The figure of a field; null where it is absent, null, no finite number, or in a unit that is not known. */
export function fieldAt(root: unknown, rule: FieldRule | undefined): FieldJoules | null {
  if (rule === undefined) {
    return null;
  }
  const unit = unitOf(root, rule);
  const value = valueAt(root, rule.path);
  const number = numberOf(value, rule.allowText === true);
  if (unit === null) {
    return null;
  }
  if (number !== null) {
    return { joules: toJoules(number, unit) };
  }
  const lo = numberOf(valueAt(value, 'min'), false);
  const hi = numberOf(valueAt(value, 'max'), false);
  if (lo === null || hi === null || lo > hi) {
    return null;
  }
  const average = numberOf(valueAt(value, 'avg'), false) ?? (lo + hi) / 2;
  return { joules: toJoules(average, unit), range: [toJoules(lo, unit), toJoules(hi, unit)] };
}

/** Joules of a field; null where it has none. */
export function joulesAt(root: unknown, rule: FieldRule | undefined): number | null {
  return fieldAt(root, rule)?.joules ?? null;
}

/** A finite number at a path, or null. */
export function numberAt(root: unknown, path: string): number | null {
  return numberOf(valueAt(root, path), false);
}

function unitOf(root: unknown, { unit, unitPath }: FieldRule): EnergyUnit | null {
  const said = textAt(root, unitPath);
  if (said === null) {
    return unit;
  }
  const known = unitFrom(said);
  return known !== null && isEnergyUnit(known) ? known : null;
}

function numberOf(value: unknown, allowText: boolean): number | null {
  const number = allowText && typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** A text, or null where there is none. */
export function textAt(root: unknown, path: string | undefined): string | null {
  const value = path === undefined ? undefined : valueAt(root, path);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
