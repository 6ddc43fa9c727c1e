/**
 * The session logs of Claude Code, `~/.claude/projects/<project>/<session>.jsonl`: one event a line, each with the event
 * it follows (`parentUuid`). Prompts that were taken back are branches; what helpers did (`isSidechain`) are
 * conversations of their own. The token usage in it stands beside our count.
 */
import { memberValue, objectAt, type JsonNode } from '../json/node.js';
import { isString, mediaPiece, stringPiece, valuePiece, type Source } from '../json/pieces.js';
import { mergeReplies, numbered, type TurnDraft } from '../dialects/turns.js';
import { eventLog } from '../exports/eventLog.js';
import type { ExportedConversation } from '../exports/jsonExport.js';
import { countAt, isTrue, itemsAt, modelAt, pieceAt, placeOf, stringAt } from '../exports/values.js';
import type { ContentPiece, Conversation, ReportedTokens } from '../model.js';
import { withKind } from '../pieceText.js';

function blockPieces(source: Source, block: JsonNode): ContentPiece[] {
  const type = stringAt(source, block, 'type');
  if (type === 'tool_use') {
    const name = pieceAt(source, 'toolCall', block, 'name');
    return [name, valuePiece(source, 'toolCall', memberValue(block, 'input'))].filter((piece) => piece !== null);
  }
  if (type === 'tool_result') {
    const content = memberValue(block, 'content');
    if (isString(content)) return [stringPiece(source, 'toolResult', content)];
    return itemsAt(block, 'content').flatMap((item) =>
      blockPieces(source, item).map((piece) => (piece.kind === 'text' ? withKind(piece, 'toolResult') : piece)),
    );
  }
  const data = memberValue(objectAt(block, 'source') ?? block, 'data');
  if (type === 'image' && isString(data)) return [mediaPiece(source, 'image', data)];
  const piece = pieceAt(source, 'thinking', block, 'thinking') ?? pieceAt(source, 'text', block, 'text');
  return piece ? [piece] : [];
}

function reportedIn(source: Source, message: JsonNode): ReportedTokens | null {
  const usage = objectAt(message, 'usage');
  const fresh = countAt(source, usage, 'input_tokens');
  const output = countAt(source, usage, 'output_tokens');
  if (fresh === undefined) return null;
  const cached = countAt(source, usage, 'cache_read_input_tokens') ?? 0;
  const input = fresh + cached + (countAt(source, usage, 'cache_creation_input_tokens') ?? 0);
  return { input, cached, ...(output === undefined ? {} : { output }) };
}

function turnOf(source: Source, event: JsonNode, message: JsonNode): TurnDraft | null {
  const content = memberValue(message, 'content');
  const pieces = isString(content)
    ? [stringPiece(source, 'text', content)]
    : itemsAt(message, 'content').flatMap((block) =>
        isString(block) ? [stringPiece(source, 'text', block)] : blockPieces(source, block),
      );
  if (pieces.every((piece) => piece.text === '' && piece.kind !== 'image')) return null;
  const { raw, span } = placeOf(source, event, message, 'role');
  const isReply = raw === 'assistant';
  const isResult =
    pieces.every(({ kind }) => kind === 'toolResult' || kind === 'image') &&
    pieces.some(({ kind }) => kind === 'toolResult');
  const role = isReply ? 'assistant' : isResult ? 'tool' : 'user';
  const reported = isReply ? reportedIn(source, message) : null;
  const turn = { role, roleRaw: raw, span: { start: event.start, end: event.end }, roleSpan: span, pieces } as const;
  return reported ? { ...turn, reported } : turn;
}

/** An event of the log that others may follow. */
interface Entry {
  readonly parent: string;
  readonly isSide: boolean;
  readonly turn: TurnDraft | null;
  readonly model: Conversation['model'];
}

/** Something that a user wrote, not what tools answered: where it stands beside another, it took that one back. */
const isPrompt = ({ turn }: Entry): boolean => turn?.role === 'user';

/** The entries that the last one stands on, and what goes on beside them without a prompt: answers of parallel tools. */
function lineOf(entries: ReadonlyMap<string, Entry>, last: string): Entry[] {
  const ids = [...entries.keys()];
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
  readonly #main = new Map<string, Entry>();
  /** By the id of their first event. */
  readonly #sides = new Map<string, Map<string, Entry>>();
  readonly #sideOf = new Map<string, string>();
  #title = '';
  #id = '';

  constructor(private readonly source: Source) {}

  event(event: JsonNode): void {
    const { source } = this;
    const type = stringAt(source, event, 'type');
    if (type === 'summary') this.#title = stringAt(source, event, 'summary');
    if (type === 'ai-title' || type === 'custom-title') this.#title = stringAt(source, event, 'title') || this.#title;
    const id = stringAt(source, event, 'uuid');
    if (id === '') return;
    this.#id ||= stringAt(source, event, 'sessionId');
    const parent = stringAt(source, event, 'parentUuid');
    const isSide = isTrue(source, event, 'isSidechain');
    const message =
      (type === 'user' || type === 'assistant') && !isTrue(source, event, 'isApiErrorMessage')
        ? objectAt(event, 'message')
        : null;
    const entry = {
      parent,
      isSide,
      turn: message && turnOf(source, event, message),
      model: message ? modelAt(source, message, 'model') : undefined,
    };
    if (!isSide) {
      // An id written twice stands where it was written last, so that turns keep the order of the log.
      this.#main.delete(id);
      this.#main.set(id, entry);
    } else {
      const root = this.#sideOf.get(parent) ?? id;
      this.#sideOf.set(id, root);
      const side = this.#sides.get(root) ?? new Map<string, Entry>();
      side.delete(id);
      this.#sides.set(root, side.set(id, entry));
    }
  }

  end(): ExportedConversation[] {
    const made = [...this.#sides.values()].map((side) => this.#conversation(side, 'Subagent'));
    if (this.#main.size === 0) return made;
    const main = this.#conversation(this.#main, this.#title);
    return [{ ...main, ...(this.#id === '' ? {} : { id: this.#id }) }, ...made];
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
    return {
      ...(title === '' ? {} : { title }),
      span,
      turns: numbered(turns),
      ...(model ? { model } : {}),
      parameters: {},
      hidden: [{ what: "Claude Code's system prompt and tool definitions", span: turns[0]?.roleSpan ?? span }],
      ...(others > 0 ? { otherBranches: others } : {}),
    };
  }
}

/** Members that are looked at. What a tool returned stands twice in a log, and much else is not for the model. */
const WANTED: ReadonlySet<string> = new Set([
  'type',
  'summary',
  'title',
  'uuid',
  'parentUuid',
  'sessionId',
  'isSidechain',
  'isApiErrorMessage',
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
  'usage',
  'input_tokens',
  'output_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
]);

export const claudeCodeLog = eventLog({
  id: 'claude-code-log',
  title: 'Claude Code Log',
  family: 'log-or-export',
  description: 'A session log of Claude Code, `~/.claude/projects/<project>/<session>.jsonl`: one event a line.',
  files: ['*.jsonl'],
  notes: [
    'The last branch is shown; what a subagent did is a conversation of its own.',
    'The token usage of the log stands beside our count: input includes what was read from or written to the cache.',
    'The system prompt and the tool definitions are not in the log: the figure is a lower bound.',
  ],
  sample: 'claude-code-session.jsonl',

  recognises(_text, event) {
    const has = (key: string): boolean => event.members.some((member) => member.key === key);
    return has('sessionId') && has('type') && has('uuid') && (has('parentUuid') || has('message'));
  },

  // A call's input is taken as it is written.
  wanted: (key, parent) => parent !== 'input' && WANTED.has(key),

  reader: (source) => new Session(source),
});
