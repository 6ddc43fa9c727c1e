/**
 * BAML: functions whose prompt is a Jinja template in a block string, in which `{{ _.role("user") }}` begins a turn. Text
 * before the first is the system's. What all lines are indented by, and blanks at the ends of a turn, are not sent.
 */
import type {
  ContentPiece,
  Conversation,
  FormatAdapter,
  HiddenContext,
  ParsedTranscript,
  Problem,
  Role,
  Span,
  Turn,
} from '../model.js';
import { declarationsIn, indentationsOf, type BlockString, type Declaration } from '../baml/scan.js';
import { testOf } from '../baml/values.js';
import { drain } from '../parseTranscript.js';
import { Cuts, textPieces, trimEnds, trimmed, without } from '../prompt/content.js';
import { lineBreakOf } from '../prompt/insert.js';
import { tagsIn, templateComments, type Mustache } from '../prompt/mustaches.js';
import { roleOf } from '../roles.js';
import { sortProblems } from '../spans.js';
import { isInserted } from '../text/insert.js';
import { templateOf } from '../yaml/index.js';

const ROLE = /^_\.(?:role|chat)\(\s*(?:role\s*=\s*)?(?:"([^"]*)"|'([^']*)')/;
const ROLE_VARIABLE = /^_\.(?:role|chat)\(/;
const OUTPUT_FORMAT = /^ctx\.output_format\b/;
const TEMPLATE_CALL = /^([A-Z]\w*)\s*\(/;
const NAME = /^\w+$/;
/** Parameters of a function that are pictures or recordings. */
const MEDIA_PARAMETER = /(\w+)\s*:\s*(image|audio)\b/g;
const MAX_HEAD = 5000;
const MODEL = /\bmodel[ \t]+(?:"([^"\r\n]*)"|([\w./:-]+))/;
const CAP = /\b(?:max_tokens|max_completion_tokens|max_output_tokens|maxOutputTokens)[ \t]+(\d{1,9})\b/;
const DEFAULT_ROLE = /\bdefault_role[ \t]+"?(\w+)/;

/** What a client says of the requests that it makes. */
interface Client {
  readonly model: Conversation['model'];
  readonly maxTokens: number;
  readonly defaultRole: Role;
}

/** The text of a declaration without its block strings, unit for unit. */
function codeOf(text: string, { start, end, strings }: Declaration): string {
  let code = '';
  let from = start;
  for (const string of strings) {
    code += text.slice(from, string.start) + ' '.repeat(string.end - string.start);
    from = string.end;
  }
  return code + text.slice(from, Math.max(from, end));
}

/** A model as it is written at `start`, without the provider before a slash; undefined for none that is known here. */
function modelAt(written: string, start: number): Conversation['model'] {
  const from = written.lastIndexOf('/') + 1;
  const id = written.slice(from);
  if (id === '' || /[${}]|^env\./.test(written)) return undefined;
  return { id, span: { start: start + from, end: start + written.length } };
}

function clientOf(text: string, declaration: Declaration): Client {
  const code = codeOf(text, declaration);
  const model = MODEL.exec(code);
  const written = model?.[1] ?? model?.[2] ?? '';
  const at = model ? declaration.start + model.index + model[0].lastIndexOf(written) : 0;
  return {
    model: modelAt(written, at),
    maxTokens: Number(CAP.exec(code)?.[1] ?? 0),
    defaultRole: roleOf(DEFAULT_ROLE.exec(code)?.[1] ?? '') ?? 'system',
  };
}

/** The client that a function names: one of the file, or `"provider/model"`. */
function clientNamed(text: string, declaration: Declaration, clients: ReadonlyMap<string, Client>): Client {
  const code = codeOf(text, declaration);
  const named = /\bclient[ \t]+(?:"([^"\r\n]*)"|([A-Za-z_][\w.-]*))/.exec(code);
  const known = clients.get(named?.[1] ?? named?.[2] ?? '');
  if (known) return known;
  const short = named?.[1];
  const at = declaration.start + (named?.index ?? 0) + (named?.[0].indexOf('"') ?? 0) + 1;
  return { model: short?.includes('/') ? modelAt(short, at) : undefined, maxTokens: 0, defaultRole: 'system' };
}

/** The block string that is the function's prompt. */
const promptOf = (text: string, { start, strings }: Declaration): BlockString | undefined =>
  strings.find((string) => /\bprompt\s*$/.test(text.slice(Math.max(start, string.start - 60), string.start)));

/** A stretch of a prompt between two markers of roles. */
interface Segment {
  readonly role: Role;
  readonly roleRaw: string;
  readonly roleSpan: Span | null;
  readonly start: number;
  readonly contentStart: number;
  end: number;
}

/** A comment with the blanks before it on its line and the line break right after it, as BAML's templates drop both. */
function withItsLine(text: string, { start, end }: Span, within: Span): Span {
  const blanks = /[ \t]*$/.exec(text.slice(Math.max(within.start, start - 200), start))![0].length;
  const isFirst = start - blanks === within.start || /[\r\n]/.test(text[start - blanks - 1]!);
  const lineBreak = /^(?:\r\n|\n|\r)?/.exec(text.slice(end, Math.min(end + 2, within.end)))![0].length;
  return { start: isFirst ? start - blanks : start, end: end + lineBreak };
}

/** What the tags of a prompt say, in one pass. */
class Prompt {
  readonly segments: Segment[];
  readonly cuts: Span[];
  readonly media: ContentPiece[] = [];
  readonly hidden: HiddenContext[] = [];
  readonly problems: Problem[] = [];

  constructor(
    private readonly text: string,
    content: Span,
    defaultRole: Role,
    private readonly mediaNames: ReadonlyMap<string, 'image' | 'audio'>,
  ) {
    const { start, end } = content;
    this.segments = [{ role: defaultRole, roleRaw: '', roleSpan: null, start, contentStart: start, end }];
    const comments = templateComments(text, start, end, 'jinja').map((comment) => withItsLine(text, comment, content));
    this.cuts = [...indentationsOf(text, content), ...comments];
    for (const tag of tagsIn(text, start, end, ['{{'])) this.#read(tag);
    this.cuts.sort((a, b) => a.start - b.start || b.end - a.end);
  }

  #read(tag: Mustache): void {
    const { inner } = tag;
    const span = { start: tag.start, end: tag.end };
    const role = ROLE.exec(inner);
    if (role) return this.#begin(span, role[1] ?? role[2]!);
    if (OUTPUT_FORMAT.test(inner)) {
      this.hidden.push({ what: 'the schema of the reply', span });
      this.cuts.push(span);
      return;
    }
    const kind = NAME.test(inner) ? this.mediaNames.get(inner) : undefined;
    if (kind) {
      this.cuts.push(span);
      this.media.push({ kind, spans: [span], text: '' });
    }
    const call = TEMPLATE_CALL.exec(inner);
    if (call) this.hidden.push({ what: `the template string ${call[1]!}`, span });
    // Whose turn begins here is known only when the prompt is filled in, as a rule from a history.
    if (ROLE_VARIABLE.test(inner)) this.hidden.push({ what: 'the messages of the loop', span });
  }

  #begin(tag: Span, roleRaw: string): void {
    const last = this.segments.at(-1)!;
    const start = this.text.indexOf(roleRaw, tag.start + this.text.slice(tag.start, tag.end).search(/["']/) + 1);
    const roleSpan = { start, end: start + roleRaw.length };
    const role = roleOf(roleRaw);
    if (!role) {
      const message = `Roles are system, user, assistant and tool: "${roleRaw.slice(0, 40)}" is read as user.`;
      this.problems.push({ code: 'unknown-role', severity: 'warning', message, span: roleSpan });
    }
    const { end } = last;
    last.end = tag.start;
    this.segments.push({ role: role ?? 'user', roleRaw, roleSpan, start: tag.start, contentStart: tag.end, end });
  }

  /** Text and media of each segment in source order. Segments that say nothing are none, but for the last. */
  turns(): Turn[] {
    const cuts = new Cuts(this.cuts);
    let media = 0;
    const turns: Turn[] = [];
    this.segments.forEach((segment, at) => {
      const pieces: ContentPiece[] = [];
      let from = segment.contentStart;
      const textUpTo = (to: number): void => {
        const spans = without({ start: from, end: to }, cuts.within(from, to));
        pieces.push(...textPieces(this.text, trimEnds(this.text, spans, trimmed)));
      };
      for (; media < this.media.length && this.media[media]!.spans[0]!.start < segment.end; media++) {
        const piece = this.media[media]!;
        textUpTo(piece.spans[0]!.start);
        pieces.push(piece);
        from = piece.spans[0]!.end;
      }
      textUpTo(segment.end);
      // The last one is being typed, or all of it is put in when it runs.
      const isLast = at === this.segments.length - 1;
      const isOpen = isLast && (segment.roleSpan !== null || (turns.length === 0 && this.hidden.length > 0));
      if (pieces.length === 0 && !isOpen) return;
      const { role, roleRaw, start, end } = segment;
      const first = pieces[0]?.spans[0]?.start ?? segment.contentStart;
      const roleSpan = segment.roleSpan ?? { start: first, end: first };
      turns.push({ index: turns.length, role, roleRaw, span: { start, end }, roleSpan, pieces });
    });
    return turns;
  }
}

type Samples = Map<string, { readonly name: string; readonly values: Readonly<Record<string, unknown>> }[]>;

function samplesIn(text: string, declarations: readonly Declaration[]): Samples {
  const samples: Samples = new Map();
  for (const declaration of declarations) {
    const test = declaration.kind === 'test' ? testOf(text, declaration) : null;
    for (const name of test?.functions ?? []) {
      const known = samples.get(name) ?? [];
      known.push({ name: declaration.name, values: test!.values });
      samples.set(name, known);
    }
  }
  return samples;
}

function conversationOf(
  text: string,
  declaration: Declaration,
  prompt: BlockString,
  client: Client,
  samples: Samples,
  problems: Problem[],
): Omit<Conversation, 'id'> | null {
  const head = text.slice(declaration.nameSpan.end, Math.min(prompt.start, declaration.nameSpan.end + MAX_HEAD));
  const media = new Map([...head.matchAll(MEDIA_PARAMETER)].map((match) => [match[1]!, match[2] as 'image' | 'audio']));
  const { content } = prompt;
  const read = new Prompt(text, content, client.defaultRole, media);
  problems.push(...read.problems);
  if (!prompt.closed) {
    const message = 'This prompt is not closed: put "# after it, with as many # as before it.';
    const span = { start: prompt.start, end: prompt.content.start };
    problems.push({ code: 'unclosed-string', severity: 'error', message, span });
  }
  const turns = read.turns();
  if (turns.length === 0) return null;
  return {
    title: declaration.name,
    span: { start: declaration.start, end: Math.max(declaration.end, prompt.end) },
    turns,
    ...(client.model ? { model: client.model } : {}),
    parameters: client.maxTokens > 0 ? { maxTokens: client.maxTokens } : {},
    ...(read.hidden.length > 0 ? { hidden: read.hidden } : {}),
    ...templateOf(turns, 'jinja', samples.get(declaration.name) ?? []),
  };
}

function* parse(text: string): Generator<void, ParsedTranscript> {
  const declarations = yield* declarationsIn(text);
  const clients = new Map(
    declarations.filter(({ kind }) => kind === 'client').map((each) => [each.name, clientOf(text, each)]),
  );
  const samples = samplesIn(text, declarations);
  const conversations: Conversation[] = [];
  const problems: Problem[] = [];
  const ids = new Set<string>();
  for (const declaration of declarations) {
    const prompt = declaration.kind === 'function' ? promptOf(text, declaration) : undefined;
    if (!prompt) continue;
    const client = clientNamed(text, declaration, clients);
    const made = conversationOf(text, declaration, prompt, client, samples, problems);
    if (!made) continue;
    const id = ids.has(declaration.name) ? `${declaration.name}~${conversations.length}` : declaration.name;
    ids.add(id);
    conversations.push({ id, ...made });
    yield;
  }
  return { conversations, problems: sortProblems(problems) };
}

function insertReply(text: string, { id, turns }: Conversation, turnIndex: number, reply: string) {
  const turn = turns[turnIndex];
  if (!turn) return null;
  const lineBreak = lineBreakOf(text);
  const isLast = turnIndex === turns.length - 1;
  const offset = isLast ? trimmed(text, turn.span.start, turn.span.end).end : turn.span.end;
  // As the line is indented on which the turn, or the next one, begins.
  const line = text.slice(0, isLast ? (turn.pieces[0]?.spans[0]?.start ?? turn.span.start) : offset);
  const indent = /[^\r\n]*$/.exec(line)![0].match(/^[ \t]*/)![0];
  const body = reply.trim();
  // Line breaks stay those of the reply.
  const indented = body.replace(/(\r\n|\n|\r)(?=[^\r\n])/g, `$1${indent}`);
  const laid = `${indent}{{ _.role("assistant") }}${lineBreak}${indent}${indented}`;
  const insert = isLast ? `${lineBreak}${lineBreak}${laid}` : `${laid.trimStart()}${lineBreak}${lineBreak}${indent}`;
  const after = drain(parse(text.slice(0, offset) + insert + text.slice(offset))).conversations.find(
    (each) => each.id === id,
  );
  return after && isInserted(turns, after.turns, turnIndex, body) ? { offset, insert } : null;
}

export const baml: FormatAdapter = {
  id: 'baml',
  title: 'BAML',
  family: 'prompt-file',
  description:
    'Functions of BAML: each with a client, and a prompt that is a Jinja template whose turns begin with `{{ _.role("user") }}`.',
  files: ['*.baml'],
  notes: [
    'Each function with a prompt is a conversation; text before the first role is the system prompt, or that of the role the client has by default.',
    'The model is that of the client where the file declares it, or the one in `client "provider/model"`.',
    '`{{ ctx.output_format }}` and template strings that are called are sent too and are not counted.',
    'Parameters of type `image` and `audio` are counted by rule.',
    'Arguments of the tests of a function are samples for its template.',
  ],
  sample: 'triage.baml',
  writable: true,
  detect: ({ path }, head) => (/\.baml$/i.test(path) && /\bprompt\s*#+"/.test(head) ? 'name' : null),
  parse,
  insertReply,
};
