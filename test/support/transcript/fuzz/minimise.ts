/** The shortest document that goes wrong in the same way, as far as it can be found by leaving parts out. */
import type { FuzzCase } from './cases.js';
import type { Failure } from './check.js';

const MOST_ATTEMPTS = 3000;

/** The same kind of failure, wherever in the document it is. */
export const kindOf = ({ stage, message }: Failure): string =>
  `${stage}: ${message.split('\n', 1)[0]!.replaceAll(/\d+/g, '#').slice(0, 100)}`;

/** `[start, end)` of the text left out, with the edit where its text now is. */
function without({ format, path, text, edit }: FuzzCase, start: number, end: number): FuzzCase {
  const moved = (offset: number): number => (offset <= start ? offset : offset < end ? start : offset - (end - start));
  return {
    format,
    path,
    text: text.slice(0, start) + text.slice(end),
    edit: { ...edit, start: moved(edit.start), oldEnd: moved(edit.oldEnd) },
  };
}

/** @param check what is wrong with a document, or null */
export function minimise(found: FuzzCase, failure: Failure, check: (fuzzCase: FuzzCase) => Failure | null): FuzzCase {
  const kind = kindOf(failure);
  let best = found;
  let attempts = 0;
  const fails = (smaller: FuzzCase): boolean => {
    attempts++;
    const result = check(smaller);
    return result !== null && kindOf(result) === kind;
  };
  for (let size = Math.ceil(best.text.length / 2); size >= 1 && attempts < MOST_ATTEMPTS;) {
    let removed = false;
    for (let start = 0; start < best.text.length && attempts < MOST_ATTEMPTS;) {
      const smaller = without(best, start, Math.min(best.text.length, start + size));
      if (fails(smaller)) {
        best = smaller;
        removed = true;
      } else start += size;
    }
    if (!removed && size === 1) break;
    size = removed && size === 1 ? 1 : Math.floor(size / 2);
  }
  return best;
}
