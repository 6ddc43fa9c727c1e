/** Bytes as the printable characters that byte-level vocabularies write for them. */

/** The character of each byte: itself where it is printable, else the next one from U+0100 on. */
function characters(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}

const CHARACTERS = characters();
const BYTES = new Map(CHARACTERS.map((character, byte) => [character.charCodeAt(0), byte]));

/** The bytes that a token spells; null where a character of it stands for no byte. */
export function spelledBytes(token: string): Uint8Array | null {
  const bytes = new Uint8Array(token.length);
  for (let at = 0; at < token.length; at++) {
    const byte = BYTES.get(token.charCodeAt(at));
    if (byte === undefined) return null;
    bytes[at] = byte;
  }
  return bytes;
}

/** The token that spells these bytes. */
export const spelling = (bytes: Uint8Array): string => Array.from(bytes, (byte) => CHARACTERS[byte]!).join('');
