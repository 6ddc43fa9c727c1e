/** UTF-8, with lone surrogates as U+FFFD. */

/** Bytes that a UTF-16 code unit needs at most. */
export const BYTES_PER_UNIT = 3;

/**
 * Writes `text[start, end)` to the front of `to`, which has room for three bytes a code unit.
 *
 * @returns how many bytes were written
 */
export function writeUtf8(text: string, start: number, end: number, to: Uint8Array): number {
  let written = 0;
  for (let at = start; at < end; at++) {
    let code = text.charCodeAt(at);
    if (code < 0x80) {
      to[written++] = code;
      continue;
    }
    if (code < 0x800) {
      to[written++] = 0xc0 | (code >> 6);
      to[written++] = 0x80 | (code & 63);
      continue;
    }
    if ((code & 0xf800) === 0xd800) {
      const low = at + 1 < end ? text.charCodeAt(at + 1) : 0;
      if (code < 0xdc00 && (low & 0xfc00) === 0xdc00) {
        code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
        at++;
        to[written++] = 0xf0 | (code >> 18);
        to[written++] = 0x80 | ((code >> 12) & 63);
        to[written++] = 0x80 | ((code >> 6) & 63);
        to[written++] = 0x80 | (code & 63);
        continue;
      }
      code = 0xfffd;
    }
    to[written++] = 0xe0 | (code >> 12);
    to[written++] = 0x80 | ((code >> 6) & 63);
    to[written++] = 0x80 | (code & 63);
  }
  return written;
}

/** Bytes of the UTF-8 sequence that begins with `lead`. */
export const sequenceLength = (lead: number): number => (lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);
