/** A document that is edited again and again has the turns, places and counts of one that is opened as it now stands. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createJouleService, type AnalysisSettings, type DocumentAnalysis } from '../../../server/core/index.js';
import { BUILT_IN_PROFILES } from '../../../server/core/data/index.js';
import type { TokenCounter } from '../../../server/core/tokens/types.js';
import { OpenText } from '../../../server/workspace/openText.js';
import { preTokens } from '../../support/tokens/preTokens.js';
import { plain } from '../../support/transcript/fixtures.js';

/** Pre-tokens stand in for tokens: they too add up only where a text may be cut. Remembers how much it was given. */
function preTokenCounter() {
  const spy = {
    length: 0,
    count(_: string, texts: readonly string[]) {
      for (const { length } of texts) spy.length += length;
      return Promise.resolve(Uint32Array.from(texts, (text) => [...preTokens('o200k_base', text)].length));
    },
  };
  return spy;
}

async function bring(analysis: DocumentAnalysis, model: string): Promise<void> {
  const settings: AnalysisSettings = { profile: BUILT_IN_PROFILES[0]!, model };
  for (const _slice of analysis.parseSlices());
  await analysis.count(settings);
}

const open = (counter: TokenCounter, source: string): DocumentAnalysis =>
  createJouleService({ counter }).openDocument({ path: 'chat.json' }, source);

/** What is shown of a document. */
const shown = (analysis: DocumentAnalysis) => ({
  ...plain(analysis.text, analysis.transcript),
  tokens: analysis.transcript.conversations.map((_, index) => analysis.figures(index)?.tokens.turns),
});

/** Long enough that the string is kept in parts, thick with what parts must not be cut in. */
const word = fc.constantFrom('word ', 'Line.\n', '"', '\\', '\u0007', '😀', 'é', ' ', 'a', '\t- item\n');
const content = fc
  .tuple(fc.array(word, { minLength: 1, maxLength: 40 }), fc.constantFrom(0, 5, 40_000))
  .map(([words, length]) => words.join('').repeat(1 + Math.floor(length / words.join('').length)));
const chat = fc
  .array(content, { minLength: 1, maxLength: 3 })
  .map((texts) =>
    JSON.stringify(
      { messages: texts.map((text, at) => ({ role: at % 2 ? 'assistant' : 'user', content: text })) },
      null,
      1,
    ),
  );
/** What breaks the JSON is taken back by the edit after it. */
const insert = fc.constantFrom('x', ' ', 'typed words', '\\n', '\\u00e9', '"', '\\', '\n', '', 'long '.repeat(900));
const edits = fc.array(
  fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), remove: fc.constantFrom(0, 0, 1, 3, 2500), insert }),
  { minLength: 1, maxLength: 8 },
);

/** Applies an edit by offsets as the editor sends it. */
async function change(text: OpenText, analysis: DocumentAnalysis, start: number, end: number, insert: string) {
  const range = { start: text.positionAt(start), end: text.positionAt(end) };
  const edit = text.apply([{ range, text: insert }], text.version + 1);
  if (edit) analysis.edit(text.source, edit);
  await bring(analysis, 'llama-3.1-8b');
}

describe('a document after many edits', () => {
  it('has what a document opened anew has', async () => {
    await fc.assert(
      fc.asyncProperty(chat, edits, async (source, changes) => {
        const counter = preTokenCounter();
        const analysis = open(counter, source);
        const text = new OpenText({ uri: 'file:///chat.json', languageId: 'json', version: 0, text: source });
        await bring(analysis, 'llama-3.1-8b');
        const compare = async (): Promise<void> => {
          const anew = open(counter, text.source.toString());
          await bring(anew, 'llama-3.1-8b');
          if (anew.format) assert.deepEqual(shown(analysis), shown(anew));
        };
        for (const { at, remove, insert: typed } of changes) {
          const start = Math.floor(at * text.length);
          const end = Math.min(text.length, start + remove);
          const gone = text.source.slice(start, end);
          await change(text, analysis, start, end, typed);
          const isBroken = analysis.transcript.problems.length > 0;
          await compare();
          if (!isBroken) continue;
          await change(text, analysis, start, start + typed.length, gone);
          await compare();
        }
      }),
      { numRuns: 20 },
    );
  });

  it('counts a few hundred characters for a key pressed in a turn of a megabyte, its first edit too', async () => {
    const counter = preTokenCounter();
    const source = JSON.stringify({
      messages: [{ role: 'user', content: 'Some "quoted" words in a line.\n'.repeat(30_000) }],
    });
    const analysis = open(counter, source);
    const text = new OpenText({ uri: 'file:///chat.json', languageId: 'json', version: 0, text: source });
    await bring(analysis, 'llama-3.1-8b');
    assert.ok(counter.length > 900_000);
    const middle = source.indexOf('words', source.length >> 1);
    for (let key = 0; key < 60; key++) {
      counter.length = 0;
      await change(text, analysis, middle + key, middle + key, 'typing '[key % 7]!);
      assert.ok(counter.length < (key === 0 ? 3000 : 400), `${counter.length} characters counted at key ${key}`);
    }
  });
});
