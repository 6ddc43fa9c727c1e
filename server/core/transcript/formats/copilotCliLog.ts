/**
 * The session logs of GitHub Copilot CLI, `~/.copilot/session-state/<session>/events.jsonl`: lines of `type`, `data`,
 * `id` and `timestamp`. What a subagent did carries its `agentId`, or the call that it answers, and is a conversation of
 * its own. The log counts the tokens of replies alone; they stand beside our count.
 */
import { memberOf, memberValue, objectAt, type JsonNode } from '../json/node.js';
import { isString, valuePiece, type Source } from '../json/pieces.js';
import { memberSpan, mergeReplies, numbered, type TurnDraft } from '../dialects/turns.js';
import { eventLog } from '../exports/eventLog.js';
import type { ExportedConversation } from '../exports/jsonExport.js';
import { countAt, hasValue, itemsAt, modelAt, pieceAt, placeOf, stringAt } from '../exports/values.js';
import type { ContentPiece, Conversation, HiddenContext, Role } from '../model.js';

/** What one agent said and heard. */
interface Agent {
  readonly turns: TurnDraft[];
  readonly hidden: HiddenContext[];
  model: Conversation['model'];
}

const isPiece = (piece: ContentPiece | null): piece is ContentPiece => piece !== null;

/** Thinking, text and calls of a reply, in the order in which a model writes them. */
function replyPieces(source: Source, data: JsonNode): ContentPiece[] {
  const calls = itemsAt(data, 'toolRequests').flatMap((call) => [
    pieceAt(source, 'toolCall', call, 'name'),
    valuePiece(source, 'toolCall', memberValue(call, 'arguments')),
  ]);
  return [
    pieceAt(source, 'thinking', data, 'reasoningText'),
    pieceAt(source, 'text', data, 'content'),
    ...calls,
  ].filter(isPiece);
}

/** What the model reads of a tool's result: the short form, or why the tool failed. */
function resultPieces(source: Source, data: JsonNode): ContentPiece[] {
  const plain = pieceAt(source, 'toolResult', data, 'result');
  const piece =
    plain ??
    pieceAt(source, 'toolResult', objectAt(data, 'result'), 'content') ??
    pieceAt(source, 'toolResult', objectAt(data, 'error'), 'message');
  return piece ? [piece] : [];
}

class Session {
  readonly #main: Agent = { turns: [], hidden: [], model: undefined };
  readonly #others = new Map<string, Agent>();
  #id = '';
  #title = '';

  constructor(private readonly source: Source) {}

  #agent(event: JsonNode, data: JsonNode): Agent {
    const id = stringAt(this.source, event, 'agentId') || stringAt(this.source, data, 'parentToolCallId');
    if (id === '') return this.#main;
    const agent = this.#others.get(id) ?? { turns: [], hidden: [], model: undefined };
    this.#others.set(id, agent);
    return agent;
  }

  event(event: JsonNode): void {
    const { source } = this;
    const data = objectAt(event, 'data');
    if (!data) return;
    const push = (role: Role, pieces: ContentPiece[]): void => {
      if (pieces.length === 0) return;
      const { raw, span: roleSpan } = placeOf(source, event, event, 'type');
      this.#agent(event, data).turns.push({
        role,
        roleRaw: raw,
        span: { start: event.start, end: event.end },
        roleSpan,
        pieces,
      });
    };
    switch (stringAt(source, event, 'type')) {
      case 'session.start':
        this.#id ||= stringAt(source, data, 'sessionId');
        this.#main.model = modelAt(source, data, 'selectedModel');
        return;
      case 'session.model_change':
        this.#main.model = modelAt(source, data, 'newModel') ?? this.#main.model;
        return;
      case 'session.title_changed':
        this.#title = stringAt(source, data, 'title') || this.#title;
        return;
      case 'system.message':
        return push('system', [pieceAt(source, 'text', data, 'content')].filter(isPiece));
      case 'user.message':
        this.#attached(event, data);
        // As it is sent, with the date and the context of the editor, where the log has it.
        return push(
          'user',
          [pieceAt(source, 'text', data, 'transformedContent') ?? pieceAt(source, 'text', data, 'content')].filter(
            isPiece,
          ),
        );
      case 'session.compaction_complete':
        return push('user', [pieceAt(source, 'text', data, 'summaryContent')].filter(isPiece));
      case 'assistant.message':
        return this.#reply(event, data, push);
      case 'tool.execution_complete':
        return push('tool', resultPieces(source, data));
    }
  }

  #attached(event: JsonNode, data: JsonNode): void {
    const member = memberOf(data, 'attachments');
    if (!member || !hasValue(this.source, data, 'attachments')) return;
    this.#agent(event, data).hidden.push({ what: 'the attachments of a prompt', span: memberSpan(member) });
  }

  #reply(event: JsonNode, data: JsonNode, push: (role: Role, pieces: ContentPiece[]) => void): void {
    const { source } = this;
    const agent = this.#agent(event, data);
    agent.model = modelAt(source, data, 'model') ?? agent.model;
    const sealed = memberOf(data, 'reasoningOpaque') ?? memberOf(data, 'encryptedContent');
    if (isString(sealed?.value ?? null) && !pieceAt(source, 'thinking', data, 'reasoningText')) {
      agent.hidden.push({ what: 'thinking that the log has encrypted', span: memberSpan(sealed!) });
    }
    const before = agent.turns.length;
    push('assistant', replyPieces(source, data));
    const output = countAt(source, data, 'outputTokens');
    const turn = agent.turns[before];
    if (turn && output !== undefined) agent.turns[before] = { ...turn, reported: { output } };
  }

  end(): ExportedConversation[] {
    const others = [...this.#others.values()].map((agent) => conversationOf(agent, 'Subagent'));
    const main = conversationOf(this.#main, this.#title);
    return [{ ...main, ...(this.#id === '' ? {} : { id: this.#id }) }, ...others];
  }
}

function conversationOf({ turns: drafts, hidden, model }: Agent, title: string): ExportedConversation {
  const turns = mergeReplies(drafts);
  const span = { start: turns[0]?.span.start ?? 0, end: turns.at(-1)?.span.end ?? 0 };
  const hasSystem = turns.some(({ role }) => role === 'system');
  const what = hasSystem ? "Copilot's tool definitions" : "Copilot's system prompt and tool definitions";
  return {
    ...(title === '' ? {} : { title }),
    span,
    turns: numbered(turns),
    ...(model ? { model } : {}),
    parameters: {},
    hidden: [{ what, span: turns[0]?.roleSpan ?? span }, ...hidden].sort((a, b) => a.span.start - b.span.start),
  };
}

const TYPES =
  /^(?:session\.(?:start|resume|info|model_change|compaction_complete)|(?:system|user|assistant)\.message|assistant\.turn_(?:start|end)|tool\.execution_(?:start|complete))$/;

export const copilotCliLog = eventLog({
  id: 'copilot-cli-log',
  title: 'Copilot CLI Log',
  family: 'log-or-export',
  description:
    'A session log of GitHub Copilot CLI, `~/.copilot/session-state/<session>/events.jsonl`: one event a line.',
  files: ['events.jsonl'],
  notes: [
    'Prompts are counted as they were sent, with what Copilot put around them, where the log has that.',
    'Of a tool the result that the model read is counted, not the longer one for the eye.',
    'What a subagent did is a conversation of its own.',
    'The log counts the tokens of replies: they stand beside our count.',
    'Encrypted thinking and the tool definitions are not in the log: the figure is a lower bound.',
  ],
  sample: 'copilot-cli/events.jsonl',

  recognises(text, event) {
    const type = memberValue(event, 'type');
    return (
      isString(type) &&
      TYPES.test(text.slice(type.innerStart, type.innerEnd)) &&
      objectAt(event, 'data') !== null &&
      event.members.some(({ key }) => key === 'timestamp')
    );
  },

  reader: (source) => new Session(source),
});
