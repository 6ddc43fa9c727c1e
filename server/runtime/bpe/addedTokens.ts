/** Finding the added tokens of a vocabulary in a text: at each place the longest. */
import type { AddedToken } from './definition.js';

interface Node {
  readonly next: Map<number, Node>;
  /** -1 where no token ends here. */
  id: number;
}

/** One added token in a text. */
export interface FoundToken {
  readonly start: number;
  readonly end: number;
  readonly id: number;
}

const node = (): Node => ({ next: new Map(), id: -1 });

/** A finder for these tokens; null for none. Linear in the text times the length of the longest token. */
export function addedTokenFinder(
  tokens: readonly AddedToken[],
): ((text: string) => Generator<FoundToken, void>) | null {
  const root = node();
  for (const { id, text } of tokens) {
    let at = root;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      let next = at.next.get(unit);
      if (!next) at.next.set(unit, (next = node()));
      at = next;
    }
    if (at !== root) at.id = id;
  }
  if (root.next.size === 0) return null;
  const units = [...root.next.keys()].map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`);
  const first = new RegExp(`[${units.join('')}]`, 'g');
  return function* find(text) {
    for (let from = 0; ;) {
      first.lastIndex = from;
      const match = first.exec(text);
      if (!match) return;
      const found = longestAt(root, text, match.index);
      if (found) yield found;
      from = found ? found.end : match.index + 1;
    }
  };
}

function longestAt(root: Node, text: string, start: number): FoundToken | null {
  let found: FoundToken | null = null;
  let at: Node | undefined = root;
  for (let end = start; at; end++) {
    if (at.id >= 0) found = { start, end, id: at.id };
    at = end < text.length ? at.next.get(text.charCodeAt(end)) : undefined;
  }
  return found;
}
