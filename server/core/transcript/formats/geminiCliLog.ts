/**
 * The sessions that Gemini CLI keeps, `~/.gemini/tmp/<project>/chats/session-*`: one object with `messages`, or JSON Lines of
 * them after a line on the session, with changes between (`$set`, `$rewindTo`). A record written twice counts as it was
 * written last. What tools returned stands inside the record of their calls.
 */
import { append } from '../append.js';
import { memberOf, memberValue, objectAt, type JsonNode } from '../json/node.js';
import { valuePiece, type Source } from '../json/pieces.js';
import type { Wanted } from '../json/strictReader.js';
import { readParts } from '../dialects/gemini.js';
import { HiddenList, mergeReplies, numbered, type TurnDraft } from '../dialects/turns.js';
import { eventLog } from '../exports/eventLog.js';
import { jsonExport, type ExportedConversation } from '../exports/jsonExport.js';
import { countAt, itemsAt, modelAt, pieceAt, placeOf, stringAt } from '../exports/values.js';
import { drain } from '../parseTranscript.js';
import type { ContentPiece, Conversation, FormatAdapter, ReportedTokens } from '../model.js';

/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;

/** A session as far as its records are read. */
class Session {
  readonly #records = new Map<string, JsonNode>();
  #id = '';
  #title = '';

  constructor(private readonly source: Source) {}

  /** A line of a log, or the object of a whole session. */
  line(node: JsonNode): void {
    const rewound = stringAt(this.source, node, '$rewindTo');
    if (rewound !== '') this.#rewind(rewound);
    const changed = objectAt(node, '$set') ?? node;
    this.#id ||= stringAt(this.source, changed, 'sessionId');
    this.#title = stringAt(this.source, changed, 'summary') || this.#title;
    if (memberValue(changed, 'messages')) this.#records.clear();
    for (const record of itemsAt(changed, 'messages')) this.#record(record);
    if (changed === node) this.#record(node);
  }

  #record(record: JsonNode): void {
    const id = stringAt(this.source, record, 'id');
    if (record.kind !== 'object' || id === '' || !memberOf(record, 'type')) return;
    this.#records.delete(id);
    this.#records.set(id, record);
  }

  /** Takes back a record and all after it. */
  #rewind(id: string): void {
    const ids = [...this.#records.keys()];
    for (const later of ids.slice(Math.max(0, ids.indexOf(id)))) this.#records.delete(later);
  }

  *conversation(): Generator<void, ExportedConversation> {
    const { source } = this;
    const hidden = new HiddenList();
    const turns: TurnDraft[] = [];
    let model: Conversation['model'];
    let read = 0;
    for (const record of this.#records.values()) {
      append(turns, turnsOf(source, record, hidden));
      model = modelAt(source, record, 'model') ?? model;
      read += record.end - record.start;
      if (read < SLICE_LENGTH) continue;
      read = 0;
      yield;
    }
    const merged = mergeReplies(turns);
    const start = merged[0]?.span.start ?? 0;
    const end = merged.reduce((most, { span }) => Math.max(most, span.end), start);
    hidden.add("Gemini CLI's system prompt and tool definitions", merged[0]?.roleSpan ?? { start, end });
    return {
      ...(this.#id === '' ? {} : { id: this.#id }),
      ...(this.#title === '' ? {} : { title: this.#title }),
      span: { start, end },
      turns: numbered(merged),
      ...(model ? { model } : {}),
      parameters: {},
      ...hidden.field,
    };
  }
}

function reportedIn(source: Source, record: JsonNode): ReportedTokens | null {
  const tokens = objectAt(record, 'tokens');
  const [input, output] = [countAt(source, tokens, 'input'), countAt(source, tokens, 'output')];
  if (input === undefined || output === undefined) return null;
  const cached = countAt(source, tokens, 'cached');
  return {
    input,
    ...(cached === undefined ? {} : { cached }),
    output: output + (countAt(source, tokens, 'thoughts') ?? 0),
  };
}

/** A record as turns: a reply with calls is one, and each result in it is one of the tool. */
function turnsOf(source: Source, record: JsonNode, hidden: HiddenList): TurnDraft[] {
  const type = stringAt(source, record, 'type');
  if (type !== 'user' && type !== 'gemini') return [];
  const { raw: roleRaw, span: roleSpan } = placeOf(source, record, record, 'type');
  const span = { start: record.start, end: record.end };
  const content = memberValue(record, 'content');
  const said = content ? readParts(source, content, hidden) : null;
  const pieces = (said?.pieces ?? []).filter(({ text, kind }) => text !== '' || kind === 'image' || kind === 'audio');
  if (type === 'user') {
    if (pieces.length === 0) return [];
    const role = said!.results.length > 0 && said!.onlyResults ? 'tool' : 'user';
    return [{ role, roleRaw, span, roleSpan, pieces }];
  }
  const thoughts = itemsAt(record, 'thoughts').flatMap((thought) =>
    [pieceAt(source, 'thinking', thought, 'subject'), pieceAt(source, 'thinking', thought, 'description')].filter(
      (piece) => piece !== null,
    ),
  );
  const calls: ContentPiece[] = [];
  const results: TurnDraft[] = [];
  for (const call of itemsAt(record, 'toolCalls')) {
    const name = pieceAt(source, 'toolCall', call, 'name');
    const args = valuePiece(source, 'toolCall', memberValue(call, 'args'));
    for (const piece of [name, args]) if (piece) calls.push(piece);
    const result = memberValue(call, 'result');
    const answered = result ? readParts(source, result, hidden).pieces : [];
    if (!result || answered.length === 0) continue;
    const place = { start: result.start, end: result.end };
    const at = { start: result.start, end: result.start + 1 };
    results.push({ role: 'tool', roleRaw: '', span: place, roleSpan: at, pieces: answered });
  }
  const written = [...thoughts, ...pieces, ...calls];
  if (written.length === 0) return results;
  const reported = reportedIn(source, record);
  const reply: TurnDraft = { role: 'assistant', roleRaw, span, roleSpan, pieces: written };
  return [reported ? { ...reply, reported } : reply, ...results];
}

/** Members that are not looked at: what is shown alone. */
const UNWANTED: ReadonlySet<string> = new Set(['resultDisplay', 'displayContent', 'directories', 'memoryScratchpad']);
/** Values that are taken as they are written. */
const wanted: Wanted = (key, parent) => !UNWANTED.has(key) && parent !== 'args' && parent !== 'response';

const isSession = (value: JsonNode): boolean =>
  ['sessionId', 'projectHash'].every((key) => value.members.some((member) => member.key === key));

const asJson = jsonExport({
  id: 'gemini-cli-log',
  title: 'Gemini CLI Session',
  family: 'log-or-export',
  description:
    'A session of Gemini CLI, `~/.gemini/tmp/<project>/chats/session-*`: one object with `messages`, or one record a line.',
  files: ['session-*.json', 'session-*.jsonl'],
  notes: [
    'A reply with its calls is one turn, and what each tool returned is a turn of the tool; what was rewound is left out.',
    'Thoughts are in the log as their summaries, and counted as such.',
    'The token usage of the log stands beside our count.',
    "Gemini CLI's system prompt and tool definitions are not in the log: the figure is a lower bound.",
  ],
  sample: 'gemini-cli/session-2026-03-07T10-20-5f0c.jsonl',
  trace: /"projectHash"\s*:/,
  wanted,
  recognises: (_text, value) => isSession(value) && memberOf(value, 'messages') !== null,
  accepts: (_text, value) => memberOf(value, 'messages') !== null,
  *conversations(source, values) {
    const made: ExportedConversation[] = [];
    for (const value of values) {
      const session = new Session(source);
      session.line(value);
      made.push(yield* session.conversation());
    }
    return made;
  },
});

const asLog = eventLog({
  ...asJson,
  wanted,
  recognises: (_text, event) =>
    isSession(event) && event.members.some(({ key }) => key === 'startTime' || key === 'lastUpdated'),
  reader(source) {
    const session = new Session(source);
    return {
      event: (event) => session.line(event),
      end: () => [drain(session.conversation())],
    };
  },
});

/** Whether the second line is a value of its own, as the first is. */
const isLog = (text: string): boolean => /^\s*\{[^\r\n]*[\r\n]\s*\{/.test(text.slice(0, 4096));

export const geminiCliLog: FormatAdapter = {
  ...asJson,
  detect: (hint, head) => asLog.detect(hint, head) ?? asJson.detect(hint, head),
  parse: (text, context) => (isLog(text) ? asLog.parse(text, context) : asJson.parse(text, context)),
};
