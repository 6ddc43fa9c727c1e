/** What each format shows of itself: its sample, and its place in docs/formats.md. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { formatsPage } from '../../../scripts/lib/formatsPage.js';
import { createJouleService, type TokenCounter } from '../../../server/core/index.js';
import { adapterById, detectFormat, FORMATS } from '../../../server/core/transcript/registry.js';
import { BUILT_IN_PROFILES } from '../../../server/core/data/index.js';
import { parse } from '../../support/transcript/fixtures.js';
import { assertSound } from '../../support/transcript/sound.js';

const root = path.resolve(__dirname, '../../../..');
const read = (file: string): string => fs.readFileSync(path.join(root, file), 'utf8');

/** Words in place of tokens: figures follow from counts, whatever they are. */
const words: TokenCounter = {
  count: async (_vocabulary, texts) => Promise.resolve(Uint32Array.from(texts, (text) => text.split(/\s+/).length)),
};

/** Formats that nothing tells but the user's choice. */
const CHOSEN_ONLY = new Set(['plain-prompt']);

/** Samples that are no format's own: two more text transcripts, and the settings of the folder. */
const OTHERS = new Set(['joulelens.json', 'phone-interview.txt', 'thank-you.md']);

describe('samples', () => {
  for (const adapter of FORMATS) {
    const { id, sample, title } = adapter;
    it(`${sample}: ${title}`, async () => {
      const text = read(`samples/${sample}`);
      const hint = { path: sample, ...(CHOSEN_ONLY.has(id) ? { format: id } : {}) };
      assert.equal(detectFormat(hint, text.slice(0, 65_536))?.id, id);
      const parsed = parse(adapter, text, sample);
      assertSound(text, parsed);
      assert.deepEqual(
        parsed.problems.filter(({ severity }) => severity === 'error' || severity === 'warning'),
        [],
      );
      const analysis = createJouleService({ counter: words }).openDocument(hint, text);
      for (const _slice of analysis.parseSlices());
      await analysis.count({ profile: BUILT_IN_PROFILES[0]!, model: '' });
      assert.ok(analysis.transcript.conversations.length > 0);
      for (const index of analysis.transcript.conversations.keys()) {
        assert.ok(analysis.figures(index)!.energy!.total.energy.joules > 0, `conversation ${index}`);
      }
    });

    it(`${sample}: an untitled copy is read as the format that is chosen`, () => {
      const { conversations } = parse(adapter, read(`samples/${sample}`), 'Untitled-1');
      assert.equal(conversations.length, parse(adapter, read(`samples/${sample}`), sample).conversations.length);
    });
  }

  it('are each of one format', () => {
    assert.equal(new Set(FORMATS.map(({ sample }) => sample)).size, FORMATS.length);
    const there = fs
      .readdirSync(path.join(root, 'samples'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(path.join(root, 'samples'), path.join(entry.parentPath, entry.name)))
      .map((name) => name.split(path.sep).join('/'));
    const named = new Set<string>(FORMATS.map(({ sample }) => sample));
    assert.deepEqual(
      // Requests for video are no transcripts: test/unit/video holds those.
      there.filter((name) => !named.has(name) && !OTHERS.has(name) && !name.startsWith('video/')),
      [],
    );
  });
});

describe('docs/formats.md', () => {
  it('is what the adapters say (npm run formats)', () => {
    assert.equal(read('docs/formats.md'), formatsPage(FORMATS));
  });

  it('has a line of every format, and every sample it links to is there', () => {
    const page = read('docs/formats.md');
    for (const { id, files, notes, description } of FORMATS) {
      assert.ok(adapterById(id) && page.includes(`\`${id}\``), id);
      for (const text of [description, ...notes, ...files]) assert.ok(page.includes(text), `${id}: ${text}`);
      assert.match(description, /\.$/, id);
    }
    for (const [, file] of page.matchAll(/\]\(\.\.\/(.+?)\)/g)) assert.ok(fs.existsSync(path.join(root, file!)), file);
  });
});
