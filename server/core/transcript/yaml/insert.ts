/** Writing a reply into a list of messages in YAML, as the next one, in the layout of the message it follows. */
import type { Conversation, ParsedTranscript, Turn } from '../model.js';

interface Insertion {
  readonly offset: number;
  readonly insert: string;
}

/** Text that a literal block cannot hold as it is: blanks at its ends, control characters, broken surrogate pairs. */
const NEEDS_QUOTES =
  // eslint-disable-next-line no-control-regex
  /^\s|\s$|^$|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** The value of a key in YAML: as it stands in a literal block, or in double quotes. */
function written(text: string, indent: string, lineBreak: string): string {
  if (NEEDS_QUOTES.test(text)) return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escaped);
  const lines = text.split('\n').map((line) => (line === '' ? '' : indent + line));
  return `|-${lineBreak}${lines.join(lineBreak)}`;
}

/** The dash of a list element, an anchor or a tag after it. */
const BEFORE_ITEM = /(?:^|[\r\n])( *)-( +)(?:[&!]\S*\s+)?$/;

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

const textOf = ({ pieces }: Turn): string => pieces.map(({ text }) => text).join('');

/**
 * The edit that puts `reply` in after a turn; null where the list is written in brackets, or would read otherwise.
 *
 * @param parse the format's parser, by which the result is checked
 */
export function insertYamlMessage(
  parse: (text: string) => ParsedTranscript,
  text: string,
  conversation: Conversation,
  turnIndex: number,
  reply: string,
): Insertion | null {
  const turn = conversation.turns[turnIndex];
  if (!turn) return null;
  const { start, end } = turn.span;
  const lead = BEFORE_ITEM.exec(text.slice(Math.max(0, start - 200), start));
  if (!lead) return null;
  const [, dash, gap] = lead as unknown as [string, string, string];
  const key = `${dash} ${gap}`;
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
  const isShort = turn.roleRaw !== '' && turn.roleSpan.start <= start + 1;
  const body = `${key}  `;
  const item = isShort
    ? `${dash}-${gap}assistant: ${written(reply, key + '  ', lineBreak)}`
    : `${dash}-${gap}role: assistant${lineBreak}${key}content: ${written(reply, body, lineBreak)}`;
  const edit = placed(text, end, item, lineBreak);
  const after = parse(text.slice(0, edit.offset) + edit.insert + text.slice(edit.offset));
  const same = after.conversations.find(({ id }) => id === conversation.id)?.turns ?? [];
  return isInserted(conversation.turns, same, turnIndex, reply) ? edit : null;
}

/** After the line on which the message ends; a comment there stays with it. */
function placed(text: string, end: number, item: string, lineBreak: string): Insertion {
  if (/[\r\n]/.test(text[end - 1] ?? '')) return { offset: end, insert: item + lineBreak };
  const stop = /[\r\n]|$/g;
  stop.lastIndex = end;
  return { offset: stop.exec(text)?.index ?? text.length, insert: lineBreak + item };
}

function isInserted(turns: readonly Turn[], after: readonly Turn[], turnIndex: number, reply: string): boolean {
  const made = after[turnIndex + 1];
  if (after.length !== turns.length + 1 || made?.role !== 'assistant' || textOf(made) !== reply) return false;
  return turns.every((turn, at) => {
    const same = after[at <= turnIndex ? at : at + 1]!;
    return same.role === turn.role && textOf(same) === textOf(turn);
  });
}
