/** Compares an engine with a reference, text by text, ids not counts. */
import type { TokenEngine } from '../../../server/core/tokens/types.js';
import type { Oracle } from './oracles.js';

/** Texts per call of the reference. */
const BATCH = 200;

export interface Comparison {
  readonly texts: number;
  /** UTF-8 bytes. */
  readonly bytes: number;
  readonly differing: readonly string[];
  readonly engineSeconds: number;
  readonly oracleSeconds: number;
}

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** The text as UTF-8 has it: lone surrogates are U+FFFD. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

export async function compare(engine: TokenEngine, oracle: Oracle, texts: Iterable<string>): Promise<Comparison> {
  const all = [...texts];
  const differing: string[] = [];
  let [bytes, engineSeconds, oracleSeconds] = [0, 0, 0];
  for (let first = 0; first < all.length; first += BATCH) {
    const batch = all.slice(first, first + BATCH);
    const start = performance.now();
    const ours = batch.map((text) => engine.encode(text));
    const middle = performance.now();
    const theirs = await oracle.encode(batch.map(wellFormed));
    oracleSeconds += (performance.now() - middle) / 1000;
    engineSeconds += (middle - start) / 1000;
    for (const [index, text] of batch.entries()) {
      bytes += Buffer.byteLength(text);
      if (!same(ours[index]!, theirs[index]!)) differing.push(text);
    }
  }
  return { texts: all.length, bytes, differing, engineSeconds, oracleSeconds };
}
