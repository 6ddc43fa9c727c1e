/** What `llm logs --json` prints: one object a response, with prompt, system prompt, reply and the tokens of both. */
import { memberOf, memberValue, type JsonNode } from '../json/node.js';
import { isNull, isString, valuePiece, type Source } from '../json/pieces.js';
import { memberSpan, memberTurn, numbered, stringTurn, type TurnDraft } from '../dialects/turns.js';
import { jsonExport, type ExportedConversation } from '../exports/jsonExport.js';
import { countAt, hasValue, itemsAt, modelAt, pieceAt, stringAt } from '../exports/values.js';
import type { Conversation, Span } from '../model.js';

/** A conversation being collected. */
interface Logged {
  readonly id: string;
  readonly title: string;
  span: Span;
  readonly turns: TurnDraft[];
  model: Conversation['model'];
  system: string;
  readonly hidden: { readonly what: string; readonly span: Span }[];
}

/** What tools answered: input of the response beside it. */
function resultTurn(source: Source, value: JsonNode): TurnDraft | null {
  const member = memberOf(value, 'tool_results');
  const pieces = itemsAt(value, 'tool_results')
    .map((result) => pieceAt(source, 'toolResult', result, 'output'))
    .filter((piece) => piece !== null);
  return member && pieces.length > 0 ? memberTurn('tool', member, pieces) : null;
}

/** The reply: thinking, text, and the calls of tools that stand beside it. */
function replyTurn(source: Source, value: JsonNode): TurnDraft | null {
  const reply = stringTurn(source, 'assistant', value, 'response');
  const member = memberOf(value, 'tool_calls');
  const calls = itemsAt(value, 'tool_calls').flatMap((call) =>
    [pieceAt(source, 'toolCall', call, 'name'), valuePiece(source, 'toolCall', memberValue(call, 'arguments'))].filter(
      (piece) => piece !== null,
    ),
  );
  const thinking = pieceAt(source, 'thinking', value, 'reasoning');
  const pieces = [...(thinking ? [thinking] : []), ...(reply?.pieces ?? []), ...calls];
  const place = reply ?? (member && calls.length > 0 ? memberTurn('assistant', member, calls) : null);
  if (!place) return null;
  const spans = [place.span, ...pieces.flatMap((piece) => piece.spans)];
  const start = Math.min(...spans.map((span) => span.start));
  const end = Math.max(...spans.map((span) => span.end), calls.length > 0 ? memberSpan(member!).end : 0);
  return { ...place, span: { start, end }, pieces };
}

function addResponse(source: Source, value: JsonNode, logged: Logged): void {
  const system = stringTurn(source, 'system', value, 'system');
  const text = system?.pieces[0]!.text ?? '';
  // The log repeats the system prompt with each response.
  if (system && text !== logged.system) logged.turns.push(system);
  if (system) logged.system = text;
  const results = resultTurn(source, value);
  if (results) logged.turns.push(results);
  const prompt = stringTurn(source, 'user', value, 'prompt');
  if (prompt) logged.turns.push(prompt);
  const [input, output] = [countAt(source, value, 'input_tokens'), countAt(source, value, 'output_tokens')];
  const reported = { ...(input === undefined ? {} : { input }), ...(output === undefined ? {} : { output }) };
  const reply = replyTurn(source, value);
  if (reply) logged.turns.push(input === undefined && output === undefined ? reply : { ...reply, reported });
  logged.span = { start: logged.span.start, end: value.end };
  logged.model = modelAt(source, value, 'model') ?? logged.model;
  for (const key of ['attachments', 'fragments', 'prompt_fragments', 'system_fragments', 'tools']) {
    if (!hasValue(source, value, key)) continue;
    const { start, end } = memberValue(value, key)!;
    logged.hidden.push({ what: `the ${key.replaceAll('_', ' ')} of a prompt`, span: { start, end } });
  }
}

/** Members that are looked at. */
const WANTED: ReadonlySet<string> = new Set([
  'prompt',
  'system',
  'response',
  'model',
  'conversation_id',
  'conversation_name',
  'input_tokens',
  'output_tokens',
  'attachments',
  'fragments',
  'prompt_fragments',
  'system_fragments',
  'tools',
  'tool_calls',
  'tool_results',
  'name',
  'arguments',
  'output',
  'reasoning',
]);

export const llmLogs = jsonExport({
  id: 'llm-logs',
  title: 'LLM Command Log',
  family: 'log-or-export',
  description:
    'What `llm logs --json` prints: an array of responses with `prompt`, `system`, `response`, `model` and token counts.',
  files: ['*.json'],
  notes: [
    'Responses of one `conversation_id` are a conversation; a system prompt that is repeated counts once.',
    'Calls of tools and their results are counted; the definitions of the tools, fragments and attachments are not: a lower bound.',
    'The token counts of the log stand beside ours.',
  ],
  sample: 'llm-logs.json',
  trace: /"response"\s*:/,

  // The arguments of a call are taken as they are written.
  wanted: (key, parent) => parent !== 'arguments' && WANTED.has(key),

  recognises(_text, value) {
    const has = (key: string): boolean => value.members.some((member) => member.key === key);
    return has('prompt') && has('model') && has('response') && (has('conversation_id') || has('datetime_utc'));
  },

  accepts(text, value) {
    const prompt = memberValue(value, 'prompt');
    return isString(prompt) || (prompt !== null && isNull({ text }, prompt) && memberValue(value, 'response') !== null);
  },

  // eslint-disable-next-line require-yield -- one object a response: reading them is what took the time
  *conversations(source, values) {
    const byId = new Map<string, Logged>();
    for (const [at, value] of values.entries()) {
      const id = stringAt(source, value, 'conversation_id');
      const key = id === '' ? `#${at}` : id;
      const title = stringAt(source, value, 'conversation_name');
      const span = { start: value.start, end: value.end };
      const known = byId.get(key) ?? { id, title, span, turns: [], model: undefined, system: '', hidden: [] };
      byId.set(key, known);
      addResponse(source, value, known);
    }
    return [...byId.values()].map(({ id, title, span, turns, model, hidden }): ExportedConversation => ({
      ...(id === '' ? {} : { id }),
      ...(title === '' ? {} : { title }),
      span,
      turns: numbered(turns),
      ...(model ? { model } : {}),
      parameters: {},
      ...(hidden.length > 0 ? { hidden } : {}),
    }));
  },
});
