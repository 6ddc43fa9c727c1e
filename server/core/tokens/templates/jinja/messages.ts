/** Turns as the messages that a template renders, contents replaced by stand-ins. */
import type { Turn } from '../../../transcript/model.js';
import { spokenText, thinkingText } from '../markup.js';
import { isBlank } from '../python.js';
import { toolCallsOf, type ToolCall } from '../toolCalls.js';
import { standIn, type Slot } from './slots.js';

/** How a template is told of thinking: in a field, in `<think>` tags in front of the content, or not at all. */
export type ThinkingForm = 'reasoning_content' | 'thinking' | 'inline' | 'none';

/** What a template expects of messages. */
export interface MessageForm {
  readonly thinking: ThinkingForm;
  /** Arguments of tool calls as JSON text; as values where false. */
  readonly argumentsAsText: boolean;
  /** A message that only calls tools has the content null; an empty text where false. */
  readonly nullContent: boolean;
}

/**
 * An id of a tool call as servers make them. Files have their own, which are not read: those of most templates' servers
 * are as many tokens or nearly so. Mistral's templates want nine characters.
 */
export const CALL_ID = 'D681PevKs';

/** Reads from a template's source what it expects of thinking and of contents. */
export function formOf(source: string): Omit<MessageForm, 'argumentsAsText'> {
  const thinking = /reasoning_content/.test(source)
    ? 'reasoning_content'
    : /message(\.|\[['"])thinking|["']thinking["'] in message/.test(source)
      ? 'thinking'
      : /<\/think>/.test(source)
        ? 'inline'
        : 'none';
  return { thinking, nullContent: /(?<!reasoning_)content['"\]]*\s+is\s+(not\s+)?none/.test(source) };
}

/** What of a turn decides how the template renders it, beside the length and letters of its texts. */
export interface TurnShape {
  readonly role: Turn['role'];
  readonly name: string | undefined;
  /** Whether there is a text to say; one of nothing but white space is rendered as it is. */
  readonly spoken: string | true;
  readonly thinks: boolean;
  readonly calls: readonly ToolCall[];
}

export function shapeOf(turn: Turn): TurnShape {
  const spoken = spokenText(turn);
  const calls = toolCallsOf(turn);
  return {
    role: turn.role,
    name: turn.name,
    spoken: isBlank(spoken) ? spoken.toString() : true,
    thinks: !isBlank(thinkingText(turn)),
    calls,
  };
}

const sameCall = (a: ToolCall, b: ToolCall): boolean => a.name === b.name && a.arguments === b.arguments;

export const sameShape = (a: TurnShape, b: TurnShape): boolean =>
  a.role === b.role &&
  a.name === b.name &&
  a.spoken === b.spoken &&
  a.thinks === b.thinks &&
  a.calls.length === b.calls.length &&
  a.calls.every((call, at) => sameCall(call, b.calls[at]!));

const slot = (kind: Slot['kind'], turn: number, item = 0): string => standIn({ kind, turn, item });

function argumentsOf(call: ToolCall, asText: boolean): unknown {
  if (asText) return call.arguments;
  try {
    return JSON.parse(call.arguments) as unknown;
  } catch {
    return call.arguments;
  }
}

/** One call as a message has it. Its id is the same for all: only the number of its tokens matters. */
const callMessage = (call: ToolCall, name: string, asText: boolean) => ({
  id: CALL_ID,
  type: 'function',
  function: { name, arguments: argumentsOf(call, asText) },
});

/**
 * The message of a turn. A blank text has a stand-in too, unless calls stand beside it: something must mark the turn.
 *
 * @param at index of the turn in what is rendered
 * @param blanks whether blank texts stand as they are instead
 */
export function messageOf(
  shape: TurnShape,
  at: number,
  form: MessageForm,
  blanks = false,
): Readonly<Record<string, unknown>> {
  const { role, name, calls, spoken } = shape;
  const named = name === undefined ? {} : { name };
  const said = blanks && spoken !== true ? spoken : slot('text', at);
  if (role === 'tool') return { role, content: said, tool_call_id: CALL_ID, ...named };
  if (role !== 'assistant') return { role, content: said, ...named };
  const silent = calls.length > 0 && spoken !== true;
  const content = silent ? (form.nullContent ? null : '') : said;
  const thought = shape.thinks ? slot('thinking', at) : '';
  const inline =
    shape.thinks && form.thinking === 'inline' ? `<think>\n${thought}\n</think>\n\n${content ?? ''}` : content;
  return {
    role,
    content: inline,
    ...named,
    ...(shape.thinks && (form.thinking === 'reasoning_content' || form.thinking === 'thinking')
      ? { [form.thinking]: thought }
      : {}),
    ...(calls.length > 0
      ? { tool_calls: calls.map((call, item) => callMessage(call, slot('callName', at, item), form.argumentsAsText)) }
      : {}),
  };
}
