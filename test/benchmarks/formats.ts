/**
 * Every format's parser beside a tokenizer on the text that it finds, and on 1, 4 and 16 times as much. Documents grow
 * from the format's own sample, with other prose in each part; the best of some runs counts.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parse as parseYaml, stringify } from 'yaml';
import { drain } from '../../server/core/transcript/parseTranscript.js';
import type { FormatAdapter, ParsedTranscript } from '../../server/core/transcript/model.js';
import { FORMATS } from '../../server/core/transcript/registry.js';
import { loadVocabulary } from '../../server/runtime/vocabulary.js';
import type { Row } from './figures.js';
import { time } from './figures.js';
import { root } from './languageServer.js';
import { seeded, turnText } from './transcripts.js';

/** Code units of the three documents. */
const SIZES = [1_000_000, 4_000_000, 16_000_000] as const;
/** Shorter texts are names and words that mean something. */
const PROSE_LENGTH = 40;

const random = seeded(23);
/** A turn's text, as long as turns of chats are; samples have short ones. */
const prose = (): string => turnText(random, 200 + random() * 1400).replaceAll(/\s+/g, ' ');

/** A value with other prose in its texts. */
function varied(value: unknown): unknown {
  if (typeof value === 'string') return value.length > PROSE_LENGTH ? prose() : value;
  if (Array.isArray(value)) return value.map(varied);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, varied(each)]));
}

const lengthOf = (value: unknown): number => JSON.stringify(value)?.length ?? 0;

/** The value with the elements of its longest list again and again: messages of a request, conversations of an export. */
function grown(value: unknown, length: number): unknown {
  if (Array.isArray(value)) {
    const elements: unknown[] = [...(value as unknown[])];
    for (let at = 0, size = lengthOf(value); size < length; at++) {
      const next = varied(value[at % value.length]);
      elements.push(next);
      size += lengthOf(next) + 1;
    }
    return elements;
  }
  if (typeof value !== 'object' || value === null) return value;
  const lists = Object.entries(value).filter(([, each]) => typeof each === 'object' && each !== null);
  const [longest] = lists.sort(([, a], [, b]) => lengthOf(b) - lengthOf(a));
  return longest ? { ...value, [longest[0]]: grown(longest[1], length) } : value;
}

/** Ids of a log's events, other ones in each copy, whose first event follows the last of the copy before. */
function withIds(text: string, copy: number): string {
  const last = [...text.matchAll(/"uuid":\s*"([^"]+)"/g)].at(-1)?.[1];
  const own = text.replaceAll(/("(?:uuid|parentUuid|id|call_id)":\s*"[^"]+)"/g, `$1-${copy}"`);
  return copy === 0 || last === undefined
    ? own
    : own.replaceAll(/"parentUuid":\s*null/g, `"parentUuid":"${last}-${copy - 1}"`);
}

/** A line with other prose: an event of a log, or text between marks that mean something. */
function variedLine(line: string): string {
  if (line.startsWith('{"')) return JSON.stringify(varied(JSON.parse(line)));
  return line.replaceAll(/[A-Za-z][^<>{}[\]"\\|#*\r\n]{39,}/g, prose);
}

/** A text again and again, with other prose in its long lines; front matter and a root element stand once. */
function repeated(text: string, length: number): string {
  const [, head, body, tail] = /^(---\n[\s\S]*?\n---\n|<poml[^>]*>)?([\s\S]*?)(<\/poml>\s*)?$/.exec(text)!;
  const copies: string[] = [];
  for (let size = 0; size < length;) {
    const lines = body!.split('\n').map(variedLine);
    const copy = withIds(lines.join('\n'), copies.length);
    copies.push(copy);
    size += copy.length;
  }
  return (head ?? '') + copies.join('\n') + (tail ?? '');
}

function documentOf(adapter: FormatAdapter, length: number): string {
  const text = fs.readFileSync(path.join(root, 'samples', adapter.sample), 'utf8');
  if (/\.json$/.test(adapter.sample)) return JSON.stringify(grown(JSON.parse(text), length), null, 2);
  if (/\.ya?ml$/.test(adapter.sample)) return stringify(grown(parseYaml(text), length));
  return repeated(text, length);
}

function best<T>(runs: number, work: () => T): { milliseconds: number; result: T } {
  let milliseconds = Infinity;
  let result: T;
  do {
    const began = performance.now();
    result = work();
    milliseconds = Math.min(milliseconds, performance.now() - began);
  } while (--runs > 0);
  return { milliseconds, result };
}

const parsed = (adapter: FormatAdapter, text: string): ParsedTranscript =>
  drain(adapter.parse(text, { path: adapter.sample, branches: 'current' }));

/** @param only ids of formats, from `FORMATS=a,b` */
export async function formats(only = process.env['FORMATS']?.split(',')): Promise<Row[]> {
  const tokenizer = loadVocabulary('llama-3', path.join(root, 'assets/vocabularies'));
  const rows: Row[] = [];
  for (const adapter of FORMATS.filter(({ id }) => only === undefined || only.includes(id))) {
    let share = 0;
    const times: { perUnit: number; tokenizer: number; parse: number }[] = [];
    for (const size of SIZES) {
      const text = documentOf(adapter, size);
      const runs = size > 8_000_000 ? 2 : 4;
      const parse = best(runs, () => parsed(adapter, text));
      const texts = parse.result.conversations.flatMap(({ turns }) =>
        turns.flatMap(({ pieces }) => pieces.map((piece) => piece.text)),
      );
      const found = texts.reduce((sum, each) => sum + each.length, 0);
      const count = best(runs, () => texts.reduce((sum, each) => sum + tokenizer.count(each), 0));
      share = found / text.length;
      times.push({
        perUnit: parse.milliseconds / text.length,
        parse: parse.milliseconds,
        tokenizer: count.milliseconds,
      });
    }
    const [small, large] = [times[0]!, times.at(-1)!];
    rows.push({
      what: `${adapter.id}: parse 1, 4, 16 MB`,
      figure: `${times.map(({ parse }) => time(parse)).join(', ')}; tokenizer ${times.map((each) => time(each.tokenizer)).join(', ')}; ${Math.round(share * 100)} % is text`,
      ratio: { actual: large.parse / large.tokenizer, limit: 2, of: 'parser to tokenizer (16 MB)' },
    });
    rows.push({
      what: '  per code unit',
      figure: `${(small.perUnit * 1e6).toFixed(1)}, ${(large.perUnit * 1e6).toFixed(1)} ns`,
      ratio: { actual: large.perUnit / small.perUnit, limit: 2, of: '16 MB to 1 MB' },
    });
  }
  return Promise.resolve(rows);
}
