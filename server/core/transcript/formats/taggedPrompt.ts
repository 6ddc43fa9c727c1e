/**
 * Prompt files whose turns are tags: `<system>`, `<user>`, `<assistant>`, `<tool>`, `<message role="...">`, as Latitude's
 * PromptL and Humanloop have them. Text outside of tags is a system turn. The indentation that all lines of a turn
 * share is no content.
 */
import { append } from '../append.js';
import type {
  ContentPiece,
  Conversation,
  FormatAdapter,
  HiddenContext,
  ParsedTranscript,
  PieceKind,
  Problem,
  Role,
  Span,
  Turn,
} from '../model.js';
import { drain } from '../parseTranscript.js';
import { textPieces, trimEnds, trimmed, without } from '../prompt/content.js';
import { promptDialect } from '../prompt/dialect.js';
import { findFrontMatter } from '../prompt/frontMatter.js';
import { checked, lineBreakOf } from '../prompt/insert.js';
import { hasPlaceholder } from '../prompt/mustaches.js';
import { Settings } from '../prompt/settings.js';
import { tagsOf, type Tag } from '../prompt/tags.js';
import { roleOf } from '../roles.js';

const TAGS =
  /<(\/?)(system|developer|user|assistant|tool-call|tool|message|step|scope|prompt|content-text|content-image|content-file|content|image|!--)(?=[\s/>]|(?<=!--))/g;
const MESSAGES: ReadonlySet<string> = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'message']);
/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;
/** Blocks, assignments and blanks at the ends of text outside of tags: they say which tags follow. */
const LEADING_BLOCKS = /^(?:\s|\{\{[-~]?\s*(?:if|else|endif|for|endfor|#|\/|\w+\s*=)[^{}]{0,500}\}\})+/;
const BLOCK_AT_END = /\{\{[-~]?\s*(?:if|else|endif|for|endfor|#|\/|\w+\s*=)[^{}]{0,500}\}\}$/;

/** A stretch without the blocks at its ends. */
function withoutBlocks(text: string, start: number, end: number): Span {
  const slice = text.slice(start, end);
  const from = LEADING_BLOCKS.exec(slice)?.[0].length ?? 0;
  let to = slice.trimEnd().length;
  for (;;) {
    const block = to > from ? BLOCK_AT_END.exec(slice.slice(Math.max(from, to - 520), to)) : null;
    if (!block) break;
    to -= block[0].length;
    while (to > from && /\s/.test(slice[to - 1]!)) to--;
  }
  return { start: start + from, end: start + Math.max(from, to) };
}

/** The blanks at the start of lines that all lines of a stretch share. The first line begins at `start`. */
function sharedIndent(text: string, start: number, end: number): Span[] {
  const lines: { start: number; indent: number }[] = [];
  let shared = Infinity;
  for (const match of text.slice(start, end).matchAll(/([ \t]*)([^\r\n]*)(?:\r\n|\n|\r|$)/g)) {
    const indent = match[1]!.length;
    if (match[2] !== '') shared = Math.min(shared, indent);
    lines.push({ start: start + match.index, indent });
  }
  if (shared === 0 || shared === Infinity) return [];
  return lines
    .map((line) => ({ start: line.start, end: line.start + Math.min(shared, line.indent) }))
    .filter((cut) => cut.end > cut.start);
}

interface OpenTurn {
  readonly tag: Tag;
  readonly role: Role;
  readonly roleRaw: string;
  readonly roleSpan: Span;
  readonly pieces: ContentPiece[];
}

/** Goes through the tags in order. */
class Reader {
  readonly turns: Turn[] = [];
  readonly problems: Problem[] = [];
  readonly hidden: HiddenContext[] = [];
  #open: OpenTurn | null = null;
  /** What the text up to the next tag is. */
  #mode: PieceKind | 'file' = 'text';
  #from: number;
  #comments: Span[] = [];
  #steps: Tag[] = [];

  constructor(
    private readonly text: string,
    start: number,
  ) {
    this.#from = start;
  }

  read(tag: Tag): void {
    if (tag.name === '!--') {
      this.#comments.push(tag);
      return;
    }
    this.#flush(tag.start);
    this.#from = tag.end;
    const nested = tag.name === 'tool' && this.#open?.role === 'assistant' && this.#open.tag.name !== 'tool';
    if (nested) this.#mode = tag.kind === 'open' ? 'toolCall' : 'text';
    else if (MESSAGES.has(tag.name)) this.#message(tag);
    else this.#content(tag);
  }

  #message(tag: Tag): void {
    if (tag.kind === 'close') {
      if (this.#open?.tag.name === tag.name) return this.#close(tag.end);
      this.#report(
        'unexpected-tag',
        'error',
        `This </${tag.name}> closes nothing: no <${tag.name}> is open here.`,
        tag,
      );
      if (this.#open) this.#close(tag.start);
      return;
    }
    if (this.#open) {
      this.#unclosed(this.#open.tag);
      this.#close(tag.start);
    }
    this.#open = this.#begin(tag);
    if (tag.kind === 'empty') this.#close(tag.end);
  }

  #begin(tag: Tag): OpenTurn {
    const attribute = tag.name === 'message' ? tag.attributes.get('role') : undefined;
    const roleRaw = attribute?.value ?? (tag.name === 'message' ? '' : tag.name);
    const roleSpan = attribute?.span ?? tag.nameSpan;
    const role = roleOf(roleRaw);
    if (!role && roleRaw.includes('{{')) {
      const message = 'Whose turn this is is known only when the template is filled in: it is read as user.';
      this.#report('unknown-role', 'hint', message, roleSpan);
    } else if (!role) {
      const what = roleRaw === '' ? 'This message has no role' : `"${roleRaw.slice(0, 40)}" is no role`;
      this.#report(
        'unknown-role',
        'warning',
        `${what}: it is read as user. Known: system, user, assistant, tool.`,
        roleSpan,
      );
    }
    this.#mode = role === 'tool' ? 'toolResult' : 'text';
    return { tag, role: role ?? 'user', roleRaw, roleSpan, pieces: [] };
  }

  #content(tag: Tag): void {
    const { name, kind } = tag;
    const type = name === 'content' ? (tag.attributes.get('type')?.value ?? 'text') : name.replace('content-', '');
    if (name === 'step') return this.#step(tag);
    if (kind === 'close') {
      this.#mode = this.#open?.role === 'tool' ? 'toolResult' : 'text';
    } else if (name === 'prompt') {
      const path = tag.attributes.get('path')?.value ?? '';
      this.hidden.push({ what: `the prompt ${path.slice(0, 120)}`, span: { start: tag.start, end: tag.end } });
    } else if (name === 'tool-call') this.#call(tag);
    else if (type === 'image' && kind === 'empty') this.#image(tag);
    else if (type === 'image') this.#mode = 'image';
    else if (type === 'file') this.#mode = 'file';
  }

  /** Each step but the last gets a reply of its own, which is not in the file. */
  #step(tag: Tag): void {
    if (tag.kind === 'open') {
      const before = this.#steps.at(-1);
      if (before) this.hidden.push({ what: 'the reply to this step', span: before.nameSpan });
      this.#steps.push(tag);
    }
  }

  /** A call is its name and its arguments. */
  #call({ attributes }: Tag): void {
    const spans = [...attributes].flatMap(([key, { span }]) => (key === 'id' || span.end === span.start ? [] : [span]));
    if (spans.length === 0) return;
    this.#push({ kind: 'toolCall', spans, text: spans.map(({ start, end }) => this.text.slice(start, end)).join('') });
  }

  #image(span: Span): void {
    this.#push({ kind: 'image', spans: [{ start: span.start, end: span.end }], text: '' });
  }

  /** Media outside of a message stand in no turn. */
  #push(piece: ContentPiece): void {
    this.#open?.pieces.push(piece);
  }

  /** What stands between the last tag and `to`. */
  #flush(to: number): void {
    const { text } = this;
    const from = this.#from;
    const comments = this.#comments;
    this.#comments = [];
    if (from >= to) return;
    if (this.#mode === 'image' || this.#mode === 'file') {
      const span = trimmed(text, from, to);
      if (span.end === span.start) return;
      if (this.#mode === 'image') this.#image(span);
      else this.hidden.push({ what: `the file ${text.slice(span.start, Math.min(span.end, span.start + 120))}`, span });
      return;
    }
    if (this.#open) append(this.#open.pieces, this.#pieces(trimmed(text, from, to), from, to, comments, this.#mode));
    else this.#untagged(from, to, comments);
  }

  #pieces(content: Span, from: number, to: number, comments: readonly Span[], kind: PieceKind): ContentPiece[] {
    const cuts = [...sharedIndent(this.text, from, to), ...comments].sort((a, b) => a.start - b.start);
    const spans = trimEnds(this.text, without(content, cuts), trimmed);
    return textPieces(this.text, spans).map((piece) => ({ ...piece, kind }));
  }

  #untagged(from: number, to: number, comments: readonly Span[]): void {
    const content = withoutBlocks(this.text, from, to);
    if (content.end === content.start) return;
    const pieces = this.#pieces(content, from, to, comments, 'text');
    if (pieces.length === 0) return;
    const roleSpan = { start: content.start, end: content.start };
    this.turns.push({ index: this.turns.length, role: 'system', roleRaw: '', span: content, roleSpan, pieces });
  }

  #close(end: number): void {
    const { tag, role, roleRaw, roleSpan, pieces } = this.#open!;
    this.turns.push({ index: this.turns.length, role, roleRaw, span: { start: tag.start, end }, roleSpan, pieces });
    this.#open = null;
    this.#mode = 'text';
  }

  #unclosed({ name, start, end }: Tag): void {
    this.#report('unclosed-tag', 'error', `This <${name}> has no end: add </${name}> after its text.`, { start, end });
  }

  #report(code: string, severity: Problem['severity'], message: string, { start, end }: Span): void {
    this.problems.push({ code, severity, message, span: { start, end } });
  }

  finish(): void {
    // A tag at the very end is being typed.
    const typed = this.#open ? null : /<\/?[a-z-]*$/.exec(this.text.slice(-20));
    this.#flush(this.text.length - (typed?.[0].length ?? 0));
    if (!this.#open) return;
    this.#unclosed(this.#open.tag);
    this.#close(this.text.length);
  }
}

function* parse(text: string): Generator<void, ParsedTranscript> {
  const block = findFrontMatter(text);
  const settings = Settings.of(text, block);
  const start = block?.end ?? 0;
  const reader = new Reader(text, start);
  let paused = start;
  for (const tag of tagsOf(text, start, TAGS)) {
    reader.read(tag);
    if (tag.end - paused < SLICE_LENGTH) continue;
    paused = tag.end;
    yield;
  }
  reader.finish();
  const { turns } = reader;
  const problems = [...settings.problems, ...reader.problems];
  if (turns.length === 0) return { conversations: [], problems };
  const model = settings.model(['model'], ['config', 'model']);
  const tools = settings.spanAt('tools');
  const hidden: HiddenContext[] = tools
    ? [{ what: 'the definitions of its tools', span: tools }, ...reader.hidden]
    : reader.hidden;
  const conversation: Conversation = {
    id: '0',
    span: { start: turns[0]!.span.start, end: text.length },
    turns,
    ...(model ? { model } : {}),
    parameters: settings.parameters(['max_completion_tokens'], ['max_tokens'], ['maxTokens'], ['maxOutputTokens']),
    ...(hidden.length > 0 ? { hidden } : {}),
    ...(hasPlaceholder(text, start, text.length, ['{{'])
      ? { template: { syntax: 'mustache' as const, samples: [] } }
      : {}),
  };
  return { conversations: [conversation], problems };
}

function insertReply(text: string, conversation: Conversation, turnIndex: number, reply: string) {
  const turn = conversation.turns[turnIndex];
  if (!turn) return null;
  const lineBreak = lineBreakOf(text);
  const body = reply.trim();
  const insert = `${lineBreak}${lineBreak}<assistant>${lineBreak}${body}${lineBreak}</assistant>`;
  const edit = { offset: turn.span.end, insert };
  return checked((source) => drain(parse(source)), text, conversation, turnIndex, body, edit);
}

export const taggedPrompt: FormatAdapter = {
  id: 'tagged-prompt',
  title: 'Tagged Prompt',
  family: 'prompt-file',
  description:
    'Front matter with the model, then turns as tags: `<system>`, `<user>`, `<assistant>`, `<tool>`, `<message role="...">` (PromptL, Humanloop).',
  files: ['*.promptl', '*.prompt'],
  notes: [
    'Text outside of tags is a system turn.',
    'The indentation that all lines of a turn share, and comments, are left out.',
    'Prompts by path, files, tool definitions, and the replies to the steps of a chain are sent too and are not counted.',
  ],
  sample: 'support-chain.promptl',
  writable: true,
  detect: ({ path }, head) => (promptDialect(path, head) === 'tagged-prompt' ? 'name' : null),
  parse,
  insertReply,
};
