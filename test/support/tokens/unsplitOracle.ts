/**
 * Byte-pair merging as SentencePiece describes it, written as plainly as possible: of all neighbours that are a token
 * together the best ranked merge, the first of them, until none are. Quadratic, for short texts.
 */
import type { VocabularyId } from '../../../server/core/tokens/types.js';
import { definitionOf, tokensOf } from './engines.js';
import type { Oracle } from './oracles.js';

const latin1 = (bytes: Iterable<number>): string => Buffer.from([...bytes]).toString('latin1');

interface Ranked {
  readonly id: number;
  readonly rank: number;
}

function merge(symbols: string[], vocab: ReadonlyMap<string, Ranked>): void {
  const rankOf = (at: number): number =>
    at + 1 < symbols.length ? (vocab.get(symbols[at]! + symbols[at + 1]!)?.rank ?? Infinity) : Infinity;
  const ranks = symbols.map((_, at) => rankOf(at));
  for (;;) {
    let best = 0;
    for (let at = 1; at < ranks.length; at++) if (ranks[at]! < ranks[best]!) best = at;
    if (ranks.length === 0 || ranks[best] === Infinity) return;
    symbols.splice(best, 2, symbols[best]! + symbols[best + 1]!);
    ranks.splice(best + 1, 1);
    ranks[best] = rankOf(best);
    if (best > 0) ranks[best - 1] = rankOf(best - 1);
  }
}

/** For the vocabularies of `UNSPLIT`: independent of the engine in merging, not in the vocabulary's data. */
export function unsplitOracle(id: VocabularyId): Oracle {
  const vocab = new Map<string, Ranked>();
  for (const [rank, token] of tokensOf(id).entries()) {
    const key = latin1(token.bytes);
    if (!vocab.has(key)) vocab.set(key, { id: token.id, rank });
  }
  const added = new Map(definitionOf(id).added.map(({ id: token, text }) => [text, token]));
  const escaped = [...added.keys()].sort((a, b) => b.length - a.length).map((each) => each.replace(/[^\w\s]/g, '\\$&'));
  const split = escaped.length === 0 ? null : new RegExp(`(${escaped.join('|')})`);
  const merged = (text: string): number[] => {
    const characters = [...text.replaceAll(' ', '\u2581')].map((each) => latin1(Buffer.from(each)));
    const symbols = characters.flatMap((each) => (vocab.has(each) ? [each] : [...each]));
    merge(symbols, vocab);
    return symbols.map((symbol) => vocab.get(symbol)!.id);
  };
  const encode = (text: string): number[] =>
    split ? text.split(split).flatMap((part, at) => (at % 2 ? [added.get(part)!] : merged(part))) : merged(text);
  return { name: 'plain merging', encode: async (texts) => texts.map(encode) };
}
