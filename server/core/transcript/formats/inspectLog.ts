/**
 * The logs of Inspect (inspect_ai) in JSON: one object of an evaluation, with the messages of each of its samples. Logs in
 * its binary format, `.eval`, are no text.
 */
import { memberOf, memberValue, objectAt, stringAt as stringNodeAt, type JsonNode } from '../json/node.js';
import {
  isNull,
  isString,
  mediaPiece,
  report,
  stringPiece,
  stringText,
  valuePiece,
  type Source,
} from '../json/pieces.js';
import { memberSpan, numbered, reportRole, writtenRole, type TurnDraft } from '../dialects/turns.js';
import { detailOf } from '../dialects/messageParts.js';
import { jsonExport, type ExportedConversation } from '../exports/jsonExport.js';
import { countAt, isTrue, itemsAt, modelAt, pieceAt, stringAt } from '../exports/values.js';
import type { ContentPiece, Conversation, HiddenContext, PieceKind, ReportedTokens } from '../model.js';

/** What a long text or an image is in a message where the log keeps it once, elsewhere. */
const ATTACHMENT = 'attachment://';

function partPieces(source: Source, part: JsonNode, kind: PieceKind, hidden: HiddenContext[]): ContentPiece[] {
  if (isString(part)) return [textPiece(source, kind, part, hidden)].filter((piece) => piece !== null);
  const type = stringAt(source, part, 'type');
  const image = stringNodeAt(part, 'image');
  const audio = stringNodeAt(part, 'audio');
  if (type === 'image' && image) return [mediaPiece(source, 'image', image, detailOf(source, part))];
  if (type === 'audio' && audio) return [mediaPiece(source, 'audio', audio)];
  if (type === 'reasoning') {
    // What is redacted is encrypted; its summary is not what the model thought.
    const piece = isTrue(source, part, 'redacted') ? null : pieceAt(source, 'thinking', part, 'reasoning');
    if (piece) return [piece];
    hidden.push({ what: 'thinking that the log has encrypted', span: { start: part.start, end: part.end } });
    return [];
  }
  if (type === 'tool_use') {
    const call = ['name', 'arguments'].map((key) => pieceAt(source, 'toolCall', part, key));
    return [...call, pieceAt(source, 'toolResult', part, 'result')].filter((piece) => piece !== null);
  }
  const text = stringNodeAt(part, 'text');
  if (text) return [textPiece(source, kind, text, hidden)].filter((piece) => piece !== null);
  if (part.closed && type !== '' && type !== 'text') {
    hidden.push({ what: `a part of type ${type.slice(0, 40)}`, span: { start: part.start, end: part.end } });
  }
  return [];
}

function textPiece(source: Source, kind: PieceKind, node: JsonNode, hidden: HiddenContext[]): ContentPiece | null {
  const piece = stringPiece(source, kind, node);
  if (!piece.text.startsWith(ATTACHMENT)) return piece;
  hidden.push({ what: 'a text that the log keeps elsewhere', span: { start: node.start, end: node.end } });
  return null;
}

function messagePieces(source: Source, message: JsonNode, isTool: boolean, hidden: HiddenContext[]): ContentPiece[] {
  // Of a call that failed the model reads the error.
  const error = isTool ? pieceAt(source, 'toolResult', objectAt(message, 'error'), 'message') : null;
  if (error) return [error];
  const kind = isTool ? 'toolResult' : 'text';
  const content = memberValue(message, 'content');
  const parts = isString(content) ? [content] : itemsAt(message, 'content');
  const pieces = parts.flatMap((part) => partPieces(source, part, kind, hidden));
  if (content && !isString(content) && content.kind !== 'array' && !isNull(source, content)) {
    report(source, 'warning', 'not-counted', content, 'The content is neither text nor a list of parts: not counted.');
  }
  const thinking = pieceAt(source, 'thinking', message, 'reasoning');
  const calls = itemsAt(message, 'tool_calls').flatMap((call) => [
    pieceAt(source, 'toolCall', call, 'function'),
    valuePiece(source, 'toolCall', memberValue(call, 'arguments')),
  ]);
  return [thinking, ...pieces, ...calls].filter((piece) => piece !== null);
}

/** The usage of a reply: input is what the total leaves, so that it is all of it however the provider counts a cache. */
function usageIn(source: Source, usage: JsonNode | null): ReportedTokens | null {
  const [input, output] = [countAt(source, usage, 'input_tokens'), countAt(source, usage, 'output_tokens')];
  if (input === undefined || output === undefined) return null;
  const total = countAt(source, usage, 'total_tokens') ?? 0;
  const cached = countAt(source, usage, 'input_tokens_cache_read');
  return { input: Math.max(input, total - output), ...(cached === undefined ? {} : { cached }), output };
}

function turnsOf(source: Source, sample: JsonNode, hidden: HiddenContext[]): TurnDraft[] {
  const turns: TurnDraft[] = [];
  for (const message of itemsAt(sample, 'messages').filter(({ kind }) => kind === 'object')) {
    const written = writtenRole(source, message, 'role');
    reportRole(source, written, 'system, user, assistant and tool');
    const role = written.role ?? 'user';
    const pieces = messagePieces(source, message, role === 'tool', hidden);
    const { roleRaw, roleSpan } = written;
    turns.push({ role, roleRaw, roleSpan, span: { start: message.start, end: message.end }, pieces });
  }
  // The log has the usage of the last request.
  const last = turns.map(({ role }) => role).lastIndexOf('assistant');
  const reported = usageIn(source, objectAt(objectAt(sample, 'output'), 'usage'));
  if (last >= 0 && reported) turns[last] = { ...turns[last]!, reported };
  return turns;
}

/** The number or the name of a sample. */
function sampleId(source: Source, sample: JsonNode): string {
  const id = memberValue(sample, 'id');
  if (isString(id)) return stringText(source, id);
  return id?.kind === 'number' ? source.text.slice(id.start, id.end) : '';
}

function conversationOf(
  source: Source,
  sample: JsonNode,
  shared: Pick<Conversation, 'model' | 'parameters'>,
): ExportedConversation {
  const hidden: HiddenContext[] = [];
  const turns = turnsOf(source, sample, hidden);
  const calls = memberOf(
    itemsAt(sample, 'messages').find((message) => itemsAt(message, 'tool_calls').length > 0) ?? null,
    'tool_calls',
  );
  if (calls) hidden.push({ what: 'the definitions of the tools', span: memberSpan(calls) });
  const id = sampleId(source, sample);
  const epoch = countAt(source, sample, 'epoch') ?? 1;
  return {
    ...(id === '' ? {} : { id: epoch > 1 ? `${id}/${epoch}` : id }),
    ...(id === '' ? {} : { title: epoch > 1 ? `Sample ${id}, epoch ${epoch}` : `Sample ${id}` }),
    span: { start: sample.start, end: sample.end },
    turns: numbered(turns),
    ...shared,
    ...(hidden.length > 0 ? { hidden: hidden.sort((a, b) => a.span.start - b.span.start) } : {}),
  };
}

function sharedOf(source: Source, log: JsonNode): Pick<Conversation, 'model' | 'parameters'> {
  const task = objectAt(log, 'eval');
  const model = modelAt(source, task, 'model');
  const maxTokens =
    countAt(source, objectAt(objectAt(log, 'plan'), 'config'), 'max_tokens') ??
    countAt(source, objectAt(task, 'model_generate_config'), 'max_tokens');
  return { ...(model ? { model } : {}), parameters: maxTokens ? { maxTokens } : {} };
}

export const inspectLog = jsonExport({
  id: 'inspect-log',
  title: 'Inspect Eval Log',
  family: 'log-or-export',
  description: 'A log of Inspect (`inspect_ai`) in JSON: an evaluation with the messages of each of its `samples`.',
  files: ['*.json'],
  notes: [
    'Each sample, of each epoch, is a conversation; the model is that of the evaluation.',
    'Of a tool call that failed the error is counted, which is what the model reads.',
    'The token usage of the last request of a sample stands beside our count.',
    'Tool definitions, encrypted thinking and texts that the log keeps elsewhere are not counted: a lower bound.',
    'Logs in the binary format, `.eval`, are no text: `inspect log convert --to json` makes one of them.',
  ],
  sample: 'inspect-log.json',
  trace: /"eval"\s*:/,

  recognises(_text, value) {
    const task = objectAt(value, 'eval');
    const has = (key: string): boolean => task?.members.some((member) => member.key === key) === true;
    return has('task') && (has('task_id') || has('run_id') || has('model'));
  },

  *conversations(source, values) {
    const made: ExportedConversation[] = [];
    for (const log of values) {
      const shared = sharedOf(source, log);
      for (const sample of itemsAt(log, 'samples').filter(({ kind }) => kind === 'object')) {
        made.push(conversationOf(source, sample, shared));
        yield;
      }
    }
    return made;
  },
});
