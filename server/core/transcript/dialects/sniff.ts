/** Which dialect a text is in, told cheaply from its head. */
import { readJsonNow } from '../json/reader.js';
import { dialectOf } from './choose.js';
import type { Dialect } from './dialect.js';
import { DIALECTS } from './all.js';

/** Enough for the first row or message of nearly every file; the whole head is read only when this does not decide. */
const FIRST_LOOK = 4096;

const rootDialect = (text: string): Dialect | null => dialectOf(text, readJsonNow(text).roots[0] ?? null);

/** Whether the first value of `head`, a text that may break off anywhere, is of this dialect. */
export function looksLike(dialect: Dialect, head: string): boolean {
  if (!dialect.trace.test(head)) return false;
  if (rootDialect(head.slice(0, FIRST_LOOK)) === dialect) return true;
  return head.length > FIRST_LOOK && rootDialect(head) === dialect;
}

/** Whether the first value of `head` is of any dialect. */
export function looksLikeAny(head: string): boolean {
  if (!DIALECTS.some(({ trace }) => trace.test(head))) return false;
  return rootDialect(head.slice(0, FIRST_LOOK)) !== null || (head.length > FIRST_LOOK && rootDialect(head) !== null);
}
