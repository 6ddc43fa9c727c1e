/**
 * The Markdown logs of the `llm` command: `# <date>  conversation: <id> id: <id>`, `Model: **name**`, then `## Prompt`
 * and `## Response`, and at their end `## Token usage`. The date heads one response; what stands under it and under the
 * usage, up to the next role, is nobody's text.
 */
import type { Conversation, ReportedTokens, Span, Turn } from '../model.js';
import { NOTHING_REPORTED, wholeNumber } from './usage.js';

/** A heading that ends a turn and begins none. */
export interface LogBreak extends Span {
  readonly kind: 'date' | 'usage';
  /** The id of the conversation that a response belongs to; empty where the log goes on with the last one. */
  readonly conversation: string;
  readonly model?: Conversation['model'];
  readonly reported: ReportedTokens;
}

/** Other texts have dates as headings too: of a log is one with the model or a part of the response under it. */
const DATE = /# \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([^\r\n]*)(?=\s{1,8}(?:Model: \*\*|## (?:Prompt|System|Response)\b))/y;
const CONVERSATION = /\bconversation: (\S{1,80})/;
const MODEL = /\s{1,8}Model: \*\*([^*\r\n]{1,200})\*\*/y;
const USAGE =
  /#{2,3} Token usage:?[ \t]*(?:[\r\n]\s{0,8}([\d,]{1,15}) input(?:, ([\d,]{1,15}) output)?|(?=[\r\n]|$))/iy;

/** The break that begins at `start`, the start of a line; null where none does. */
export function logBreakAt(text: string, start: number): LogBreak | null {
  if (text[start] !== '#') return null;
  USAGE.lastIndex = start;
  const usage = USAGE.exec(text);
  if (usage) {
    const [input, output] = [wholeNumber(usage[1]), wholeNumber(usage[2])];
    const reported = { ...(input === null ? {} : { input }), ...(output === null ? {} : { output }) };
    return { kind: 'usage', start, end: USAGE.lastIndex, conversation: '', reported };
  }
  DATE.lastIndex = start;
  const date = DATE.exec(text);
  if (!date) return null;
  const end = DATE.lastIndex;
  const found = { kind: 'date', start, end, reported: NOTHING_REPORTED } as const;
  const conversation = CONVERSATION.exec(date[1]!)?.[1] ?? '';
  MODEL.lastIndex = end;
  const model = MODEL.exec(text);
  if (!model) return { ...found, conversation };
  const id = model[1]!;
  const at = MODEL.lastIndex - 2 - id.length;
  return { ...found, conversation, model: { id, span: { start: at, end: at + id.length } } };
}

/** Whether the breaks are those of a log: a text that merely has a heading "Token usage" has no date. */
export const isLog = (breaks: readonly LogBreak[]): boolean => breaks.some(({ kind }) => kind === 'date');

/** Turns of one conversation of a log, and the model that its first heading names. */
export interface LoggedConversation {
  readonly turns: readonly Turn[];
  readonly model?: Conversation['model'];
}

/** The conversations of a log: a heading that names another conversation begins one, one that names none goes on. */
export function loggedConversations(turns: readonly Turn[], breaks: readonly LogBreak[]): LoggedConversation[] {
  const made: { turns: Turn[]; model?: Conversation['model']; name: string }[] = [];
  let next = 0;
  let head: LogBreak | undefined;
  for (const turn of turns) {
    while (next < breaks.length && breaks[next]!.start <= turn.span.start) {
      if (breaks[next]!.kind === 'date') head = breaks[next];
      next++;
    }
    const current = made.at(-1);
    if (!current || (head && head.conversation !== '' && head.conversation !== current.name)) {
      made.push({ turns: [], name: head?.conversation ?? '', ...(head?.model ? { model: head.model } : {}) });
    }
    const of = made.at(-1)!.turns;
    const usage = breaks[next];
    const isReported = usage?.kind === 'usage' && usage.start === turn.span.end && turn.role === 'assistant';
    const own = isReported ? { ...turn, reported: usage.reported } : turn;
    // The log has the system prompt below the prompt; models read it first.
    const isBelow = turn.role === 'system' && of.at(-1)?.role === 'user';
    of.splice(isBelow ? of.length - 1 : of.length, 0, own);
  }
  return made.map((each) => ({ ...each, turns: each.turns.map((turn, index) => ({ ...turn, index })) }));
}
