/**
 * Requests and replies that have no list of messages: the `prompt` of the older Completions API, of llama.cpp and of
 * Ollama, and the one `message` with which Ollama and Cohere reply.
 */
import { memberOf, memberValue, objectAt, stringAt, type JsonMember, type JsonNode } from '../json/node.js';
import { isString, stringPiece, type Source } from '../json/pieces.js';
import { roleOf } from '../roles.js';
import type { ConversationDraft } from './dialect.js';
import { messagePieces } from './openaiMessage.js';
import { capOf, idField, modelField, usageField } from './request.js';
import { HiddenList, keySpan, memberSpan, memberTurn, numbered, stringTurn, writtenRole } from './turns.js';
import { pushImages } from './messageParts.js';
import type { ContentPiece } from '../model.js';

/** Whether a value holds one message of the assistant, as far as it is typed. */
export function holdsReply(text: string, value: JsonNode): boolean {
  const message = objectAt(value, 'message');
  const role = message && stringAt(message, 'role');
  return role !== null && roleOf(text.slice(role.innerStart, role.innerEnd)) === 'assistant';
}

/** Whether a value is a reply with one message, and whole: Ollama sends others, word by word, that are not `done`. */
export function isBareReply(text: string, value: JsonNode): boolean {
  if (!holdsReply(text, value)) return false;
  const done = memberValue(value, 'done');
  return done ? text[done.start] === 't' : memberOf(value, 'finish_reason') !== null;
}

/** The reply as a conversation: what it answers is not in the file. */
export function bareReply(source: Source, value: JsonNode): ConversationDraft {
  const hidden = new HiddenList();
  const member = memberOf(value, 'message')!;
  hidden.add('the request that this reply answers', keySpan(member));
  const message = member.value!;
  const { roleRaw, roleSpan } = writtenRole(source, message, 'role');
  const pieces = messagePieces(source, message, false, hidden);
  const span = { start: message.start, end: message.end };
  const turn = { role: 'assistant', roleRaw, roleSpan, span, pieces, ...usageField(source, value) } as const;
  return {
    ...idField(source, value, 'id'),
    span: { start: value.start, end: value.end },
    turns: numbered([turn]),
    ...modelField(source, value, 'model'),
    parameters: {},
    ...hidden.field,
  };
}

/** Keys that tell a prompt for text, and those that tell one for pictures, clips or speech. */
const TEXT_KEYS =
  /^(?:max_tokens|n_predict|num_predict|max_new_tokens|temperature|top_p|top_k|stop|stream|suffix|best_of|logprobs|echo|options|system|template|raw|keep_alive|think)$/;
const OTHER_KEYS =
  /^(?:size|quality|width|height|num_frames|frames|seconds|duration|fps|aspect_ratio|resolution|num_inference_steps|steps|guidance_scale|negative_prompt|style|voice|image|image_url|image_size|video|messages|input)$/;

const promptMember = (value: JsonNode): JsonMember | null => {
  const member = memberOf(value, 'prompt');
  const prompt = member?.value ?? null;
  return isString(prompt) || (prompt?.kind === 'array' && prompt.items.length > 0 && prompt.items.every(isString))
    ? member
    : null;
};

/** Whether a value has a prompt, as far as it is typed, and no messages. */
export const hasPrompt = (value: JsonNode): boolean =>
  value.kind === 'object' && promptMember(value) !== null && memberOf(value, 'messages') === null;

/** Whether a value asks for a text that goes on after a `prompt`. */
export function isCompletion(value: JsonNode): boolean {
  if (!hasPrompt(value)) return false;
  const keys = value.members.map(({ key }) => key);
  if (keys.some((key) => OTHER_KEYS.test(key))) return false;
  return keys.includes('n_predict') || (stringAt(value, 'model') !== null && keys.some((key) => TEXT_KEYS.test(key)));
}

/** Each prompt of the request as a conversation of one turn, after the system prompt where it has one. */
export function completion(source: Source, value: JsonNode): ConversationDraft[] {
  const member = promptMember(value)!;
  const prompt = member.value!;
  const system = stringTurn(source, 'system', value, 'system');
  const pictures: ContentPiece[] = [];
  pushImages(source, value, pictures);
  const shared = {
    ...modelField(source, value, 'model'),
    parameters: {
      ...capOf(source, objectAt(value, 'options'), 'num_predict'),
      ...capOf(source, value, 'max_tokens', 'max_new_tokens', 'n_predict'),
    },
  };
  const span = { start: value.start, end: value.end };
  if (isString(prompt)) {
    const spans = [memberSpan(member), ...pictures.flatMap((piece) => piece.spans)];
    const user = {
      ...memberTurn('user', member, [stringPiece(source, 'text', prompt), ...pictures]),
      span: {
        start: Math.min(...spans.map(({ start }) => start)),
        end: Math.max(...spans.map(({ end }) => end)),
      },
    };
    return [{ span, turns: numbered(system ? [system, user] : [user]), ...shared }];
  }
  return prompt.items.map((each) => {
    const place = { start: each.start, end: each.end };
    const pieces = [stringPiece(source, 'text', each)];
    const turn = {
      role: 'user',
      roleRaw: '',
      span: place,
      roleSpan: { start: each.start, end: each.start + 1 },
      pieces,
    } as const;
    return { span: place, turns: numbered([turn]), ...shared };
  });
}
