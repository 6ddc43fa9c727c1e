/** Files of saved measurements as rows: JSON, JSON Lines or CSV. Half-written files give what can be read of them. */
import { getNodeValue, parseTree, type Node, type ParseError } from 'jsonc-parser';
import { readCsv } from './csv.js';
import { readRow, reportRows, reportsIn, type MeasuredRequest, type RowProblem } from './measuredRequests.js';

/** What a file holds. */
export interface MeasurementFile {
  readonly requests: readonly MeasuredRequest[];
  readonly problems: readonly RowProblem[];
}

/** A value of a file and the line that it begins at, from 1. */
interface Placed {
  readonly value: unknown;
  readonly line: number;
  /** Below it: `run 3`. */
  readonly part?: string;
}

/** Lists that a history may keep its measurements under. */
const LISTS = ['measurements', 'history', 'records', 'rows', 'results'];

/** @param name of the file, for places of problems */
export function readMeasurementFile(name: string, text: string): MeasurementFile {
  const requests: MeasuredRequest[] = [];
  const problems: RowProblem[] = [];
  const { values, broken } = valuesOf(text);
  for (const { line, message } of broken) problems.push({ place: `${name}:${line}`, message });
  for (const { value, line, part } of values.flatMap(rowsOf)) {
    const row = readRow(value, `${name}:${line}${part === undefined ? '' : ` ${part}`}`);
    if ('message' in row) problems.push(row);
    else requests.push(row);
  }
  if (values.length === 0 && broken.length === 0) problems.push({ place: name, message: 'holds no measurement' });
  return { requests, problems };
}

function rowsOf(placed: Placed): Placed[] {
  const { value, line } = placed;
  const reports = reportsIn(value);
  if (reports.length === 0) return [placed];
  return reports.flatMap(reportRows).map((run, i) => ({ value: run, line, part: `run ${i + 1}` }));
}

interface Values {
  readonly values: Placed[];
  readonly broken: { readonly line: number; readonly message: string }[];
}

function valuesOf(source: string): Values {
  const text = source.replace(/^\uFEFF/, '');
  const first = text.trimStart()[0];
  if (first === undefined) return { values: [], broken: [] };
  if (first !== '{' && first !== '[') return csvValues(text);
  const lines = jsonLines(text);
  // Several lines that are each a value: JSON Lines. One value over many lines: JSON.
  return lines.values.length > 0 && lines.values.length >= lines.broken.length && !isOneValue(text)
    ? lines
    : jsonValues(text);
}

function isOneValue(text: string): boolean {
  const errors: ParseError[] = [];
  parseTree(text, errors, { allowTrailingComma: true });
  return errors.length === 0;
}

function jsonLines(text: string): Values {
  const values: Placed[] = [];
  const broken: Values['broken'] = [];
  text.split('\n').forEach((each, i) => {
    if (each.trim() === '') return;
    try {
      const value: unknown = JSON.parse(each);
      values.push(...(Array.isArray(value) ? value : [value]).map((one: unknown) => ({ value: one, line: i + 1 })));
    } catch {
      broken.push({ line: i + 1, message: 'not JSON; expected one object a line' });
    }
  });
  return { values, broken };
}

function jsonValues(text: string): Values {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const lineAt = lineCounter(text);
  const broken = errors.slice(0, 1).map(({ offset }) => ({
    line: lineAt(offset),
    message: 'not valid JSON here; what can be read of it is used',
  }));
  const list = root === undefined ? [] : listOf(root);
  return {
    values: list.map((node) => ({ value: getNodeValue(node) as unknown, line: lineAt(node.offset) })),
    broken,
  };
}

/** The items of a list, of the one list in an object, or the object itself. */
function listOf(root: Node): readonly Node[] {
  if (root.type === 'array') return root.children ?? [];
  for (const property of root.children ?? []) {
    const [key, value] = property.children ?? [];
    if (value?.type === 'array' && LISTS.includes(String(key?.value))) return value.children ?? [];
  }
  return [root];
}

/** Lines of offsets, from 1. */
function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}

function csvValues(text: string): Values {
  const [head, ...lines] = readCsv(text);
  const names = head?.cells.map((cell) => cell.trim()) ?? [];
  if (!names.includes('joules') && !names.includes('measuredJoules')) {
    const message = 'neither JSON nor CSV with a column joules; expected what measure --json prints, or rows';
    return { values: [], broken: [{ line: head?.line ?? 1, message }] };
  }
  const values = lines.map(({ line, cells }) => ({
    line,
    value: Object.fromEntries(names.map((name, i) => [name, cellValue(cells[i] ?? '')])),
  }));
  return { values, broken: [] };
}

const cellValue = (cell: string): string | number => {
  const text = cell.trim();
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : text;
};
