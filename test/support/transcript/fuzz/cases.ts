/** The documents of a fuzzing run. Each follows from the run's seed and its own number, so that any can be made again. */
import { FORMATS } from '../../../../server/core/transcript/registry.js';
import { seededRandom } from '../../tokens/random.js';
import { mutate } from './mutate.js';
import { SEEDS } from './seeds.js';

/** A document, the format it is read in, and an edit of it. */
export interface FuzzCase {
  readonly format: string;
  readonly path: string;
  readonly text: string;
  /** `[start, oldEnd)` is replaced by `insert`. */
  readonly edit: { readonly start: number; readonly oldEnd: number; readonly insert: string };
}

const ALL = [...SEEDS.values()].flat();

/** Bits of both numbers mixed, so that neighbours differ. */
const seedOf = (seed: number, index: number): number =>
  Math.imul(Math.imul(seed + 1, 0x9e3779b1) ^ (index + 1), 0x85ebca6b) >>> 0;

/** @param only ids of the formats to fuzz; all by default */
export function fuzzCase(seed: number, index: number, only: readonly string[] = FORMATS.map(({ id }) => id)): FuzzCase {
  const random = seededRandom(seedOf(seed, index));
  const format = random.pick(only);
  // Now and then a document of another format, as when a user chooses the wrong one.
  const own = random.int(10) > 0;
  const seeds = SEEDS.get(format)!;
  const { path, text: source } = random.pick(own ? seeds : ALL);
  const text = mutate(source, random, random.int(2) === 0 ? seeds : ALL);
  const start = random.int(text.length + 1);
  const oldEnd = Math.min(text.length, start + random.pick([0, 0, 0, 1, 2, random.int(60)]));
  const insert = random.pick(['a', 'b ', '', '\n', '"', random.pick(ALL).text.slice(0, random.int(30)), '{', '- ']);
  return { format, path, text, edit: { start, oldEnd, insert } };
}
