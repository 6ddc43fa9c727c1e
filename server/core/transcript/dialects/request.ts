/** What a request or a row says beside its turns: model, cap on the reply, tools, id, usage. */
import { memberValue, objectAt, stringAt, type JsonNode } from '../json/node.js';
import {
  insideOf,
  isString,
  jsonPiece,
  positiveInteger,
  stringPiece,
  stringText,
  type Source,
} from '../json/pieces.js';
import type { ContentPiece, Conversation, ConversationParameters, ReportedTokens } from '../model.js';

/** The model of the first of `keys` that names one. */
export function modelField(
  source: Source,
  request: JsonNode | null,
  ...keys: readonly string[]
): Pick<Conversation, 'model'> {
  const node = stringAt(request, ...keys);
  return node?.closed && node.innerEnd > node.innerStart
    ? { model: { id: stringText(source, node), span: insideOf(node) } }
    : {};
}

/** The cap on the reply: the first of `keys` that has one, most current name first. */
export function capOf(source: Source, request: JsonNode | null, ...keys: readonly string[]): ConversationParameters {
  for (const key of request ? keys : []) {
    const maxTokens = positiveInteger(source, memberValue(request!, key));
    if (maxTokens !== undefined) return { maxTokens };
  }
  return {};
}

/** Tool definitions: a list that is not empty, or JSON in a string, as some datasets have it. */
export function toolsField(
  source: Source,
  request: JsonNode | null,
  ...keys: readonly string[]
): { readonly tools?: ContentPiece } {
  for (const key of request ? keys : []) {
    const node = memberValue(request!, key);
    if (node?.kind === 'array' && node.items.length > 0) return { tools: jsonPiece(source, 'text', node) };
    if (isString(node) && node.innerEnd - node.innerStart > 2) return { tools: stringPiece(source, 'text', node) };
  }
  return {};
}

/** The id of the first of `keys` that has one: text or a number. */
export function idField(source: Source, row: JsonNode, ...keys: readonly string[]): { readonly id?: string } {
  for (const key of keys) {
    const node = memberValue(row, key);
    if (isString(node) && node.closed && node.innerEnd > node.innerStart) return { id: stringText(source, node) };
    if (node?.kind === 'number') return { id: source.text.slice(node.start, node.end) };
  }
  return {};
}

/** A count of tokens: a whole number, zero included. */
function count({ text }: Source, node: JsonNode | null, ...path: readonly string[]): number | undefined {
  let at = node;
  for (const key of path) at = at && memberValue(at, key);
  if (at?.kind !== 'number') return undefined;
  const value = Number(text.slice(at.start, at.end));
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

const sum = (...values: readonly (number | undefined)[]): number | undefined =>
  values.every((value) => value === undefined) ? undefined : values.reduce<number>((all, one) => all + (one ?? 0), 0);

/** Usage of a response, in the names of OpenAI, Anthropic, Gemini, Converse, Cohere or Ollama (which has it bare). */
export function usageField(source: Source, response: JsonNode): { readonly reported?: ReportedTokens } {
  const stated = objectAt(response, 'usage', 'usageMetadata', 'usage_metadata');
  const usage = objectAt(stated, 'tokens') ?? stated ?? response;
  const of = (...path: readonly string[]): number | undefined => count(source, usage, ...path);
  // Anthropic and Converse count what was read from and written to the cache apart; the others count it in.
  const cacheRead = of('cache_read_input_tokens') ?? of('cacheReadInputTokens');
  const cacheWritten = of('cache_creation_input_tokens') ?? of('cacheWriteInputTokens');
  const input =
    of('prompt_tokens') ??
    sum(of('input_tokens') ?? of('inputTokens'), cacheRead, cacheWritten) ??
    of('prompt_eval_count') ??
    of('promptTokenCount') ??
    of('prompt_token_count');
  const cached =
    of('prompt_tokens_details', 'cached_tokens') ??
    of('input_tokens_details', 'cached_tokens') ??
    cacheRead ??
    of('cachedContentTokenCount') ??
    of('cached_content_token_count');
  const output =
    of('completion_tokens') ??
    of('output_tokens') ??
    of('outputTokens') ??
    of('eval_count') ??
    sum(of('candidatesTokenCount'), of('thoughtsTokenCount')) ??
    sum(of('candidates_token_count'), of('thoughts_token_count'));
  const reported = {
    ...(input === undefined ? {} : { input }),
    ...(cached === undefined ? {} : { cached }),
    ...(output === undefined ? {} : { output }),
  };
  return Object.keys(reported).length > 0 ? { reported } : {};
}
