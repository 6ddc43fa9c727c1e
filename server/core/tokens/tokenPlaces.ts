/** Where tokens stand in their text: tokens are cut at bytes, texts are read in characters. */

/** Bytes of a UTF-16 code unit's character in UTF-8, and its code units. A lone surrogate is U+FFFD: three bytes. */
function characterAt(text: string, at: number): { readonly bytes: number; readonly units: number } {
  const point = text.codePointAt(at)!;
  if (point < 0x80) return { bytes: 1, units: 1 };
  if (point < 0x800) return { bytes: 2, units: 1 };
  return point < 0x10000 ? { bytes: 3, units: 1 } : { bytes: 4, units: 2 };
}

/**
 * For each token the code units that it touches: from the start of the character that holds its first byte to the end
 * of the one that holds its last. Tokens that share a character overlap there.
 *
 * @param byteEnds exclusive end of each token in the UTF-8 of `text`, ascending
 */
export function placeTokens(
  text: string,
  byteEnds: Uint32Array,
): { readonly starts: Uint32Array; readonly ends: Uint32Array } {
  const starts = new Uint32Array(byteEnds.length);
  const ends = new Uint32Array(byteEnds.length);
  // The character at hand: its first byte and unit, and those after it.
  let [byte, unit, nextByte, nextUnit] = [0, 0, 0, 0];
  const step = (): void => {
    [byte, unit] = [nextByte, nextUnit];
    if (unit >= text.length) return;
    const { bytes, units } = characterAt(text, unit);
    nextByte += bytes;
    nextUnit += units;
  };
  step();
  let from = 0;
  for (const [index, to] of byteEnds.entries()) {
    while (nextByte <= from && unit < text.length) step();
    starts[index] = unit;
    while (nextByte < to && unit < text.length) step();
    ends[index] = to > byte ? nextUnit : unit;
    from = to;
  }
  return { starts, ends };
}
