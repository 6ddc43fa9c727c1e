/**
 * Every format's parser on documents of 1, 4 and 16 MB, beside a tokenizer that has met none of the text: its cache of
 * pieces is empty before each run. In processor time, so that other work on the machine weighs little; the shortest of
 * some runs counts.
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
/** Very many turns of a few letters: the time for one is what they take, so smaller documents do. */
const TINY_SIZES = [250_000, 1_000_000, 4_000_000] as const;

const definition = readVocabulary('llama-3', path.join(root, 'assets/vocabularies'));

const processorMilliseconds = (work: () => unknown): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e3;
};

/** Shortest time of some runs: at least three, and more of what is short. */
function shortest(prepare: () => () => unknown): number {
  let milliseconds = Infinity;
  for (let run = 0, total = 0; run < 3 || (total < 300 && run < 12); run++) {
    const taken = processorMilliseconds(prepare());
    milliseconds = Math.min(milliseconds, taken);
    total += taken;
  }
  return milliseconds;
}

const parsed = (adapter: FormatAdapter, text: string): ParsedTranscript =>
  drain(adapter.parse(text, { path: adapter.sample, branches: 'current' }));

/** Times in ms; `length` of the document and of the texts in it in code units. */
interface Measured {
  readonly length: number;
  readonly found: number;
  readonly turns: number;
  readonly parse: number;
  readonly tokenize: number;
}

function measure(adapter: FormatAdapter, size: number, lengths: TextLengths): Measured {
  const text = documentOf(adapter.id, size, lengths);
  const parse = shortest(() => () => parsed(adapter, text));
  const all = parsed(adapter, text).conversations.flatMap(({ turns }) => turns);
  const texts = all.flatMap(({ pieces }) => pieces.map((piece) => piece.text));
  const found = texts.reduce((sum, each) => sum + each.length, 0);
  if (lengths === 'usual' && found < text.length / 10) throw new Error(`the document of ${adapter.id} is not read`);
  const tokenize = shortest(() => {
    const tokenizer = new BpeTokenizer(definition);
    return () => texts.reduce((sum, each) => sum + tokenizer.count(each), 0);
  });
  return { length: text.length, found, turns: all.length, parse, tokenize };
}

const perUnit = ({ parse, length }: Measured): number => (parse / length) * 1e6;
const rates = (measured: readonly Measured[]): string =>
  measured.map((each) => (1e3 / perUnit(each)).toFixed(0)).join(', ');

/** @param only ids of formats, from `FORMATS=a,b` */
export async function formats(only = process.env['FORMATS']?.split(',')): Promise<Row[]> {
  const rows: Row[] = [];
  for (const adapter of FORMATS.filter(({ id }) => only === undefined || only.includes(id))) {
    const measured = SIZES.map((size) => measure(adapter, size, 'usual'));
    const [small, large] = [measured[0]!, measured.at(-1)!];
    const share = Math.round((large.found / large.length) * 100);
    rows.push({
      what: `${adapter.id}: parse 16 MB beside tokenizing its text, unseen`,
      figure: `${time(large.parse)} beside ${time(large.tokenize)}; ${share} % of it is counted text`,
      ratio: { actual: large.parse / large.tokenize, limit: 2, of: 'parser to tokenizer' },
    });
    rows.push({
      what: '  1, 4, 16 MB of file',
      figure: `${rates(measured)} MB/s`,
      ratio: { actual: perUnit(large) / perUnit(small), limit: 2, of: 'time per byte, 16 MB to 1 MB' },
    });
    const tiny = TINY_SIZES.map((size) => measure(adapter, size, 'tiny'));
    rows.push({
      what: '  texts of a few letters, 0.25, 1, 4 MB',
      figure: `${rates(tiny)} MB/s; ${tiny.at(-1)!.turns} turns`,
      ratio: { actual: perUnit(tiny.at(-1)!) / perUnit(tiny[0]!), limit: 2, of: 'time per byte, 4 MB to 0.25 MB' },
    });
  }
  return Promise.resolve(rows);
}
