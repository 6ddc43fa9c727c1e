/** Reads bytes of base64 text where they are asked for, so that a header costs the header and not the file. */

/** Code units of base64 in which headers are looked for. */
const HEAD_LENGTH = 1 << 20;
const JUNK = /[^A-Za-z0-9+/_-]+/g;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Map([...ALPHABET].map((letter, value) => [letter.charCodeAt(0), value] as const));
VALUES.set('-'.charCodeAt(0), 62);
VALUES.set('_'.charCodeAt(0), 63);

/** The bytes that a base64 text stands for, read one by one. */
export interface Bytes {
  /** Of the whole file in bytes, as far as it is in the text. */
  readonly length: number;
  /** The byte at an offset; NaN past the end, or past the first 768 KiB. */
  at(offset: number): number;
}

/** Bytes of base64 text (either alphabet); escapes, line feeds and padding in it are skipped. */
export function bytesOf(base64: string): Bytes {
  // In JSON a slash may be written `\/` and a line feed `\n`.
  const head = base64
    .slice(0, HEAD_LENGTH)
    .replace(/\\[nrt]/g, '')
    .replace(JUNK, '');
  const kept = base64.length > HEAD_LENGTH ? head.length + base64.length - HEAD_LENGTH : head.length;
  return {
    length: Math.floor((kept * 3) / 4),
    at: (offset) => {
      const place = Math.floor(offset / 3) * 4 + (offset % 3);
      if (!(offset >= 0) || place + 1 >= head.length) return NaN;
      const high = VALUES.get(head.charCodeAt(place))!;
      const low = VALUES.get(head.charCodeAt(place + 1))!;
      const shift = 2 * (offset % 3) + 2;
      return ((high << shift) | (low >> (6 - shift))) & 0xff;
    },
  };
}

/** Whether `text` (Latin-1) stands at `offset`. */
export function hasText(bytes: Bytes, offset: number, text: string): boolean {
  for (let at = 0; at < text.length; at++) if (bytes.at(offset + at) !== text.charCodeAt(at)) return false;
  return true;
}

/** `size` bytes as one whole number, the highest first; NaN past the end. */
export function bigEndian(bytes: Bytes, offset: number, size: number): number {
  let value = 0;
  for (let at = 0; at < size; at++) value = value * 256 + bytes.at(offset + at);
  return value;
}

/** `size` bytes as one whole number, the lowest first; NaN past the end. */
export function littleEndian(bytes: Bytes, offset: number, size: number): number {
  let value = 0;
  for (let at = size - 1; at >= 0; at--) value = value * 256 + bytes.at(offset + at);
  return value;
}
