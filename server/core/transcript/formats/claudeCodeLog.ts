/**
 * The session logs of Claude Code, `~/.claude/projects/<project>/<session>.jsonl`: one event a line, each with the event
 * it follows (`parentUuid`). Prompts that were taken back are branches; what helpers did (`isSidechain`) are
 * conversations of their own. The token usage in it stands beside our count.
 */
import { memberOf, memberValue, objectAt, type JsonNode } from '../json/node.js';
import type { Source } from '../json/pieces.js';
import { newReading, pushContent } from '../dialects/anthropicBlocks.js';
import { readParts } from '../dialects/gemini.js';
import { usageField } from '../dialects/request.js';
import { HiddenList, memberSpan, mergeReplies, numbered, type TurnDraft } from '../dialects/turns.js';
import { eventLog } from '../exports/eventLog.js';
import type { ExportedConversation } from '../exports/jsonExport.js';
import { countAt, isTrue, modelAt, placeOf, stringAt } from '../exports/values.js';
import type { Conversation, HiddenContext, ReportedTokens } from '../model.js';

function reportedIn(source: Source, message: JsonNode): ReportedTokens | null {
  const usage = objectAt(message, 'usage');
  const fresh = countAt(source, usage, 'input_tokens');
  const output = countAt(source, usage, 'output_tokens');
  if (fresh === undefined) return null;
  const cached = countAt(source, usage, 'cache_read_input_tokens') ?? 0;
  const input = fresh + cached + (countAt(source, usage, 'cache_creation_input_tokens') ?? 0);
  return { input, cached, ...(output === undefined ? {} : { output }) };
}

function turnOf(source: Source, event: JsonNode, message: JsonNode, hidden: HiddenList): TurnDraft | null {
  const parts = memberValue(message, 'parts');
  const reading = newReading();
  if (!parts) pushContent(source, memberValue(message, 'content'), 'text', hidden, reading);
  const { pieces, results, onlyResults } = parts ? readParts(source, parts, hidden) : reading;
  if (pieces.every((piece) => piece.text === '' && piece.kind !== 'image')) return null;
  const { raw, span } = placeOf(source, event, message, 'role');
  const isReply = raw === 'assistant' || raw === 'model';
  const role = isReply ? 'assistant' : results.length > 0 && onlyResults ? 'tool' : 'user';
  const reported = isReply ? (reportedIn(source, message) ?? usageField(source, event).reported) : null;
  const turn = { role, roleRaw: raw, span: { start: event.start, end: event.end }, roleSpan: span, pieces } as const;
  return reported ? { ...turn, reported } : turn;
}

/** An event of the log that others may follow. */
interface Entry {
  readonly parent: string;
  readonly isSide: boolean;
  readonly turn: TurnDraft | null;
  readonly model: Conversation['model'];
  readonly hidden: readonly HiddenContext[];
}

type Entries = Map<string, Entry>;

/** Something that a user wrote, not what tools answered: where it stands beside another, it took that one back. */
const isPrompt = ({ turn }: Entry): boolean => turn?.role === 'user';

/** The entries that the last one stands on, and what goes on beside them without a prompt: answers of parallel tools. */
function lineOf(entries: ReadonlyMap<string, Entry>, last: string): Entry[] {
  const ids = [...entries.keys()];
  // Logs that other programs wrote may say of no event what it follows: they are read as they stand.
  if (ids.every((id) => !entries.has(entries.get(id)!.parent))) return [...entries.values()];
  const places = new Map(ids.map((id, at) => [id, at]));
  /** The entry that one follows. Of one that follows a line that cannot be read, the entry before it in the log. */
  const before = (id: string): string => {
    const { parent } = entries.get(id)!;
    return parent === '' || entries.has(parent) ? parent : (ids[places.get(id)! - 1] ?? '');
  };
  const path = new Set<string>();
  for (let id = last; entries.has(id) && !path.has(id); id = before(id)) path.add(id);
  const kept: Entry[] = [];
  for (const [id, entry] of entries) {
    if (!path.has(id) && (isPrompt(entry) || !path.has(before(id)))) continue;
    path.add(id);
    kept.push(entry);
  }
  return kept;
}

class Session {
  /** The context is begun anew with a summary when it is full: what stands before and after are conversations of their own. */
  readonly #contexts: Entries[] = [new Map()];
  /** By the id of their first event. */
  readonly #sides = new Map<string, Entries>();
  readonly #sideOf = new Map<string, string>();
  #title = '';
  #id = '';
  #program = 'Claude Code';

  constructor(private readonly source: Source) {}

  event(event: JsonNode): void {
    const { source } = this;
    const type = stringAt(source, event, 'type');
    const titleKey = TITLES.get(type);
    if (titleKey !== undefined) this.#title = stringAt(source, event, titleKey) || this.#title;
    const id = stringAt(source, event, 'uuid');
    if (id === '') return;
    this.#id ||= stringAt(source, event, 'sessionId');
    const parent = stringAt(source, event, 'parentUuid');
    const isSide = isTrue(source, event, 'isSidechain');
    const message =
      MESSAGES.has(type) && !isTrue(source, event, 'isApiErrorMessage') ? objectAt(event, 'message') : null;
    if (message && memberOf(message, 'parts')) this.#program = 'Qwen Code';
    const hidden = new HiddenList();
    const attached = memberOf(event, 'attachment');
    if (type === 'attachment' && attached) hidden.add('what Claude Code attached to a prompt', memberSpan(attached));
    const entry: Entry = {
      parent,
      isSide,
      turn: message && turnOf(source, event, message, hidden),
      model: message ? (modelAt(source, message, 'model') ?? modelAt(source, event, 'model')) : undefined,
      hidden: hidden.field.hidden ?? [],
    };
    if (!isSide) {
      const context = this.#contextOf(event, type, parent);
      // An id written twice stands where it was written last, so that turns keep the order of the log.
      context.delete(id);
      context.set(id, entry);
    } else {
      const root = this.#sideOf.get(parent) ?? id;
      this.#sideOf.set(id, root);
      const side = this.#sides.get(root) ?? new Map<string, Entry>();
      side.delete(id);
      this.#sides.set(root, side.set(id, entry));
    }
  }

  /** The context that an event belongs to: that of the event it follows, else the last; a new one where one is begun. */
  #contextOf(event: JsonNode, type: string, parent: string): Entries {
    const { source } = this;
    const last = this.#contexts.at(-1)!;
    const begins =
      stringAt(source, event, 'subtype') === 'compact_boundary' ||
      (type === 'user' && parent === '' && isTrue(source, event, 'isCompactSummary'));
    if (!begins || [...last.values()].every(({ turn }) => turn === null)) {
      return [...this.#contexts].reverse().find((context) => context.has(parent)) ?? last;
    }
    this.#contexts.push(new Map());
    return this.#contexts.at(-1)!;
  }

  end(): ExportedConversation[] {
    const sides = [...this.#sides.values()].map((side) => this.#conversation(side, 'Subagent'));
    const made = this.#contexts
      .filter((context) => context.size > 0)
      .map((context, index, all): ExportedConversation => {
        const isLast = index === all.length - 1;
        const named = isLast ? this.#title : `${this.#title || 'Session'}, before compaction ${index + 1}`;
        const id = isLast ? this.#id : `${this.#id}~${index + 1}`;
        return { ...this.#conversation(context, named), ...(this.#id === '' ? {} : { id }) };
      });
    return [...made, ...sides];
  }

  #conversation(entries: ReadonlyMap<string, Entry>, title: string): ExportedConversation {
    const last = [...entries].filter(([, { turn }]) => turn !== null).at(-1)?.[0] ?? '';
    const line = lineOf(entries, last);
    const turns = mergeReplies(line.flatMap(({ turn }) => (turn ? [turn] : [])));
    const kept = new Set(line);
    // Each prompt beside the line is a branch.
    const others = [...entries.values()].filter(
      (entry) => !kept.has(entry) && isPrompt(entry) && kept.has(entries.get(entry.parent) ?? entry),
    ).length;
    const model = line.filter((entry) => entry.model !== undefined).at(-1)?.model;
    const span = { start: turns[0]?.span.start ?? 0, end: turns.at(-1)?.span.end ?? 0 };
    const hidden = [
      { what: `${this.#program}'s system prompt and tool definitions`, span: turns[0]?.roleSpan ?? span },
      ...line.flatMap((entry) => entry.hidden),
    ];
    return {
      ...(title === '' ? {} : { title }),
      span,
      turns: numbered(turns),
      ...(model ? { model } : {}),
      parameters: {},
      hidden: hidden.sort((one, other) => one.span.start - other.span.start),
      ...(others > 0 ? { otherBranches: others } : {}),
    };
  }
}

/** Types of lines that hold a message. */
const MESSAGES: ReadonlySet<string> = new Set(['user', 'assistant', 'tool_result']);

/** Where lines that name the session have the name. */
const TITLES: ReadonlyMap<string, string> = new Map([
  ['summary', 'summary'],
  ['ai-title', 'aiTitle'],
  ['custom-title', 'customTitle'],
]);

/** Members that are looked at. What a tool returned stands twice in a log, and much else is not for the model. */
const WANTED: ReadonlySet<string> = new Set([
  'type',
  'subtype',
  'summary',
  'aiTitle',
  'customTitle',
  'uuid',
  'parentUuid',
  'sessionId',
  'isSidechain',
  'isApiErrorMessage',
  'isCompactSummary',
  'attachment',
  'message',
  'role',
  'model',
  'content',
  'text',
  'thinking',
  'name',
  'input',
  'source',
  'data',
  'url',
  'stdout',
  'stderr',
  'lines',
  'tool_name',
  'tool_references',
  'tool_use_id',
  'usage',
  'input_tokens',
  'output_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  // Qwen Code writes Gemini's parts.
  'parts',
  'thought',
  'thoughtSignature',
  'functionCall',
  'functionResponse',
  'args',
  'response',
  'inlineData',
  'fileData',
  'fileUri',
  'mimeType',
  'executableCode',
  'codeExecutionResult',
  'code',
  'output',
  'usageMetadata',
  'promptTokenCount',
  'cachedContentTokenCount',
  'candidatesTokenCount',
  'thoughtsTokenCount',
]);
/** Values that are taken as they are written, or left out with all in them. */
const NOT_ENTERED: ReadonlySet<string> = new Set(['input', 'args', 'response', 'attachment']);

export const claudeCodeLog = eventLog({
  id: 'claude-code-log',
  title: 'Claude Code Log',
  family: 'log-or-export',
  description:
    'A session log of Claude Code, `~/.claude/projects/<project>/<session>.jsonl`: one event a line. Those of Qwen Code, which are alike, are read as well.',
  files: ['*.jsonl'],
  notes: [
    'The last branch is shown; what a subagent did, and what stands before a compaction, are conversations of their own.',
    'What Claude Code attaches to a prompt (files, notices) is put into words by it and not counted.',
    'The token usage of the log stands beside our count: input includes what was read from or written to the cache.',
    'The system prompt and the tool definitions are not in the log: the figure is a lower bound.',
  ],
  sample: 'claude-code-session.jsonl',

  recognises(text, event) {
    const has = (key: string): boolean => event.members.some((member) => member.key === key);
    const type = memberValue(event, 'type');
    const word = type?.kind === 'string' ? text.slice(type.innerStart, type.innerEnd) : '';
    // A log may begin with lines that say nothing of the conversation, more than are looked at.
    if (word === 'summary') return has('summary') && has('leafUuid');
    if (word === 'file-history-snapshot') return has('messageId') && has('snapshot');
    if (word === 'queue-operation') return has('operation') && has('sessionId');
    return has('sessionId') && has('type') && has('uuid') && (has('parentUuid') || has('message'));
  },

  wanted: (key, parent) => !NOT_ENTERED.has(parent) && WANTED.has(key),

  reader: (source) => new Session(source),
});
