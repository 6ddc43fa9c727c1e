/** JSON Lines: one conversation a line, each line on its own. */
import { chatConversation, holdsChat, shiftSpan, shiftTurn } from '../chatMessages.js';
import { insertMessage, shiftProblem, updateMessage } from '../jsonEdits.js';
import { readJsonNow } from '../jsonTree.js';
import type { Conversation, FormatAdapter, ParsedTranscript, Problem, SourceEdit } from '../model.js';

const NAMES = /\.(?:jsonl|ndjson)$/i;

/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;

/** One line's conversation; `id` is its zero-based number among the lines that are not blank. */
export function parseLine(
  text: string,
  start: number,
  end: number,
  id: string,
): { readonly conversation: Conversation | null; readonly problems: readonly Problem[] } {
  const line = text.slice(start, end);
  const { roots, problems } = readJsonNow(line);
  const parsed = roots[0] && chatConversation(line, roots[0], id);
  const found = [...problems, ...(parsed?.problems ?? [])];
  const moved = start === 0 ? found : found.map((problem) => shiftProblem(problem, 0, start));
  if (!parsed) {
    if (moved.length > 0) return { conversation: null, problems: moved };
    const message = 'This line holds no chat messages: left out.';
    return {
      conversation: null,
      problems: [{ code: 'no-conversation', severity: 'information', message, span: { start, end } }],
    };
  }
  const { conversation } = parsed;
  return { conversation: start === 0 ? conversation : shiftConversation(conversation, start), problems: moved };
}

/** The same conversation `by` code units further on. */
export const shiftConversation = (conversation: Conversation, by: number): Conversation => ({
  ...conversation,
  span: shiftSpan(conversation.span, by),
  turns: conversation.turns.map((turn) => shiftTurn(turn, by)),
  ...(conversation.model ? { model: { ...conversation.model, span: shiftSpan(conversation.model.span, by) } } : {}),
  ...(conversation.tools
    ? { tools: { ...conversation.tools, spans: conversation.tools.spans.map((span) => shiftSpan(span, by)) } }
    : {}),
});

const LINE_END = /\r\n|\n|\r/g;

/** Start and end of each line that is not blank. */
function* linesOf(text: string): Generator<readonly [start: number, end: number], void> {
  const ends = new RegExp(LINE_END);
  for (let start = 0; start < text.length;) {
    ends.lastIndex = start;
    const match = ends.exec(text);
    const end = match ? match.index : text.length;
    if (/\S/.test(text.slice(start, end))) yield [start, end];
    start = match ? match.index + match[0].length : text.length;
  }
}

function updateLine(before: ParsedTranscript, text: string, edit: SourceEdit): ParsedTranscript | null {
  const index = before.conversations.findIndex(({ span }) => span.start < edit.start && edit.oldEnd < span.end);
  const conversation = before.conversations[index];
  // A line break put in makes two lines of one.
  if (!conversation || /[\r\n]/.test(text.slice(edit.start, edit.newEnd))) return null;
  const { span } = conversation;
  if (before.problems.some((problem) => problem.span.start >= span.start && problem.span.start < span.end)) return null;
  const updated = updateMessage(conversation, text, edit);
  if (!updated) return null;
  const by = edit.newEnd - edit.oldEnd;
  return {
    conversations: before.conversations.map((each, at) =>
      at < index ? each : at === index ? updated : by === 0 ? each : shiftConversation(each, by),
    ),
    problems: by === 0 ? before.problems : before.problems.map((problem) => shiftProblem(problem, edit.oldEnd, by)),
  };
}

export const jsonLines: FormatAdapter = {
  id: 'json-lines',
  title: 'JSON Lines of Chats',
  description:
    'A `.jsonl` file with one conversation a line: an array of chat messages, or an object with `messages`, as fine-tuning files have.',
  writable: true,

  detect(hint, head) {
    const named = NAMES.test(hint.path) || hint.languageId === 'jsonl';
    if (!/"role"\s*:/.test(head)) return null;
    const lines = [...linesOf(head)].slice(0, 20);
    if (!named && !(lines.length > 1 && lines.slice(0, 2).every(([start, end]) => isWhole(head, start, end))))
      return null;
    if (!named && hint.languageId !== undefined && !/^(?:jsonc?|plaintext)$/.test(hint.languageId)) return null;
    const holds = lines.some(([start, end]) => {
      const line = head.slice(start, end);
      return holdsChat(line, readJsonNow(line).roots[0]);
    });
    return holds ? (named ? 'name' : 'content') : null;
  },

  *parse(text) {
    const conversations: Conversation[] = [];
    const problems: Problem[] = [];
    let paused = 0;
    let number = 0;
    for (const [start, end] of linesOf(text)) {
      const line = parseLine(text, start, end, String(number++));
      if (line.conversation) conversations.push(line.conversation);
      problems.push(...line.problems);
      if (end - paused < SLICE_LENGTH) continue;
      paused = end;
      yield;
    }
    return { conversations, problems };
  },

  update: updateLine,

  insertReply: (text, conversation, turnIndex, reply) => {
    const turn = conversation.turns[turnIndex];
    return turn ? insertMessage(text, turn, reply) : null;
  },
};

/** A line that is one JSON object or array on its own. */
function isWhole(text: string, start: number, end: number): boolean {
  const line = text.slice(start, end).trim();
  return /^(?:\{.*\}|\[.*\])$/.test(line);
}
