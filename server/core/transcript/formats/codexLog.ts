/**
 * The session logs of Codex, `~/.codex/sessions/**\/rollout-*.jsonl`: lines of `timestamp`, `type` and `payload`. Items of
 * type `response_item` are what was sent and answered; the token counts between them stand beside ours.
 */
import { memberOf, memberValue, objectAt, type JsonNode } from '../json/node.js';
import { isString, mediaPiece, stringPiece, valuePiece, type Source } from '../json/pieces.js';
import { memberSpan, mergeReplies, memberTurn, numbered, stringTurn, type TurnDraft } from '../dialects/turns.js';
import { eventLog } from '../exports/eventLog.js';
import type { ExportedConversation } from '../exports/jsonExport.js';
import { countAt, itemsAt, modelAt, pieceAt, placeOf, stringAt } from '../exports/values.js';
import type { ContentPiece, Conversation, HiddenContext, PieceKind, ReportedTokens, Role } from '../model.js';
import { roleOf } from '../roles.js';

/** Parts of a message, an output or a thought. */
function partPieces(source: Source, node: JsonNode, key: string, kind: PieceKind): ContentPiece[] {
  const value = memberValue(node, key);
  if (isString(value)) return [stringPiece(source, kind, value)];
  if (value?.kind === 'object') return partPieces(source, value, 'content', kind);
  return itemsAt(node, key)
    .map((part) => {
      const url = memberValue(part, 'image_url');
      return isString(url) ? mediaPiece(source, 'image', url) : pieceAt(source, kind, part, 'text');
    })
    .filter((piece) => piece !== null);
}

function itemPieces(source: Source, type: string, item: JsonNode): readonly [role: Role, pieces: ContentPiece[]] {
  if (type === 'message') {
    const role = roleOf(stringAt(source, item, 'role')) ?? 'user';
    return [role, partPieces(source, item, 'content', 'text')];
  }
  if (type === 'reasoning') return ['assistant', partPieces(source, item, 'content', 'thinking')];
  if (type.endsWith('_output')) return ['tool', partPieces(source, item, 'output', 'toolResult')];
  if (!type.endsWith('_call')) return ['assistant', []];
  const call = ['arguments', 'input', 'action'].map((key) => valuePiece(source, 'toolCall', memberValue(item, key)));
  return ['assistant', [pieceAt(source, 'toolCall', item, 'name'), ...call].filter((piece) => piece !== null)];
}

function usageIn(source: Source, payload: JsonNode): ReportedTokens | null {
  const usage = objectAt(objectAt(payload, 'info'), 'last_token_usage');
  const [input, output] = [countAt(source, usage, 'input_tokens'), countAt(source, usage, 'output_tokens')];
  if (input === undefined) return null;
  const cached = countAt(source, usage, 'cached_input_tokens');
  return { input, ...(cached === undefined ? {} : { cached }), ...(output === undefined ? {} : { output }) };
}

class Session {
  readonly #turns: TurnDraft[] = [];
  readonly #hidden: HiddenContext[] = [];
  #id = '';
  #model: Conversation['model'];

  constructor(private readonly source: Source) {}

  event(event: JsonNode): void {
    const { source } = this;
    const payload = objectAt(event, 'payload');
    if (!payload) return;
    const type = stringAt(source, event, 'type');
    if (type === 'session_meta') this.#begin(payload);
    else if (type === 'turn_context') this.#model = modelAt(source, payload, 'model') ?? this.#model;
    else if (type === 'response_item') this.#item(event, payload);
    else if (type === 'event_msg' && stringAt(source, payload, 'type') === 'token_count') this.#report(payload);
    else if (type === 'compacted') {
      const member = memberOf(payload, 'message');
      const piece = pieceAt(source, 'text', payload, 'message');
      if (member && piece) this.#turns.push(memberTurn('user', member, [piece]));
    }
  }

  #begin(payload: JsonNode): void {
    this.#id ||= stringAt(this.source, payload, 'id');
    const system =
      stringTurn(this.source, 'system', payload, 'instructions') ??
      stringTurn(this.source, 'system', objectAt(payload, 'base_instructions') ?? payload, 'text');
    if (system) this.#turns.push(system);
  }

  #item(event: JsonNode, payload: JsonNode): void {
    const { source } = this;
    const type = stringAt(source, payload, 'type');
    const [role, pieces] = itemPieces(source, type, payload);
    const sealed = memberOf(payload, 'encrypted_content');
    if (type === 'reasoning' && pieces.length === 0 && isString(sealed?.value ?? null)) {
      this.#hidden.push({ what: 'thinking that the log has encrypted', span: memberSpan(sealed!) });
    }
    if (pieces.length === 0) return;
    const { raw, span: roleSpan } = placeOf(source, event, payload, 'role');
    this.#turns.push({ role, roleRaw: raw, span: { start: event.start, end: event.end }, roleSpan, pieces });
  }

  /** The usage of the request whose reply came last. */
  #report(payload: JsonNode): void {
    const reported = usageIn(this.source, payload);
    const last = this.#turns.at(-1);
    if (reported && last?.role === 'assistant') this.#turns[this.#turns.length - 1] = { ...last, reported };
  }

  end(): ExportedConversation[] {
    const turns = mergeReplies(this.#turns);
    const span = { start: turns[0]?.span.start ?? 0, end: turns.at(-1)?.span.end ?? 0 };
    const tools = { what: "Codex's tool definitions", span: turns[0]?.roleSpan ?? span };
    return [
      {
        ...(this.#id === '' ? {} : { id: this.#id }),
        span,
        turns: numbered(turns),
        ...(this.#model ? { model: this.#model } : {}),
        parameters: {},
        hidden: [tools, ...this.#hidden].sort((a, b) => a.span.start - b.span.start),
      },
    ];
  }
}

const TYPES = /^(?:session_meta|response_item|event_msg|turn_context|compacted)$/;

/** Members that are looked at. */
const WANTED: ReadonlySet<string> = new Set([
  'type',
  'payload',
  'id',
  'instructions',
  'base_instructions',
  'text',
  'model',
  'role',
  'content',
  'output',
  'name',
  'arguments',
  'input',
  'action',
  'message',
  'image_url',
  'encrypted_content',
  'info',
  'last_token_usage',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
]);
/** Values that are taken as they are written. */
const AS_WRITTEN: ReadonlySet<string> = new Set(['arguments', 'input', 'action']);

export const codexLog = eventLog({
  id: 'codex-log',
  title: 'Codex Log',
  family: 'log-or-export',
  description: 'A session log of Codex, `~/.codex/sessions/**/rollout-*.jsonl`: one event a line.',
  files: ['rollout-*.jsonl'],
  notes: [
    'Messages, tool calls and their outputs are turns; a reply, its thinking and its calls are one.',
    'The token usage of the log stands beside our count.',
    'Encrypted thinking and the tool definitions are not in the log: the figure is a lower bound.',
  ],
  sample: 'rollout-codex.jsonl',

  recognises(text, event) {
    const type = memberValue(event, 'type');
    return (
      isString(type) && TYPES.test(text.slice(type.innerStart, type.innerEnd)) && objectAt(event, 'payload') !== null
    );
  },

  wanted: (key, parent) => WANTED.has(key) && !AS_WRITTEN.has(parent),

  reader: (source) => new Session(source),
});
