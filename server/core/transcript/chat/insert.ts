/** Writing a reply into chat JSON as the next message, in the layout of the message it follows. */
import { skipBlank } from '../json/blank.js';
import type { JsonNode } from '../json/node.js';
import { readJsonNow } from '../json/reader.js';
import type { Conversation } from '../model.js';

/** The blank stretch before `offset` if a line break stands in it, from that line break on; else null. */
function lineBreakBefore(text: string, offset: number): string | null {
  const match = /(?:\r\n|\n|\r)[ \t]*$/.exec(text.slice(Math.max(0, offset - 400), offset));
  return match ? match[0] : null;
}

/** The list of messages that has `start` as the start of an element. */
function listAround(node: JsonNode, start: number): JsonNode | null {
  if (node.kind === 'array' && node.items.some((item) => item.start === start)) return node;
  const inner = node.kind === 'array' ? node.items : node.members.flatMap(({ value }) => (value ? [value] : []));
  const next = inner.find((each) => each.start < start && start < each.end);
  return next ? listAround(next, start) : null;
}

/** The blanks between a key's colon and its value in this message: none in compact JSON. */
function gapAfterColon(text: string, message: JsonNode): string {
  const [member] = message.members;
  if (!member?.value) return ' ';
  const colon = skipBlank(text, member.keyEnd, member.value.start);
  return skipBlank(text, colon + 1, member.value.start) > colon + 1 ? ' ' : '';
}

/** The edit that puts `reply` in after the turn, or null where the JSON is broken or the turn stands in no list. */
export function insertMessage(
  text: string,
  conversation: Conversation,
  turnIndex: number,
  reply: string,
): { readonly offset: number; readonly insert: string } | null {
  const turn = conversation.turns[turnIndex];
  if (!turn) return null;
  const base = conversation.span.start;
  const source = text.slice(base, conversation.span.end);
  const { roots, problems } = readJsonNow(source);
  const list = roots.length === 1 && problems.length === 0 ? listAround(roots[0]!, turn.span.start - base) : null;
  const place = list?.items.findIndex((item) => item.start === turn.span.start - base) ?? -1;
  const message = list?.items[place];
  if (!list || !message?.closed || message.end !== turn.span.end - base) return null;

  const outer = lineBreakBefore(source, message.start);
  const inner = message.members[0] ? lineBreakBefore(source, message.members[0].keyStart) : null;
  const gap = gapAfterColon(source, message);
  // Braces with or without a blank inside, as the message before has it.
  const pad = source[message.start + 1] === ' ' ? ' ' : '';
  const fields = [`"role":${gap}"assistant"`, `"content":${gap}${JSON.stringify(reply)}`];
  const body =
    inner === null ? `{${pad}${fields.join(`,${gap}`)}${pad}}` : `{${inner}${fields.join(`,${inner}`)}${outer ?? ''}}`;
  return { offset: turn.span.end, insert: `,${outer ?? gap}${body}` };
}
