/** The line around an offset, by native search: a line may be megabytes long. LF, CRLF and lone CR end lines. */

/** Start of the line that `offset` is on, at least `from`. */
export function lineStart(text: string, offset: number, from: number): number {
  const start = offset > from ? Math.max(from, text.lastIndexOf('\n', offset - 1) + 1) : from;
  // Carriage returns are looked for only inside the line found: a text that has none is not searched for one.
  return start + text.slice(start, offset).lastIndexOf('\r') + 1;
}

/** Offset of the line break at or after `offset`, at most `to`. */
export function lineEnd(text: string, offset: number, to: number): number {
  const found = text.indexOf('\n', offset);
  const end = found < 0 || found > to ? to : found;
  const within = text.slice(offset, end).indexOf('\r');
  return within < 0 ? end : offset + within;
}

/** The end of a line's content: without the blanks before `end`, at least `start`. */
export function withoutEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && (text.charCodeAt(at - 1) === 32 || text.charCodeAt(at - 1) === 9)) at--;
  return at;
}
