/** Where texts may be cut for vocabularies that split nothing, as SentencePiece: no token holds the two sides of a cut. */
import type { Scanner } from './scanners.js';
import type { TokenTable } from './tokenTable.js';

/** What stands for a blank: U+2581 as UTF-8. */
const BLANK = [0xe2, 0x96, 0x81];
const MARK = 0x2581;
const LINE_FEED = 10;

const startsAt = (bytes: Uint8Array, at: number, wanted: readonly number[]): boolean =>
  wanted.every((byte, index) => bytes[at + index] === byte);

/** The characters (as code units) after which, in some token, a blank stands; and whether tokens join line feeds to others. */
function glue(table: TokenTable): { readonly before: ReadonlySet<number>; readonly joinsLines: boolean } {
  const before = new Set<number>();
  let joinsLines = false;
  for (let rank = 0; rank < table.size; rank++) {
    const bytes = table.bytesOf(rank);
    for (let at = 1; at < bytes.length; at++) {
      if ((bytes[at] === LINE_FEED) !== (bytes[at - 1] === LINE_FEED)) joinsLines = true;
      if (!startsAt(bytes, at, BLANK)) continue;
      const head = Buffer.from(bytes.subarray(0, at)).toString();
      before.add(head.charCodeAt(head.length - 1));
    }
  }
  before.delete(MARK);
  return { before, joinsLines };
}

/**
 * Words, each with the blanks before it: a cut stands before a blank after any character that no token has in front of a
 * blank, and on both sides of a run of line feeds where no token joins it with something else.
 */
export function wordScanner(table: TokenTable): Scanner {
  const { before, joinsLines } = glue(table);
  return (text, at, end) => {
    let previous = text.charCodeAt(at);
    for (let place = at + 1; place < end; place++) {
      const unit = text.charCodeAt(place);
      if (unit === MARK && previous !== MARK && !before.has(previous)) return place;
      if ((unit === LINE_FEED) !== (previous === LINE_FEED) && !joinsLines) return place;
      previous = unit;
    }
    return end;
  };
}
