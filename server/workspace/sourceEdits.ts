/** LSP content changes as one edit of offsets. */
import type { SourceEdit } from '../core/transcript/model.js';

/**
 * One edit that covers two in a row: `second` is in the offsets of the text after `first`.
 * The result is in the offsets of the text before `first` (`start`, `oldEnd`) and after `second` (`newEnd`).
 */
export function mergeEdits(first: SourceEdit, second: SourceEdit): SourceEdit {
  const reach = Math.max(first.newEnd, second.oldEnd);
  return {
    start: Math.min(first.start, second.start),
    oldEnd: reach + first.oldEnd - first.newEnd,
    newEnd: reach + second.newEnd - second.oldEnd,
  };
}

/** The smallest single edit that turns `before` into `after`; null where they are equal. Linear in the text. */
export function editBetween(before: string, after: string): SourceEdit | null {
  if (before === after) return null;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let same = 0;
  while (
    same < shorter - start &&
    before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)
  ) {
    same++;
  }
  return { start, oldEnd: before.length - same, newEnd: after.length - same };
}
