/**
 * Reads the text format of Prometheus and OpenMetrics. Made to survive what exporters send: spaces between labels,
 * escapes, timestamps, exemplars, NaN. A line that cannot be read is left out and counted; the others stand.
 */

/** One line of a page. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** May be NaN or infinite, as the format allows. */
  readonly value: number;
  /** As written; milliseconds in the Prometheus format, seconds in OpenMetrics. */
  readonly timestamp?: number;
}

/** A page, read. */
export interface MetricsPage {
  readonly samples: readonly Sample[];
  /** `counter`, `gauge`, ... by name, as the page declares them. */
  readonly types: ReadonlyMap<string, string>;
  /** Lines that could not be read. */
  readonly badLines: number;
}

/** Reads a page. Never throws. */
export function parseMetrics(text: string): MetricsPage {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  let badLines = 0;
  for (const raw of text.split(/\r\n|\n|\r/)) {
    const line = raw.trim();
    if (line === '') {
      continue;
    }
    if (line.startsWith('#')) {
      const declared = /^#\s+TYPE\s+(\S+)\s+(\S+)/.exec(line);
      if (declared !== null) {
        types.set(declared[1] ?? '', declared[2] ?? '');
      }
      continue;
    }
    const sample = parseSample(line);
    if (sample === null) {
      badLines++;
    } else {
      samples.push(sample);
    }
  }
  return { samples, types, badLines };
}

const namePattern = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;

function parseSample(line: string): Sample | null {
  const name = namePattern.exec(line)?.[0];
  if (name === undefined) {
    return null;
  }
  let rest = line.slice(name.length).trimStart();
  let labels: Readonly<Record<string, string>> = {};
  if (rest.startsWith('{')) {
    const read = parseLabels(rest);
    if (read === null) {
      return null;
    }
    labels = read.labels;
    rest = read.rest;
  } else if (rest.length === line.length - name.length && rest !== '') {
    // No blank after the name: `name-with-dash 1` is no metric.
    return null;
  }
  // An exemplar comes after ` # `; it is no part of the sample.
  const [value, timestamp, ...more] = (rest.split(/\s#\s/)[0] ?? '').trim().split(/\s+/);
  const number = numberOf(value);
  if (number === null || more.length > 0) {
    return null;
  }
  const time = timestamp === undefined ? undefined : Number(timestamp);
  if (time !== undefined && Number.isNaN(time)) {
    return null;
  }
  return { name, labels, value: number, ...(time === undefined ? {} : { timestamp: time }) };
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['"', '"'],
  ['\\', '\\'],
]);

/** From where `lastIndex` says. */
const labelName = /[a-zA-Z_][a-zA-Z0-9_.]*/y;

/** The labels of `{a="1", b="x\"y",}`, and what follows the brace. Null where they cannot be read. */
export function parseLabels(
  text: string,
): { readonly labels: Readonly<Record<string, string>>; readonly rest: string } | null {
  const labels: Record<string, string> = {};
  let at = 1;
  const skipBlanks = (): void => {
    while (text[at] === ' ' || text[at] === '\t') {
      at++;
    }
  };
  for (;;) {
    skipBlanks();
    if (text[at] === '}') {
      return { labels, rest: text.slice(at + 1) };
    }
    labelName.lastIndex = at;
    const name = labelName.exec(text)?.[0];
    if (name === undefined) {
      return null;
    }
    at += name.length;
    skipBlanks();
    if (text[at] !== '=') {
      return null;
    }
    at++;
    skipBlanks();
    if (text[at] !== '"') {
      return null;
    }
    at++;
    let value = '';
    for (; text[at] !== '"'; at++) {
      const character = text[at];
      if (character === undefined) {
        return null;
      }
      if (character === '\\') {
        at++;
        const escaped = text[at] ?? '';
        value += escapes.get(escaped) ?? `\\${escaped}`;
      } else {
        value += character;
      }
    }
    at++;
    labels[name] = value;
    skipBlanks();
    if (text[at] === ',') {
      at++;
    } else if (text[at] !== '}') {
      return null;
    }
  }
}

const specialNumbers: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['+inf', Infinity],
  ['inf', Infinity],
  ['-inf', -Infinity],
]);

/** A number as the format writes it; null where it is none. */
export function numberOf(text: string | undefined): number | null {
  if (text === undefined || text === '') {
    return null;
  }
  const special = specialNumbers.get(text.toLowerCase());
  if (special !== undefined) {
    return special;
  }
  const value = Number(text);
  return Number.isNaN(value) ? null : value;
}
