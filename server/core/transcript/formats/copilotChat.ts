/**
 * VS Code's chat sessions: what `Chat: Export Chat` writes and what `chatSessions/` keeps, `requests` with a message and
 * a response; also as a log of changes in JSON Lines (`kind` 0: the session, 1: a value set, 2: values
 * appended, in the place of those from `i` on, 3: a member gone).
 */
import { memberOf, memberValue, objectAt, type JsonNode } from '../json/node.js';
import { isString, stringPiece, stringText, type Source } from '../json/pieces.js';
import type { Wanted } from '../json/strictReader.js';
import { memberSpan, numbered, type TurnDraft } from '../dialects/turns.js';
import { eventLog } from '../exports/eventLog.js';
import { jsonExport, type ExportedConversation } from '../exports/jsonExport.js';
import { countAt, hasValue, itemsAt, modelAt, pieceAt, stringAt } from '../exports/values.js';
import type { ContentPiece, Conversation, FormatAdapter, HiddenContext, Span } from '../model.js';

/** Kinds of a response part whose value the model wrote. */
const WRITTEN: ReadonlySet<string> = new Set(['', 'markdownContent', 'markdownVuln', 'thinking']);

function partPieces(source: Source, part: JsonNode): ContentPiece[] {
  const kind = stringAt(source, part, 'kind');
  if (!WRITTEN.has(kind)) return [];
  const as = kind === 'thinking' ? 'thinking' : 'text';
  const content = objectAt(part, 'content') ?? objectAt(part, 'value');
  const piece = pieceAt(source, as, part, 'value') ?? pieceAt(source, as, content, 'value');
  // Thinking may be kept as the pieces in which it came.
  return piece
    ? [piece]
    : itemsAt(part, 'value').flatMap((each) => (isString(each) ? stringPiece(source, as, each) : []));
}

/** The range of everything in `spans`. */
const hull = (spans: readonly Span[]): Span => ({
  start: spans.reduce((least, { start }) => Math.min(least, start), Infinity),
  end: spans.reduce((most, { end }) => Math.max(most, end), -Infinity),
});

function requestTurns(source: Source, request: JsonNode, hidden: HiddenContext[]): TurnDraft[] {
  const turns: TurnDraft[] = [];
  const message = memberOf(request, 'message');
  const asked = isString(message?.value ?? null)
    ? stringPiece(source, 'text', message!.value!)
    : pieceAt(source, 'text', message?.value ?? null, 'text');
  if (message && asked) {
    const span = memberSpan(message);
    turns.push({
      role: 'user',
      roleRaw: '',
      span,
      roleSpan: { start: span.start, end: message.keyEnd },
      pieces: [asked],
    });
  }
  const variables = objectAt(request, 'variableData');
  if (hasValue(source, variables, 'variables')) {
    hidden.push({
      what: 'files and selections attached to a prompt',
      span: memberSpan(memberOf(variables, 'variables')!),
    });
  }
  const response = memberOf(request, 'response');
  const parts = itemsAt(request, 'response');
  const tool = parts.find((part) => stringAt(source, part, 'kind').startsWith('toolInvocation'));
  if (tool) hidden.push({ what: 'tool calls and what they returned', span: { start: tool.start, end: tool.end } });
  const pieces = parts.flatMap((part) => partPieces(source, part));
  if (response && pieces.length > 0) {
    // Of a log of changes, parts may stand on later lines.
    const span = hull([memberSpan(response), ...pieces.flatMap(({ spans }) => spans)]);
    const result = objectAt(request, 'result');
    const [metadata, usage] = [objectAt(result, 'metadata'), objectAt(result, 'usage')];
    const input = countAt(source, usage, 'promptTokens') ?? countAt(source, metadata, 'promptTokens');
    const output = countAt(source, usage, 'completionTokens') ?? countAt(source, metadata, 'outputTokens');
    const reported = { ...(input === undefined ? {} : { input }), ...(output === undefined ? {} : { output }) };
    const turn = {
      role: 'assistant',
      roleRaw: '',
      span,
      roleSpan: { start: span.start, end: span.start + 1 },
      pieces,
    } as const;
    turns.push(input === undefined && output === undefined ? turn : { ...turn, reported });
  }
  return turns;
}

/** Turns whose ranges hold each other or stand apart; in a log of changes a broken path may lead into another turn. */
function apart(turns: readonly TurnDraft[]): TurnDraft[] {
  const kept: TurnDraft[] = [];
  let end = -1;
  for (const turn of turns) {
    if (turn.span.start < end) continue;
    kept.push(turn);
    ({ end } = turn.span);
  }
  return kept;
}

function sessionOf(source: Source, session: JsonNode): ExportedConversation {
  const hidden: HiddenContext[] = [];
  const list = memberOf(session, 'requests')!;
  hidden.push({
    what: "Copilot's system prompt and tool definitions",
    span: { start: list.keyStart, end: list.keyEnd },
  });
  const requests = itemsAt(session, 'requests').filter(({ kind }) => kind === 'object');
  const turns = apart(requests.flatMap((request) => requestTurns(source, request, hidden)));
  let model: Conversation['model'];
  for (const request of requests) {
    const metadata = objectAt(objectAt(request, 'result'), 'metadata');
    model = modelAt(source, request, 'modelId') ?? modelAt(source, metadata, 'modelId') ?? model;
  }
  const title = stringAt(source, session, 'customTitle');
  const id = stringAt(source, session, 'sessionId');
  return {
    ...(id === '' ? {} : { id }),
    ...(title === '' ? {} : { title }),
    span: turns.length > 0 ? hull(turns.map(({ span }) => span)) : { start: session.start, end: session.end },
    turns: numbered(turns),
    ...(model ? { model } : {}),
    parameters: {},
    hidden: hidden.sort((a, b) => a.span.start - b.span.start),
  };
}

const isSession = (value: JsonNode | null): boolean =>
  itemsAt(value, 'requests').some(
    (request) =>
      memberValue(request, 'message') !== null &&
      request.members.some(({ key }) => key === 'response' || key === 'requestId'),
  );

/** Members that are looked at, of a session and of a log of its changes. */
const WANTED: ReadonlySet<string> = new Set([
  'kind',
  'k',
  'v',
  'i',
  'requests',
  'requestId',
  'message',
  'text',
  'variableData',
  'variables',
  'response',
  'value',
  'content',
  'result',
  'modelId',
  'usage',
  'promptTokens',
  'completionTokens',
  'outputTokens',
  'customTitle',
  'sessionId',
]);

const wanted: Wanted = (key, parent) =>
  WANTED.has(key) || (key === 'metadata' && (parent === 'result' || parent === 'v'));

const asJson = jsonExport({
  id: 'copilot-chat',
  title: 'Copilot Chat Session',
  family: 'log-or-export',
  description:
    "VS Code's chat sessions: what `Chat: Export Chat` writes, and the files in `chatSessions/`, also those that are logs of changes.",
  files: ['chat.json', 'chatSessions/*.json', 'chatSessions/*.jsonl'],
  notes: [
    'Each request is a user turn and its response an assistant turn.',
    "Copilot's system prompt, attached files and results of tools are not in the file: the figure is a lower bound.",
  ],
  sample: 'copilot-chat.json',
  trace: /"requests"\s*:/,
  wanted,
  recognises: (_text, value) => isSession(value),
  *conversations(source, values) {
    const made: ExportedConversation[] = [];
    for (const value of values) {
      made.push(sessionOf(source, value));
      yield;
    }
    return made;
  },
});

/** A change of the log: a value set, values appended (after what stands from `keeps` on is cut off), or a member gone. */
interface Change {
  readonly kind: 'set' | 'append' | 'delete';
  readonly value: JsonNode | null;
  readonly keeps?: number;
}

/** Follows a path; the last step's member or item is made, changed or taken away. */
function put(source: Source, root: JsonNode, path: readonly JsonNode[], { kind, value, keeps }: Change): void {
  let at: JsonNode | null = root;
  for (const [depth, step] of path.entries()) {
    if (!at) return;
    const isLast = depth === path.length - 1;
    if (step.kind === 'number') {
      const index = Number(source.text.slice(step.start, step.end));
      if (at.kind !== 'array' || !Number.isSafeInteger(index) || index < 0 || index > at.items.length) return;
      if (isLast && kind === 'set' && value) at.items[index] = value;
      if (isLast && kind === 'delete') at.items.splice(index, 1);
      at = at.items[index] ?? null;
    } else {
      if (at.kind !== 'object' || !isString(step)) return;
      const key = stringText(source, step);
      const member = memberOf(at, key);
      if (isLast && kind === 'delete') {
        at.members = at.members.filter((each) => each.key !== key);
        return;
      }
      if (member && isLast && kind === 'set') member.value = value;
      else if (!member && isLast && value) at.members.push({ key, keyStart: step.start, keyEnd: step.end, value });
      at = member ? member.value : null;
    }
  }
  if (kind !== 'append' || at?.kind !== 'array' || at === value) return;
  if (keeps !== undefined) at.items.splice(keeps);
  for (const item of value?.items ?? []) at.items.push(item);
}

const CHANGES: ReadonlyMap<string, Change['kind']> = new Map([
  ['1', 'set'],
  ['2', 'append'],
  ['3', 'delete'],
]);

const asLog = eventLog({
  ...asJson,
  wanted,
  recognises: (text, event) => {
    const kind = memberValue(event, 'kind');
    return kind?.kind === 'number' && text.slice(kind.start, kind.end) === '0' && itemsOrObject(objectAt(event, 'v'));
  },
  reader(source) {
    let root: JsonNode | null = null;
    return {
      event(event) {
        const kind = memberValue(event, 'kind');
        const number = kind?.kind === 'number' ? source.text.slice(kind.start, kind.end) : '';
        const value = memberValue(event, 'v');
        const change = CHANGES.get(number);
        if (number === '0' && value?.kind === 'object') root = value;
        else if (root && change !== undefined) {
          const keeps = countAt(source, event, 'i');
          // A line that is being typed takes nothing away.
          if (!value && (!event.closed || (keeps === undefined && change !== 'delete'))) return;
          put(source, root, itemsAt(event, 'k'), { kind: change, value, ...(keeps === undefined ? {} : { keeps }) });
        }
      },
      end: () => (root && memberOf(root, 'requests') ? [sessionOf(source, root)] : []),
    };
  },
});

const itemsOrObject = (session: JsonNode | null): boolean =>
  session !== null && ['requests', 'sessionId'].every((key) => session.members.some((member) => member.key === key));

/** Lines, each an object with a `kind`, tell the log from the session. */
const isLog = (text: string): boolean => /^\s*\{\s*"kind"\s*:\s*\d/.test(text.slice(0, 200));

export const copilotChat: FormatAdapter = {
  ...asJson,
  detect: (hint, head) => (isLog(head) ? asLog.detect(hint, head) : asJson.detect(hint, head)),
  parse: (text, context) => (isLog(text) ? asLog.parse(text, context) : asJson.parse(text, context)),
};
