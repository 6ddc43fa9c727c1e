/** Reads numbers and texts out of unknown JSON by path. */
import type { FieldRule } from './table.js';
import { toJoules } from '../units.js';

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

/** Joules of a field; null where it is absent, null or no finite number. */
export function joulesAt(root: unknown, rule: FieldRule | undefined): number | null {
  const value = rule === undefined ? undefined : valueAt(root, rule.path);
  return typeof value === 'number' && Number.isFinite(value) && rule !== undefined ? toJoules(value, rule.unit) : null;
}

/** A text, or null where there is none. */
export function textAt(root: unknown, path: string | undefined): string | null {
  const value = path === undefined ? undefined : valueAt(root, path);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
