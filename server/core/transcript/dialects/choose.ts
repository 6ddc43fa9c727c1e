/** Which dialect a JSON value is in. */
import { listAt, memberValue, objectAt, type JsonNode } from '../json/node.js';
import { DIALECTS } from './all.js';
import type { Dialect } from './dialect.js';

/** A value and the dialect that takes it. */
export interface Found {
  readonly dialect: Dialect;
  /** What the dialect reads. */
  readonly value: JsonNode;
  /** The whole, envelope included. */
  readonly outer: JsonNode;
}

/** How far into lists of lists it looks. */
const MAX_DEPTH = 3;

/**
 * What a batch line or a log entry wraps: OpenAI requests (`body`) and results (`response.body`), Anthropic requests
 * (`params`) and results (`result.message`), Gemini requests (`request`) and results (`response`); and the chat of an
 * export of Open WebUI (`chat`).
 */
export function opened(value: JsonNode): JsonNode {
  if (value.kind !== 'object') return value;
  const body = objectAt(value, 'body');
  if (body) return body;
  const chat = objectAt(value, 'chat');
  if (chat && listAt(chat, 'messages')) return chat;
  const recorded = recordedBody(objectAt(value, 'request'));
  if (recorded) return recorded;
  const response = objectAt(value, 'response');
  const inner = objectAt(response, 'body') ?? (response && memberValue(response, 'candidates') ? response : null);
  if (inner) return inner;
  const message = objectAt(objectAt(value, 'result'), 'message');
  if (message) return message;
  const wrapped = objectAt(value, 'params', 'request');
  const isBatch = memberValue(value, 'custom_id') ?? memberValue(value, 'key');
  return wrapped && (isBatch || memberValue(wrapped, 'messages') || memberValue(wrapped, 'contents')) ? wrapped : value;
}

/** The body of a request that a test recorded, where it is JSON and no text. */
function recordedBody(request: JsonNode | null): JsonNode | null {
  const [segment] = listAt(request, 'body_segments')?.items ?? [];
  return segment?.kind === 'object' ? segment : objectAt(request, 'body', 'content');
}

/** The values inside one that is a list, or the recording of several requests. */
const innerOf = (node: JsonNode): readonly JsonNode[] =>
  node.kind === 'array' ? node.items : (listAt(node, 'interactions')?.items ?? []);

function recognised(text: string, outer: JsonNode, preferred: Dialect | null): Found | null {
  if (outer.kind !== 'object' && outer.kind !== 'array') return null;
  const value = opened(outer);
  for (const dialect of DIALECTS) {
    const takes = dialect === preferred ? dialect.accepts(text, value) : dialect.recognises(text, value);
    if (takes) return { dialect, value, outer };
  }
  return null;
}

function accepted(text: string, outer: JsonNode): Found | null {
  if (outer.kind !== 'object' && outer.kind !== 'array') return null;
  const value = opened(outer);
  // The most telling last: what little is there is nobody's own.
  const dialect = [...DIALECTS].reverse().find((each) => each.accepts(text, value));
  return dialect ? { dialect, value, outer } : null;
}

/** The values of some dialect that are recognised in `node` or, if it is a list of no dialect, in its elements. */
function recognisedIn(text: string, node: JsonNode, preferred: Dialect | null, depth: number): Found[] {
  const own = recognised(text, node, preferred);
  if (own) return [own];
  if (depth >= MAX_DEPTH) return [];
  const items = innerOf(node);
  const inner = items.map((item) => recognisedIn(text, item, preferred, depth + 1));
  if (inner.every((found) => found.length === 0)) return [];
  // One row of a list tells what the list is: the others are read as far as they go.
  return inner.flatMap((found, at) => (found.length > 0 ? found : acceptedIn(text, items[at]!, depth + 1)));
}

function acceptedIn(text: string, node: JsonNode, depth: number): Found[] {
  const own = accepted(text, node);
  if (own) return [own];
  if (node.kind !== 'array' || depth >= MAX_DEPTH) return [];
  return node.items.flatMap((item) => acceptedIn(text, item, depth + 1));
}

/**
 * Everything in a value that some dialect can read, in source order.
 *
 * @param preferred the dialect of the file's own format, read more leniently
 */
export function valuesOf(text: string, node: JsonNode, preferred: Dialect | null): Found[] {
  const found = recognisedIn(text, node, preferred, 0);
  return found.length > 0 ? found : acceptedIn(text, node, 0);
}

/** Rows of a list that detection looks at. */
const ROWS_LOOKED_AT = 3;

/** The dialect beyond doubt of a value that may break off anywhere, or of the first rows of a list; null for none. */
export function dialectOf(text: string, node: JsonNode | null, depth = 0): Dialect | null {
  if (!node || depth > MAX_DEPTH) return null;
  const own = recognised(text, node, null);
  if (own) return own.dialect;
  for (const item of innerOf(node).slice(0, ROWS_LOOKED_AT)) {
    const inner = dialectOf(text, item, depth + 1);
    if (inner) return inner;
  }
  return null;
}
