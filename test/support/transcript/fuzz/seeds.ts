/** What fuzzing starts from: every fixture, every sample, and what the generators of the property tests make. */
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { FORMATS } from '../../../../server/core/transcript/registry.js';
import { chatJson, chatLines, messyText, textChat } from '../arbitraries.js';
import { FIXTURES } from '../fixtures.js';
import { PROMPT_DOCUMENTS } from '../promptFiles.js';

/** A document to mutate, and the path that it would have. */
export interface Seed {
  readonly path: string;
  readonly text: string;
}

/** Longer ones would make fuzzing slow, and say nothing new. */
const LONGEST_SEED = 12_000;
const GENERATED_EACH = 40;

const SAMPLES = path.resolve(__dirname, '../../../../../samples');

const GENERATORS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  ...PROMPT_DOCUMENTS,
  'openai-chat': chatJson,
  'json-lines': chatLines,
  'text-transcript': fc.oneof(textChat, messyText),
};

/** The seeds of each format, by its id; made once. */
export const SEEDS: ReadonlyMap<string, readonly Seed[]> = new Map(
  FORMATS.map(({ id, sample }) => {
    const fixtures = FIXTURES.filter(({ adapter }) => adapter.id === id).map(({ name, text }) => ({
      path: name.slice(id.length + 1),
      text,
    }));
    const file = path.join(SAMPLES, sample);
    const samples = fs.existsSync(file) ? [{ path: sample, text: fs.readFileSync(file, 'utf8') }] : [];
    const generator = GENERATORS[id];
    const generated = generator
      ? fc.sample(generator, { numRuns: GENERATED_EACH, seed: 1 }).map((text) => ({ path: '', text }))
      : [];
    const seeds = [...fixtures, ...samples, ...generated].map((seed) => ({
      ...seed,
      text: seed.text.slice(0, LONGEST_SEED),
    }));
    return [id, seeds.length > 0 ? seeds : [{ path: '', text: '' }]];
  }),
);
