/** Tokens as stretches of source: each stretch with the tokens that stand on it. */
import type { Span } from '../core/index.js';
import type { TokenRegionDto } from '../protocol/tokens.js';

/**
 * Adds the source of the next token. Where it overlaps what came before (a character that several tokens spell, an
 * escape that stands for it), that stretch becomes one region of all of them.
 */
export function addToken(regions: TokenRegionDto[], spans: readonly Span[], token: number): void {
  for (const { start, end } of spans) {
    let from = start;
    const last = regions.at(-1);
    if (last && last.start <= start && last.end > start) {
      const shared = Math.min(end, last.end);
      regions.pop();
      if (last.start < start) regions.push({ ...last, end: start });
      regions.push({ start, end: shared, first: last.first, last: token });
      if (last.end > shared) regions.push({ ...last, start: shared });
      from = shared;
    }
    if (end > from) regions.push({ start: from, end, first: token, last: token });
  }
}
