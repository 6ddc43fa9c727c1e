/** Writing a reply into JSON as the next turn of its list, in the layout of the turn that it follows. */
import { skipBlank } from '../json/blank.js';
import type { JsonNode } from '../json/node.js';
import { readJsonNow } from '../json/reader.js';
import type { Conversation } from '../model.js';
import { valuesOf } from './choose.js';
import type { Dialect } from './dialect.js';

/** The blank stretch before `offset` if a line break stands in it, from that line break on; else null. */
function lineBreakBefore(text: string, offset: number): string | null {
  const match = /(?:\r\n|\n|\r)[ \t]*$/.exec(text.slice(Math.max(0, offset - 400), offset));
  return match ? match[0] : null;
}

/** The list that has an object ending at `end` as an element. */
function listAround(node: JsonNode, end: number): JsonNode | null {
  if (node.kind === 'array' && node.items.some((item) => item.end === end && item.kind === 'object')) return node;
  const inner = node.kind === 'array' ? node.items : node.members.flatMap(({ value }) => (value ? [value] : []));
  const next = inner.find((each) => each.start < end && end < each.end);
  return next ? listAround(next, end) : null;
}

/** The blanks between a key's colon and its value in this turn: none in compact JSON. */
function gapAfterColon(text: string, turn: JsonNode): string {
  const [member] = turn.members;
  if (!member?.value) return ' ';
  const colon = skipBlank(text, member.keyEnd, member.value.start);
  return skipBlank(text, colon + 1, member.value.start) > colon + 1 ? ' ' : '';
}

/**
 * The edit that puts `reply` in after the turn, or null where the JSON is broken, the turn stands in no list, or a reply
 * there would become part of another.
 *
 * @param preferred the dialect of the file's own format, if it has one
 */
export function insertReply(
  text: string,
  { span, turns }: Conversation,
  turnIndex: number,
  reply: string,
  preferred: Dialect | null,
): { readonly offset: number; readonly insert: string } | null {
  const turn = turns[turnIndex];
  if (!turn) return null;
  const source = text.slice(span.start, span.end);
  const end = turn.span.end - span.start;
  const { roots, problems } = readJsonNow(source);
  if (roots.length !== 1 || problems.length > 0) return null;
  const dialect = valuesOf(source, roots[0]!, preferred)[0]?.dialect;
  const list = listAround(roots[0]!, end);
  const after = list?.items.find((item) => item.end === end);
  if (!dialect?.reply || !list || !after?.closed) return null;
  if (dialect.mergesReplies && (turn.role === 'assistant' || turns[turnIndex + 1]?.role === 'assistant')) return null;

  const outer = lineBreakBefore(source, after.start);
  const inner = after.members[0] ? lineBreakBefore(source, after.members[0].keyStart) : null;
  const gap = gapAfterColon(source, after);
  // Braces with or without a blank inside, as the turn before has it.
  const pad = source[after.start + 1] === ' ' ? ' ' : '';
  const members = dialect.reply({ text: source, list, after, gap }, reply);
  if (!members) return null;
  const fields = members.map(([key, json]) => `${JSON.stringify(key)}:${gap}${json}`);
  const body =
    inner === null ? `{${pad}${fields.join(`,${gap}`)}${pad}}` : `{${inner}${fields.join(`,${inner}`)}${outer ?? ''}}`;
  return { offset: turn.span.end, insert: `,${outer ?? gap}${body}` };
}
