/** Whether JSON holds a chat, told cheaply from its head. */
import { memberValue, type JsonNode } from '../json/node.js';
import { readJsonNow } from '../json/reader.js';
import { roleOf } from '../roles.js';
import { isString } from './content.js';

/** Enough for the first message of nearly every file; the whole head is read only when this does not decide. */
const FIRST_LOOK = 4096;
const ROLE_KEY = /"role"\s*:/;
/** How far into lists of lists it looks. */
const MAX_DEPTH = 3;

/** A message whose role is known and that has content: a list of people with roles has none. */
function isChatMessage(text: string, node: JsonNode): boolean {
  const role = memberValue(node, 'role');
  if (!isString(role) || roleOf(text.slice(role.innerStart, role.innerEnd)) === null) return false;
  return node.members.some(({ key }) => key === 'content' || key === 'tool_calls' || key === 'function_call');
}

function holdsChat(text: string, node: JsonNode | null, depth: number): boolean {
  if (!node || depth > MAX_DEPTH) return false;
  if (node.kind === 'array') {
    return node.items.some((item) => isChatMessage(text, item)) || holdsChat(text, node.items[0] ?? null, depth + 1);
  }
  if (node.kind !== 'object') return false;
  const messages = memberValue(node, 'messages');
  if (messages) return messages.kind === 'array' && messages.items.some((item) => isChatMessage(text, item));
  const body = memberValue(node, 'body');
  if (body && memberValue(body, 'messages')) return holdsChat(text, body, depth + 1);
  return isChatMessage(text, node);
}

/** Whether the first value of `head`, a text that may break off anywhere, holds chat messages. */
export function looksLikeChat(head: string): boolean {
  // Without a role there is no chat: the one test that most JSON files meet.
  if (!ROLE_KEY.test(head)) return false;
  const look = head.slice(0, FIRST_LOOK);
  return rootHoldsChat(look) || (head.length > FIRST_LOOK && rootHoldsChat(head));
}

function rootHoldsChat(text: string): boolean {
  return holdsChat(text, readJsonNow(text).roots[0] ?? null, 0);
}
