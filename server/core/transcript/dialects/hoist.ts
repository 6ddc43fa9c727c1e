/**
 * A brace lost in what stands before a list (a system instruction, a tool) leaves the list inside it. The members from
 * the list on are put back where they belong.
 */
import { append } from '../append.js';
import { memberOf, type JsonNode } from '../json/node.js';
import { opened } from './choose.js';

/** The lists that requests and rows have at their top. */
const LIST_KEYS = ['messages', 'contents', 'input', 'conversations'] as const;
/** How many braces deep it looks: what is lost is one. */
const MAX_DEPTH = 6;

/** The object below `node` that has the list as a member: only the last value of each can have swallowed it. */
function holderOf(node: JsonNode, key: string, depth: number): JsonNode | null {
  if (depth > MAX_DEPTH) return null;
  if (depth > 0 && memberOf(node, key)?.value?.kind === 'array') return node;
  const last = node.kind === 'array' ? node.items.at(-1) : node.members.at(-1)?.value;
  return last ? holderOf(last, key, depth + 1) : null;
}

/** Repairs a value of a broken text, in place; of a list, each element. */
export function hoistLists(value: JsonNode, depth = 0): void {
  if (value.kind === 'array') {
    if (depth < 2) for (const item of value.items) hoistLists(item, depth + 1);
    return;
  }
  // In an envelope the list stands inside as it should.
  if (opened(value) !== value || memberOf(value, 'interactions')) return;
  if (LIST_KEYS.some((key) => memberOf(value, key)?.value?.kind === 'array')) return;
  for (const key of LIST_KEYS) {
    const holder = holderOf(value, key, 0);
    if (!holder) continue;
    const from = holder.members.findIndex((member) => member.key === key);
    append(value.members, holder.members.splice(from));
    return;
  }
}
