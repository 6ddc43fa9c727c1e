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
