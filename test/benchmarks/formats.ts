/**
 * Every format's parser on 16 MB, beside a tokenizer that has met none of the text: its cache of pieces is empty before
 * each run. The same amount as sixteen documents and as four tells whether the time grows as the document does: what is
 * kept of them, and the garbage collector's work on it, are as much. In processor time, so that other work on the machine
 * weighs little; the shortest of some runs counts.
 */
import * as path from 'node:path';
import { drain } from '../../server/core/transcript/parseTranscript.js';
import type { FormatAdapter, ParsedTranscript } from '../../server/core/transcript/model.js';
import { FORMATS } from '../../server/core/transcript/registry.js';
import { readVocabulary } from '../../server/runtime/vocabulary.js';
import { BpeTokenizer } from '../../server/runtime/bpe/tokenizer.js';
import type { Row } from './figures.js';
import { time } from './figures.js';
import { documentOf, type TextLengths } from './formatDocuments.js';
import { root } from './languageServer.js';

/** Code units of the three documents. */
const SIZES = [1_000_000, 4_000_000, 16_000_000] as const;
/**
 * Very many turns of a few letters, of which a document has many times its length in objects. Those of the smallest are
 * garbage before the collector has moved them once; from 1 MB on it moves them all. Growth is told from there.
 */
const TINY_SIZES = [62_500, 1_000_000, 4_000_000] as const;
const RUNS = 3;

const definition = readVocabulary('llama-3', path.join(root, 'assets/vocabularies'));

const processorMilliseconds = (work: () => unknown): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e3;
};

/** Shortest time of some runs; what `prepare` does is not counted. */
const shortest = (prepare: () => () => unknown): number =>
  Math.min(...Array.from({ length: RUNS }, () => processorMilliseconds(prepare())));

const parsed = (adapter: FormatAdapter, text: string): ParsedTranscript =>
  drain(adapter.parse(text, { path: adapter.sample, branches: 'current' }));

/** Processor time in ms; length of the documents and of the texts in them in code units. */
interface Measured {
  readonly length: number;
  readonly found: number;
  readonly turns: number;
  readonly parse: number;
  /** 0 where it was not asked for. */
  readonly tokenize: number;
}

/** Of `total` code units in documents of `size`. */
function measure(adapter: FormatAdapter, size: number, total: number, lengths: TextLengths): Measured {
  const text = documentOf(adapter.id, size, lengths);
  const documents = Array<string>(Math.round(total / size)).fill(text);
  const parse = shortest(() => () => documents.map((each) => parsed(adapter, each)));
  const turns = parsed(adapter, text).conversations.flatMap((conversation) => conversation.turns);
  const texts = turns.flatMap(({ pieces }) => pieces.map((piece) => piece.text));
  const found = texts.reduce((sum, each) => sum + each.length, 0);
  if (lengths === 'usual' && found < text.length / 10) throw new Error(`the document of ${adapter.id} is not read`);
  const tokenize = shortest(() => {
    const tokenizer = new BpeTokenizer(definition);
    return () => (documents.length > 1 ? 0 : texts.reduce((sum, each) => sum + tokenizer.count(each), 0));
  });
  return { length: text.length * documents.length, found, turns: turns.length, parse, tokenize };
}

const perUnit = ({ parse, length }: Measured): number => (parse / length) * 1e6;
const rates = (measured: readonly Measured[]): string =>
  measured.map((each) => Number((1e3 / perUnit(each)).toPrecision(2))).join(', ');

/** @param only ids of formats, from `FORMATS=a,b` */
export async function formats(only = process.env['FORMATS']?.split(',')): Promise<Row[]> {
  const rows: Row[] = [];
  for (const adapter of FORMATS.filter(({ id }) => only === undefined || only.includes(id))) {
    const measured = SIZES.map((size) => measure(adapter, size, SIZES[2], 'usual'));
    const [small, large] = [measured[0]!, measured.at(-1)!];
    const share = Math.round((large.found / large.length) * 100);
    rows.push({
      what: `${adapter.id}: parse 16 MB beside tokenizing its text, unseen`,
      figure: `${time(large.parse)} beside ${time(large.tokenize)}; ${share} % of it is counted text`,
      ratio: { actual: large.parse / large.tokenize, limit: 2, of: 'parser to tokenizer' },
    });
    rows.push({
      what: '  MB/s of file, in documents of 1, 4, 16 MB',
      figure: rates(measured),
      ratio: { actual: perUnit(large) / perUnit(small), limit: 2, of: 'time per byte, 16 MB to 1 MB' },
    });
    const tiny = TINY_SIZES.map((size) => measure(adapter, size, TINY_SIZES[2], 'tiny'));
    rows.push({
      what: '  texts of a few letters, of 1/16, 1, 4 MB',
      figure: `${rates(tiny)}; ${tiny.at(-1)!.turns} turns`,
      ratio: { actual: perUnit(tiny[2]!) / perUnit(tiny[1]!), limit: 2, of: 'time per byte, 4 MB to 1 MB' },
    });
  }
  return Promise.resolve(rows);
}
