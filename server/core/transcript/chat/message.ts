/** One chat message in OpenAI's shape as a turn. */
import { memberValue, type JsonNode } from '../json/node.js';
import type { Turn } from '../model.js';
import { roleOf } from '../roles.js';
import { insideOf, isString, messagePieces, stringText, type Source } from './content.js';

/** Keys that make an object a chat message. */
const MESSAGE_KEYS: ReadonlySet<string> = new Set([
  'content',
  'tool_calls',
  'function_call',
  'refusal',
  'reasoning_content',
]);

/** Whether an object says something as a chat message does (its role may still be missing). */
export const isMessage = (node: JsonNode): boolean =>
  node.members.some(({ key }) => key === 'role' || MESSAGE_KEYS.has(key));

/** Keys whose repetition loses something: only the last one counts. */
const SINGLE_KEYS: ReadonlySet<string> = new Set(['role', 'content', 'tool_calls']);

function reportDuplicates({ problems }: Source, { members }: JsonNode): void {
  const seen = new Set<string>();
  for (const { key, keyStart, keyEnd } of members) {
    if (!SINGLE_KEYS.has(key)) continue;
    if (seen.has(key)) {
      const message = `"${key}" stands here twice: only the last one counts.`;
      problems.push({ code: 'duplicate-key', severity: 'warning', message, span: { start: keyStart, end: keyEnd } });
    }
    seen.add(key);
  }
}

/** The turn of a message object. Its problems go to `source`. */
export function messageTurn(source: Source, node: JsonNode, index: number): Turn {
  const roleNode = memberValue(node, 'role');
  const named = isString(roleNode);
  const roleRaw = named ? stringText(source, roleNode) : '';
  const role = roleOf(roleRaw);
  const span = { start: node.start, end: node.end };
  const roleSpan = named ? insideOf(roleNode) : { start: node.start, end: Math.min(node.start + 1, node.end) };
  if (role === null && node.closed && (!named || roleNode.closed)) {
    const what = named ? `Unknown role "${roleRaw.slice(0, 40)}"` : 'A message without a role';
    const message = `${what}: counted as user. Known are system, developer, user, assistant, tool and function.`;
    source.problems.push({ code: 'unknown-role', severity: 'warning', message, span: roleSpan });
  }
  reportDuplicates(source, node);
  const pieces = messagePieces(source, node, role === 'tool');
  const turn = { index, role: role ?? 'user', roleRaw, span, roleSpan, pieces };
  const name = memberValue(node, 'name');
  return isString(name) ? { ...turn, name: stringText(source, name) } : turn;
}
