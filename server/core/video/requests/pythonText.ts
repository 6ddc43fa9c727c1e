/** Python source with the inside of strings and comments blanked, so that brackets and names are what they seem. */

/** The same length as `text`; line ends stay. Linear, whatever the text. */
export function maskedPython(text: string): string {
  const parts: string[] = [];
  let at = 0;
  const blank = (end: number): void => {
    parts.push(text.slice(at, end).replace(/[^\n\r]/g, ' '));
    at = end;
  };
  const token = /#[^\n\r]*|'''|"""|'|"/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [opening] = match;
    parts.push(text.slice(at, match.index));
    at = match.index;
    if (opening.startsWith('#')) {
      blank(match.index + opening.length);
    } else {
      const start = match.index + opening.length;
      const end = stringEnd(text, start, opening);
      parts.push(opening);
      at = start;
      blank(end);
      // Its closing quotes, where they are there.
      if (text.startsWith(opening, end)) {
        parts.push(opening);
        at = end + opening.length;
      }
    }
    token.lastIndex = at;
  }
  parts.push(text.slice(at));
  return parts.join('');
}

/** Where a string's inside ends: at its quotes, at the end of the line for short ones, or at the end of the text. */
function stringEnd(text: string, start: number, quotes: string): number {
  for (let i = start; i < text.length; i++) {
    const c = text[i]!;
    if (c === '\\') i++;
    else if (quotes.length === 1 && (c === '\n' || c === '\r')) return i;
    else if (c === quotes[0] && text.startsWith(quotes, i)) return i;
  }
  return text.length;
}

/** The end of what a bracket at `open - 1` holds: its closing bracket, or where the statement is plainly over. */
export function closingBracket(masked: string, open: number): number {
  let depth = 0;
  for (let i = open; i < masked.length; i++) {
    const c = masked[i]!;
    if (c === '(' || c === '[' || c === '{') depth++;
    else if (c === ')' || c === ']' || c === '}') {
      if (depth === 0) return i;
      depth--;
    } else if (c === '\n' && /^[A-Za-z_@]/.test(masked.slice(i + 1, i + 2))) return i;
  }
  return masked.length;
}

/** The arguments between two offsets: spans of what stands between commas at the top. */
export function argumentsIn(masked: string, start: number, end: number): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  let depth = 0;
  let from = start;
  for (let i = start; i <= end; i++) {
    const c = masked[i] ?? ',';
    if (c === '(' || c === '[' || c === '{') depth++;
    else if ((c === ')' || c === ']' || c === '}') && i < end) depth--;
    if ((c === ',' && depth === 0) || i === end) {
      if (masked.slice(from, i).trim() !== '') found.push({ start: from, end: i });
      from = i + 1;
    }
  }
  return found;
}
