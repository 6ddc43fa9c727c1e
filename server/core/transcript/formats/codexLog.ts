/**
 * The session logs of Codex, `~/.codex/sessions/**\/rollout-*.jsonl`: lines of `timestamp`, `type` and `payload`. Items of
 * type `response_item` are what was sent and answered; the token counts between them stand beside ours.
 */
import { listAt, memberOf, memberValue, objectAt, type JsonNode } from '../json/node.js';
import { isString, type Source } from '../json/pieces.js';
import { readItem } from '../dialects/responsesItems.js';
import { HiddenList, memberTurn, mergeReplies, numbered, stringTurn, type TurnDraft } from '../dialects/turns.js';
import { eventLog } from '../exports/eventLog.js';
import type { ExportedConversation } from '../exports/jsonExport.js';
import { countAt, modelAt, pieceAt, placeOf, stringAt } from '../exports/values.js';
import type { Conversation, ReportedTokens } from '../model.js';

function usageIn(source: Source, payload: JsonNode): ReportedTokens | null {
  const usage = objectAt(objectAt(payload, 'info'), 'last_token_usage');
  const [input, output] = [countAt(source, usage, 'input_tokens'), countAt(source, usage, 'output_tokens')];
  if (input === undefined) return null;
  const cached = countAt(source, usage, 'cached_input_tokens');
  return { input, ...(cached === undefined ? {} : { cached }), ...(output === undefined ? {} : { output }) };
}

/** What was sent from one compaction to the next. */
interface Context {
  readonly turns: TurnDraft[];
  readonly hidden: HiddenList;
}

class Session {
  /** A compaction puts other messages in the place of all before it: then a new context begins. */
  readonly #contexts: Context[] = [{ turns: [], hidden: new HiddenList() }];
  #system: TurnDraft | null = null;
  #id = '';
  #model: Conversation['model'];

  constructor(private readonly source: Source) {}

  get #now(): Context {
    return this.#contexts.at(-1)!;
  }

  event(event: JsonNode): void {
    const { source } = this;
    const payload = objectAt(event, 'payload');
    if (!payload) {
      this.#oldLine(event);
      return;
    }
    const type = stringAt(source, event, 'type');
    if (type === 'session_meta') this.#begin(payload);
    else if (type === 'turn_context') this.#model = modelAt(source, payload, 'model') ?? this.#model;
    else if (type === 'response_item') this.#item(event, payload);
    else if (type === 'event_msg' && stringAt(source, payload, 'type') === 'token_count') this.#report(payload);
    else if (type === 'compacted') this.#compact(payload);
  }

  /** Lines before there were types for them: of the session, then bare items. */
  #oldLine(event: JsonNode): void {
    if (memberOf(event, 'instructions')) this.#begin(event);
    else if (isString(memberValue(event, 'type'))) this.#item(event, event);
  }

  #begin(payload: JsonNode): void {
    const { source } = this;
    this.#id ||= stringAt(source, payload, 'id') || stringAt(source, payload, 'session_id');
    // `instructions` are those of the user; they were sent as a message, and stand among the items too.
    const base = objectAt(payload, 'base_instructions');
    this.#system = base && stringTurn(source, 'system', base, 'text');
    if (this.#system) this.#now.turns.push(this.#system);
  }

  #item(event: JsonNode, payload: JsonNode): void {
    const { turns, hidden } = this.#now;
    const { turn } = readItem(this.source, payload, hidden);
    if (!turn || turn.pieces.length === 0) return;
    const { raw: roleRaw, span: roleSpan } = placeOf(this.source, event, payload, 'role');
    turns.push({ ...turn, roleRaw, roleSpan, span: { start: event.start, end: event.end } });
  }

  /** What stands in the place of the messages before: all of it where the log says so, else the summary. */
  #compact(payload: JsonNode): void {
    const { source } = this;
    if (this.#now.turns.length > 0) this.#contexts.push({ turns: [], hidden: new HiddenList() });
    const { turns, hidden } = this.#now;
    const history = listAt(payload, 'replacement_history');
    if (history) {
      for (const item of history.items) {
        const { turn } = item.kind === 'object' ? readItem(source, item, hidden) : { turn: null };
        if (turn && turn.pieces.length > 0) turns.push(turn);
      }
      return;
    }
    const member = memberOf(payload, 'message');
    const piece = pieceAt(source, 'text', payload, 'message');
    if (!member || !piece) return;
    hidden.add('what the compaction kept of the messages before', { start: member.keyStart, end: member.keyEnd });
    turns.push(memberTurn('user', member, [piece]));
  }

  /** The usage of the request whose reply came last: outputs of its calls may stand between. */
  #report(payload: JsonNode): void {
    const reported = usageIn(this.source, payload);
    const { turns } = this.#now;
    let at = turns.length - 1;
    while (at >= 0 && turns[at]!.role === 'tool') at--;
    const reply = turns[at];
    if (!reported || reply?.role !== 'assistant') return;
    // Counts are repeated at the beginning of the next request.
    if (at < turns.length - 1 && reply.reported) return;
    turns[at] = { ...reply, reported };
  }

  end(): ExportedConversation[] {
    return this.#contexts.map((context, index, all) => {
      const isLast = index === all.length - 1;
      const id = this.#id === '' || isLast ? this.#id : `${this.#id}~${index + 1}`;
      return {
        ...(id === '' ? {} : { id }),
        ...(isLast ? {} : { title: `Before compaction ${index + 1}` }),
        ...this.#conversation(context),
      };
    });
  }

  #conversation({ turns: drafts, hidden }: Context): ExportedConversation {
    const turns = mergeReplies(drafts);
    const span = { start: turns[0]?.span.start ?? 0, end: turns.at(-1)?.span.end ?? 0 };
    const hasSystem = this.#system !== null && drafts[0] === this.#system;
    const what = hasSystem ? "Codex's tool definitions" : "Codex's system prompt and tool definitions";
    hidden.add(what, turns[0]?.roleSpan ?? span);
    return {
      span,
      turns: numbered(turns),
      ...(this.#model ? { model: this.#model } : {}),
      parameters: {},
      ...hidden.field,
    };
  }
}

const TYPES =
  /^(?:session_meta|response_item|event_msg|turn_context|compacted|world_state|inter_agent_communication\w*)$/;

/** Members that are not looked at: what is shown, and where it was done. */
const UNWANTED: ReadonlySet<string> = new Set([
  'git',
  'cwd',
  'metadata',
  'internal_chat_message_metadata_passthrough',
  'rate_limits',
  'total_token_usage',
  'timestamp',
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
    'What stands before a compaction is a conversation of its own.',
    'The token usage of the log stands beside our count.',
    "Encrypted thinking, the tool definitions and, in logs before 2026, Codex's system prompt are not in the log: the figure is a lower bound.",
    'The instructions that the first line repeats are counted where they were sent.',
  ],
  sample: 'rollout-codex.jsonl',

  recognises(text, event) {
    const type = memberValue(event, 'type');
    const has = (key: string): boolean => event.members.some((member) => member.key === key);
    // The first line of old logs has no type.
    if (!type) return has('id') && has('timestamp') && has('instructions') && !has('messages');
    return (
      isString(type) && TYPES.test(text.slice(type.innerStart, type.innerEnd)) && objectAt(event, 'payload') !== null
    );
  },

  wanted: (key, parent) => !UNWANTED.has(key) && !AS_WRITTEN.has(parent),

  reader: (source) => new Session(source),
});
