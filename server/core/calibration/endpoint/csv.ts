/** Comma-separated values (RFC 4180): quoted cells, commas and line ends within them, doubled quotes. */

/** One line of cells, with the line of the text that it begins at, from 1. */
export interface CsvLine {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Never throws: a quote that is not closed runs to the end of the text. Empty lines are left out. */
export function readCsv(text: string): CsvLine[] {
  const lines: CsvLine[] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  let line = 1;
  let begins = 1;
  const endLine = (): void => {
    cells.push(cell);
    if (cells.length > 1 || cell.trim() !== '') lines.push({ line: begins, cells });
    cells = [];
    cell = '';
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '\n') line++;
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[i + 1] === '"') cell += text[++i]!;
      else quoted = false;
    } else if (char === '"' && cell === '') quoted = true;
    else if (char === ',') {
      cells.push(cell);
      cell = '';
    } else if (char === '\n') {
      endLine();
      begins = line;
    } else if (char !== '\r') cell += char;
  }
  endLine();
  return lines;
}
