/** From the tags and texts of POML to turns: who speaks, what is sent, what comes from elsewhere. */
import type {
  ContentPiece,
  Conversation,
  ConversationParameters,
  HiddenContext,
  PieceKind,
  Problem,
  Role,
  Span,
  Turn,
} from '../model.js';
import { trimmed } from '../prompt/content.js';
import { ContentWriter } from './contentWriter.js';
import type { Attribute, PomlSink } from './events.js';

type Attributes = ReadonlyMap<string, Attribute>;

/** A component by its name, which is written with hyphens or without, in any case: `user-msg`, `UserMsg`. */
const componentOf = (name: string): string => name.replaceAll('-', '').toLowerCase();

const SPEAKERS: ReadonlyMap<string, Role> = new Map([
  ['system', 'system'],
  ['human', 'user'],
  ['ai', 'assistant'],
  ['tool', 'tool'],
]);
/** Elements that are a message of one speaker. */
const MESSAGES: ReadonlyMap<string, Role> = new Map([
  ['systemmsg', 'system'],
  ['systemmessage', 'system'],
  ['usermsg', 'user'],
  ['humanmsg', 'user'],
  ['usermessage', 'user'],
  ['humanmessage', 'user'],
  ['aimsg', 'assistant'],
  ['assistantmsg', 'assistant'],
  ['aimessage', 'assistant'],
  ['assistantmessage', 'assistant'],
]);
/** What is said in an example, by whom, unless `chat` says that examples are no conversation. */
const EXAMPLES: ReadonlyMap<string, Role> = new Map([
  ['input', 'user'],
  ['exampleinput', 'user'],
  ['output', 'assistant'],
  ['exampleoutput', 'assistant'],
]);
/** Settings of the prompt, of which nothing is sent as text. */
const META: ReadonlySet<string> = new Set([
  'let',
  'stylesheet',
  'meta',
  'runtime',
  'outputschema',
  'tooldefinition',
  'tool',
]);

/** Components that render a caption, or marks before their items, unless `captionStyle` hides it. */
const CAPTIONED: ReadonlySet<string> = new Set(
  'role task outputformat hint stepwiseinstructions cp captionedparagraph examples exampleset qa question list'.split(
    ' ',
  ),
);
/** Elements that put in what an attribute gives. */
const DATA: ReadonlySet<string> = new Set(['object', 'obj', 'dataobj', 'table']);
const TOOLS: ReadonlySet<string> = new Set(['tooldefinition', 'tool']);

interface Element {
  readonly name: string;
  /** What it is, whichever way its name is written. */
  readonly component: string;
  readonly span: Span;
  readonly nameSpan: Span;
  /** Who speaks here; null for whoever is next by default. */
  readonly speaker: Role | null;
  /** What names the speaker. */
  readonly roleSpan: Span | null;
  readonly kind: PieceKind;
  readonly keepBlanks: boolean;
  /** Whether inputs and outputs in it are messages. */
  readonly chat: boolean;
  /** Whether it is settings, and its texts are no content. */
  readonly meta: boolean;
}

interface OpenTurn {
  role: Role;
  readonly roleSpan: Span | null;
  readonly start: number;
  end: number;
  /** The element that the turn is, once it ends. */
  readonly owner: Element | null;
  readonly pieces: ContentPiece[];
  writer: ContentWriter | null;
}

const pad = (span: Span): Span => ({ start: span.start, end: span.end });

export class PomlReader implements PomlSink {
  readonly problems: Problem[] = [];
  readonly #hidden: HiddenContext[] = [];
  readonly values: Record<string, unknown> = {};
  model: Conversation['model'];
  parameters: ConversationParameters = {};
  readonly #toolSpans: Span[] = [];
  readonly #turns: OpenTurn[] = [];
  readonly #stack: Element[] = [];
  readonly #openNames = new Map<string, number>();
  #default: Role = 'system';
  #systemNamed = false;
  /** The first component with a caption. */
  #captioned: Span | null = null;
  #letName: { name: string; type: string } | null = null;

  /** @param isFree whether the file has no markup: it is text as it stands */
  constructor(
    private readonly source: string,
    private readonly isFree: boolean,
  ) {}

  open(name: string, nameSpan: Span, attributes: Attributes, span: Span, isEmpty: boolean): void {
    const parent = this.#stack.at(-1);
    const component = componentOf(name);
    const given = attributes.get('chat')?.value;
    const chat = given === undefined ? (parent?.chat ?? true) : !/\bfalse\b/.test(given);
    const named = this.#speakerOf(component, nameSpan, attributes, chat);
    if (named?.role === 'system') this.#systemNamed = true;
    if (named?.role === 'user' && this.#default === 'system') this.#default = 'user';
    const whiteSpace = attributes.get('whiteSpace')?.value;
    const element: Element = {
      name,
      component,
      span,
      nameSpan,
      speaker: named?.role ?? parent?.speaker ?? null,
      roleSpan: named?.span ?? parent?.roleSpan ?? null,
      kind: component === 'toolresponse' ? 'toolResult' : (parent?.kind ?? 'text'),
      keepBlanks: whiteSpace === 'pre' || (whiteSpace === undefined && (parent?.keepBlanks ?? this.isFree)),
      chat,
      meta: parent?.meta === true || META.has(component),
    };
    this.#noteLimits(attributes);
    if (CAPTIONED.has(component) && !element.meta && attributes.get('captionStyle')?.value !== 'hidden') {
      this.#captioned ??= nameSpan;
    }
    if (element.meta) this.#settings(component, attributes, span, isEmpty);
    else this.#sources(element, attributes);
    if (isEmpty) return;
    this.#stack.push(element);
    this.#openNames.set(name, (this.#openNames.get(name) ?? 0) + 1);
  }

  close(name: string, span: Span): void {
    if (!this.#openNames.get(name)) {
      const message = `This </${name.slice(0, 40)}> closes nothing: no <${name.slice(0, 40)}> is open here.`;
      this.problems.push({ code: 'unexpected-tag', severity: 'error', message, span: this.#inside(span) });
      return;
    }
    for (;;) {
      const element = this.#stack.pop()!;
      this.#openNames.set(element.name, this.#openNames.get(element.name)! - 1);
      const isIt = element.name === name;
      if (!isIt) this.#unclosed(element);
      this.#ended(element, isIt ? span.end : span.start);
      if (isIt) return;
    }
  }

  text(start: number, end: number): void {
    const element = this.#stack.at(-1);
    if (this.#letName && element?.component === 'let') return this.#let(this.source.slice(start, end));
    if (element?.meta) {
      const span = trimmed(this.source, start, end);
      if (TOOLS.has(element.component) && span.end > span.start) this.#toolSpans.push(span);
      return;
    }
    const keepBlanks = element?.keepBlanks ?? this.isFree;
    const slice = this.source.slice(start, end);
    if (!/\S/.test(slice)) {
      // Blanks between two texts of a turn count as one; between turns they are none.
      const last = this.#turns.at(-1);
      if (!last?.writer) return;
      last.writer.add(start, end, keepBlanks && element?.kind === last.writer.kind);
      last.end = Math.max(last.end, last.writer.end);
      return;
    }
    const from = start + slice.length - slice.trimStart().length;
    const turn = this.#turnAt(element, keepBlanks ? start : from);
    const kind = element?.kind ?? 'text';
    if (turn.writer?.kind !== kind) {
      this.#endPiece(turn);
      turn.writer = new ContentWriter(this.source, kind);
    }
    turn.writer.add(start, end, keepBlanks);
    turn.end = Math.max(turn.end, turn.writer.end);
  }

  /** Everything that is still open is being typed. */
  finish(): void {
    while (this.#stack.length > 0) {
      const element = this.#stack.pop()!;
      this.#unclosed(element);
      this.#ended(element, this.source.length);
    }
  }

  /** The turns, once all is read. */
  turns(): Turn[] {
    // A file in which nobody is named is the user's.
    const [only] = this.#turns;
    if (this.#turns.length === 1 && only!.role === 'system' && !this.#systemNamed) only!.role = 'user';
    return this.#turns.map((turn, index) => {
      this.#endPiece(turn);
      const roleSpan = turn.roleSpan ?? { start: turn.start, end: turn.start };
      const roleRaw = this.source.slice(roleSpan.start, roleSpan.end);
      return {
        index,
        role: turn.role,
        roleRaw,
        span: { start: turn.start, end: turn.end },
        roleSpan,
        pieces: turn.pieces,
      };
    });
  }

  /** What is sent and not in the file, in order. */
  hidden(): HiddenContext[] {
    const captions = this.#captioned
      ? [{ what: 'the captions that its components render', span: this.#captioned }]
      : [];
    return [...captions, ...this.#hidden];
  }

  /** The definitions of tools: their names, descriptions and schemas as written. */
  tools(): ContentPiece | null {
    const spans = this.#toolSpans.sort((a, b) => a.start - b.start);
    if (spans.length === 0) return null;
    return { kind: 'text', spans, text: spans.map(({ start, end }) => this.source.slice(start, end)).join('') };
  }

  #speakerOf(name: string, nameSpan: Span, attributes: Attributes, chat: boolean): { role: Role; span: Span } | null {
    const attribute = attributes.get('speaker');
    if (attribute) {
      const role = SPEAKERS.get(attribute.value);
      if (role) return { role, span: attribute.span };
      const message = `"${attribute.value.slice(0, 40)}" is no speaker. Known: system, human, ai, tool.`;
      this.problems.push({ code: 'unknown-role', severity: 'warning', message, span: pad(attribute.span) });
    }
    if (name === 'toolrequest') return { role: 'assistant', span: nameSpan };
    if (name === 'toolresponse') return { role: 'tool', span: nameSpan };
    const role = MESSAGES.get(name) ?? (chat ? EXAMPLES.get(name) : undefined);
    return role ? { role, span: nameSpan } : null;
  }

  /** The turn that content at `at` belongs to: the current one of the same speaker, or a new one. */
  #turnAt(element: Element | undefined, at: number): OpenTurn {
    const role = element?.speaker ?? this.#default;
    const last = this.#turns.at(-1);
    if (last?.role === role) return last;
    if (last) this.#endPiece(last);
    const before = last?.end ?? 0;
    const owner = this.#ownerOf(element);
    const start = owner && owner.span.start >= before ? owner.span.start : at;
    const named = element?.roleSpan ?? null;
    const turn: OpenTurn = {
      role,
      roleSpan: named && named.start >= start ? named : null,
      start,
      end: at,
      owner: start === at ? null : owner,
      pieces: [],
      writer: null,
    };
    this.#turns.push(turn);
    return turn;
  }

  /** The outermost element of the same speaker; of nobody's, the one just below the root. */
  #ownerOf(element: Element | undefined): Element | null {
    if (!element) return null;
    if (element.roleSpan === null) return this.#stack[1] ?? null;
    for (const each of this.#stack) if (each.roleSpan === element.roleSpan) return each;
    return element;
  }

  #endPiece(turn: OpenTurn): void {
    if (!turn.writer) return;
    turn.pieces.push(...turn.writer.piece());
    turn.writer = null;
  }

  /** A turn reaches to the end of the element that it is, unless another began inside. */
  #ended(element: Element, end: number): void {
    const turn = this.#turns.at(-1);
    // What stands in the element is the turn's, if the turn began there or before it and reached into it.
    const holds = turn && element.span.start >= turn.start && turn.end > element.span.start;
    if (turn && (holds || turn.owner === element)) turn.end = Math.max(turn.end, end);
    if (element.component === 'let') this.#letName = null;
  }

  #unclosed({ name, span }: Element): void {
    const shown = name.slice(0, 40);
    const message = `This <${shown}> has no end: add </${shown}>.`;
    this.problems.push({ code: 'unclosed-tag', severity: 'error', message, span: this.#inside(span) });
  }

  #inside = ({ start, end }: Span): Span => ({ start: Math.max(0, start), end: Math.min(end, this.source.length) });

  /** Pieces that are a whole tag: an image, a call of a tool. */
  #tag(element: Element, kind: PieceKind, spans: readonly Span[], text: string): void {
    const turn = this.#turnAt(element, element.span.start);
    this.#endPiece(turn);
    turn.pieces.push({ kind, spans, text });
    turn.end = Math.max(turn.end, element.span.end);
  }

  /** What comes from files, and what is no text. */
  #sources(element: Element, attributes: Attributes): void {
    const { component: name, span } = element;
    const data = DATA.has(name) ? (attributes.get('data') ?? attributes.get('records')) : undefined;
    const from = attributes.get('src') ?? attributes.get('url') ?? data;
    if (name === 'img' || name === 'image') this.#tag(element, 'image', [span], '');
    else if (name === 'audio') this.#tag(element, 'audio', [span], '');
    else if (name === 'toolrequest') this.#call(element, attributes);
    else if (name === 'conversation') {
      const messages = attributes.get('messages')?.value ?? '';
      this.#hidden.push({ what: `the messages of the conversation ${messages.slice(0, 80)}`.trim(), span });
    } else if (from) {
      this.#hidden.push({ what: `the text of ${from.value.slice(0, 120)}`, span });
      // Who is named says it, also where it is all that is said.
      if (element.speaker !== null && name !== 'include') {
        const turn = this.#turnAt(element, span.start);
        turn.end = Math.max(turn.end, span.end);
      }
    }
  }

  /** A call is its name and its arguments. */
  #call(element: Element, attributes: Attributes): void {
    const spans = ['name', 'parameters']
      .flatMap((key) => attributes.get(key)?.span ?? [])
      .filter(({ start, end }) => end > start)
      .sort((a, b) => a.start - b.start);
    if (spans.length === 0) return;
    this.#tag(element, 'toolCall', spans, spans.map(({ start, end }) => this.source.slice(start, end)).join(''));
  }

  #settings(name: string, attributes: Attributes, span: Span, isEmpty: boolean): void {
    if (name === 'runtime') this.#runtime(attributes);
    else if (TOOLS.has(name)) {
      for (const key of ['name', 'description']) {
        const found = attributes.get(key)?.span;
        if (found && found.end > found.start) this.#toolSpans.push(found);
      }
    } else if (name === 'outputschema') this.#hidden.push({ what: 'the schema of the reply', span });
    else if (name === 'let') {
      const key = attributes.get('name')?.value;
      const value = attributes.get('value')?.value;
      if (key === undefined) return;
      if (value !== undefined) this.#setValue(key, literalOf(value));
      else if (!isEmpty && !attributes.has('src'))
        this.#letName = { name: key, type: attributes.get('type')?.value ?? '' };
    }
  }

  #let(text: string): void {
    const { name, type } = this.#letName!;
    const value = text.trim();
    this.#setValue(name, (type === 'string' ? undefined : jsonOf(value)) ?? value);
  }

  #setValue(name: string, value: unknown): void {
    if (value !== undefined && name !== '__proto__') this.values[name] = value;
  }

  /** Keys are in either case: `max-output-tokens`, `maxOutputTokens`. */
  #runtime(attributes: Attributes): void {
    for (const [key, { value, span }] of attributes) {
      const camel = key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
      if (camel === 'model' && value !== '' && !value.includes('{{')) this.model = { id: value, span };
      const cap = camel === 'maxOutputTokens' || camel === 'maxTokens' ? Number(value) : NaN;
      if (Number.isSafeInteger(cap) && cap > 0) this.parameters = { maxTokens: cap };
    }
  }

  #noteLimits(attributes: Attributes): void {
    for (const key of ['tokenLimit', 'charLimit']) {
      const limit = attributes.get(key);
      if (!limit) continue;
      const message = `${key} may cut this text when it is rendered: all of it is counted here.`;
      this.problems.push({ code: 'limit-not-applied', severity: 'hint', message, span: pad(limit.span) });
    }
  }
}

function jsonOf(text: string): unknown {
  if (!/^[[{"\d-]|^(?:true|false|null)$/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The value of an expression that is a literal; undefined for any other. */
function literalOf(expression: string): unknown {
  const inner = expression
    .trim()
    .replace(/^\{\{([^]*)\}\}$/, '$1')
    .trim();
  const quoted = /^'([^'\\]*)'$|^"([^"\\]*)"$/.exec(inner);
  return quoted ? (quoted[1] ?? quoted[2]) : jsonOf(inner);
}
