/** Quotes inside the texts of JSON that is read as YAML: to YAML each would end its text, and all after it would be lost. */
import type { JsonNode } from '../json/node.js';
import { readJson } from '../json/reader.js';
import type { Span } from '../model.js';

/** JSON rather than a flow collection of YAML, whose words need no quotes. */
const JSON_START = /^\s*(?:\{\s*"|\[\s*["{[])/;

/** The quotes in order, each one unit long; none for a text that is no JSON, or JSON without a mistake. */
export function* rawQuotes(text: string): Generator<void, readonly Span[]> {
  if (!JSON_START.test(text)) return [];
  const { roots, problems } = yield* readJson(text);
  return problems.length === 0 ? [] : roots.flatMap((root) => quotesIn(text, root));
}

function quotesIn(text: string, node: JsonNode): Span[] {
  if (node.kind === 'object') return node.members.flatMap(({ value }) => (value ? quotesIn(text, value) : []));
  if (node.kind === 'array') return node.items.flatMap((item) => quotesIn(text, item));
  if (node.kind !== 'string' || !node.closed || text[node.start] !== '"') return [];
  const found: Span[] = [];
  for (let at = node.innerStart; at < node.innerEnd; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') found.push({ start: at, end: at + 1 });
  }
  return found;
}
