/**
 * One character typed into a turn of 1 MB: applying the edit, reading the turn again (unescaping and the caret's place in
 * the unescaped text included) and counting, beside doing all of it anew. In this thread, without a server around it, in
 * processor time of the process (collecting garbage included), so that other work on the machine weighs little.
 */
import * as path from 'node:path';
import { createJouleService, type AnalysisSettings, type DocumentAnalysis } from '../../server/core/index.js';
import { BUILT_IN_PROFILES } from '../../server/core/data/index.js';
import { drain } from '../../server/core/transcript/parseTranscript.js';
import { sourceToDecoded } from '../../server/core/transcript/textMap.js';
import type { Range } from '../../server/protocol/messages.js';
import { createInlineCounter } from '../../server/runtime/inlineCounter.js';
import { OpenText } from '../../server/workspace/openText.js';
import { percentile, time, type Row } from './figures.js';
import { root } from './languageServer.js';
import { seeded, turnText } from './transcripts.js';

const LENGTH = 1_000_000;
/** Full counts before those that are measured: the compiler settles. */
const FULL_WARM_UP = 8;
const FULL_COUNTS = 15;

/** Edits before those that are measured, and batches of those: the clock of a process is too coarse for one edit. */
interface Edits {
  readonly warmUp: number;
  readonly batches: number;
}

const SHORT_EDITS: Edits = { warmUp: 6000, batches: 60 };
/** Of those that take as long as a full count. */
const LONG_EDITS: Edits = { warmUp: 60, batches: 9 };

const settings: AnalysisSettings = { profile: BUILT_IN_PROFILES[0]!, model: 'llama-3.1-8b' };

interface Change {
  readonly range: Range;
  readonly text: string;
}

/** Processor time of some work, in milliseconds. */
async function processorMs(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function bring(analysis: DocumentAnalysis): Promise<void> {
  drain(analysis.parseSlices());
  await analysis.count(settings);
}

/** What a person types at one place: words, and now and then a letter taken back. */
const WORDS = 'the kettle needs less energy than\b\b\bat in the reading room ';
/** The same without what ends a word. */
const LETTERS = 'kettle\b\bes';

/** Those keys, one after the other from `offset` on. The place is on one line of JSON. */
function typing(text: OpenText, keys: string, offset: number): Change[] {
  const { line, character } = text.positionAt(offset);
  let at = character;
  return Array.from(keys, (key) => {
    const start = { line, character: key === '\b' ? --at : at };
    if (key === '\b') return { range: { start, end: { line, character: at + 1 } }, text: '' };
    at++;
    return { range: { start, end: start }, text: key };
  });
}

/** As many letters, each at a place of its own inside a word, from the last to the first. */
function scattered(text: OpenText, random: () => number): Change[] {
  const within = (part: number): number => Math.floor(((part + random()) / WORDS.length) * (text.length - 2000)) + 1000;
  return Array.from(WORDS, (_, index) => {
    const from = within(WORDS.length - 1 - index);
    // Never after a backslash: broken JSON is another case.
    const start = text.positionAt(from + text.source.slice(from, from + 400).search(/(?<=[a-z ]{2})[a-z]/));
    return { range: { start, end: start }, text: 'etaoinshrdlu'[index % 12]! };
  });
}

interface Opened {
  readonly text: OpenText;
  readonly analysis: DocumentAnalysis;
}

async function apply({ text, analysis }: Opened, changes: readonly Change[]): Promise<void> {
  for (const change of changes) {
    const edit = text.apply([change], text.version + 1)!;
    analysis.edit(text.source, edit);
    await bring(analysis);
    sourceToDecoded(analysis.transcript.conversations[0]!.turns[0]!.pieces[0]!, edit.newEnd);
  }
}

/** Documents of one text, and what they cost in processor time. */
function measuring(content: string) {
  const service = createJouleService({ counter: createInlineCounter(path.join(root, 'assets/vocabularies')) });
  const json = `${JSON.stringify({ messages: [{ role: 'user', content }] }, null, 2)}\n`;
  const open = async (source = json): Promise<Opened> => {
    const text = new OpenText({ uri: 'file:///chat.json', languageId: 'json', version: 0, text: source });
    const analysis = service.openDocument({ path: 'chat.json' }, source);
    await bring(analysis);
    return { text, analysis };
  };
  return {
    /** Of opening and counting all of it, in milliseconds. */
    fullMs: async (): Promise<number> => {
      const times: number[] = [];
      for (let round = 0; round < FULL_WARM_UP + FULL_COUNTS; round++) {
        times.push(await processorMs(async () => void (await open())));
      }
      return percentile(times.slice(FULL_WARM_UP), 0.5);
    },
    /** Of an edit in one document that is edited on and on, in milliseconds. */
    editMs: async (changesOf: (text: OpenText) => Change[], { warmUp, batches }: Edits): Promise<number> => {
      const opened = await open();
      const times: number[] = [];
      for (let edited = 0; times.length < batches;) {
        const changes = changesOf(opened.text);
        const ms = await processorMs(() => apply(opened, changes));
        edited += changes.length;
        if (edited > warmUp) times.push(ms / changes.length);
      }
      assertCounted(opened, await open(opened.text.source.toString()));
      return percentile(times, 0.5);
    },
    /** Of the first edit of a document, in milliseconds. */
    firstEditMs: async (changesOf: (text: OpenText) => Change[]): Promise<number> => {
      const times: number[] = [];
      for (let round = 0; round < FULL_COUNTS; round++) {
        const opened = await open();
        const first = changesOf(opened.text).slice(0, 1);
        times.push(await processorMs(() => apply(opened, first)));
      }
      return percentile(times, 0.5);
    },
  };
}

/** What was measured is the count: the same as that of the text as it now stands. */
function assertCounted(edited: Opened, anew: Opened): void {
  const [after, whole] = [edited, anew].map(({ analysis }) => analysis.figures(0)?.tokens.turns[0]?.text);
  if (after === undefined || after !== whole) throw new Error(`${after} tokens after edits, ${whole} anew`);
}

/** Rows of `npm run bench -- tokenEdit`. */
export async function tokenEdit(): Promise<Row[]> {
  const prose = turnText(seeded(3), LENGTH);
  const run = `${prose.slice(0, 1000)} ${'a'.repeat(200_000)} ${prose.slice(1000, 2000)}`;
  const inMiddle =
    (keys: string) =>
    (text: OpenText): Change[] =>
      typing(text, keys, text.length >> 1);
  const random = seeded(5);
  const [inProse, inRun] = [measuring(prose), measuring(run)];
  const full = await inProse.fullMs();
  const bound = (what: string, edit: number, whole: number, limit: number): Row => ({
    what,
    figure: `${time(edit)}, full count ${time(whole)}`,
    ratio: { actual: edit / whole, limit, of: 'of a full count' },
  });
  const stated = (what: string, edit: number): Row => ({
    what,
    figure: `${time(edit)}, 1/${(full / edit).toFixed(0)} of a full count`,
  });
  return [
    bound(
      'typing in the middle of a turn of 1 MB of prose',
      await inProse.editMs(inMiddle(WORDS), SHORT_EDITS),
      full,
      1 / 1000,
    ),
    stated('each letter in another place of it', await inProse.editMs((text) => scattered(text, random), SHORT_EDITS)),
    stated('the first letter after it was opened', await inProse.firstEditMs(inMiddle(WORDS))),
    bound(
      'typing inside one pre-token of 200 kB',
      await inRun.editMs(inMiddle(LETTERS), LONG_EDITS),
      await inRun.fullMs(),
      1,
    ),
  ];
}
