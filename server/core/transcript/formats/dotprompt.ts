/**
 * Dotprompt: front matter (lines of a licence may stand before it), then a Handlebars template in which helpers mark the
 * turns: `{{role "user"}}`. Text before the first is the user's; text after `{{history}}` is the model's unless a role
 * follows. Content is what stands between the markers, line breaks included, as it is sent.
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
import { drain } from '../parseTranscript.js';
import { textPieces, trimmed, without } from '../prompt/content.js';
import { promptDialect } from '../prompt/dialect.js';
import { findFrontMatter } from '../prompt/frontMatter.js';
import { checked, lineBreakOf } from '../prompt/insert.js';
import { tagsIn, type Mustache } from '../prompt/mustaches.js';
import { isObject } from '../../plainObject.js';
import { Settings } from '../prompt/settings.js';
import { roleOf } from '../roles.js';

/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;
const ROLE = /^role\s+(?:"([^"]*)"|'([^']*)')/;
const ROLE_VARIABLE = /^role\s+[\w.@]+/;
const SECTION = /^section\s+["']?([\w.-]*)/;
const MEDIA = /^media\s/;
const CONTENT_TYPE = /\bcontentType\s*=\s*["']?([\w-]+)/;
const PARTIAL = /^#?>\s*([\w./-]*)/;

/** A stretch of the template between two markers of roles. */
interface Segment {
  readonly role: Role;
  readonly roleRaw: string;
  readonly roleSpan: Span | null;
  readonly start: number;
  readonly contentStart: number;
  end: number;
  /** Where blanks before the next marker are stripped. */
  contentEnd: number | null;
  readonly cuts: Span[];
  readonly media: ContentPiece[];
}

/** What a template's helpers say, in one pass. */
class Template {
  readonly segments: Segment[];
  readonly hidden: HiddenContext[] = [];
  readonly problems: Problem[] = [];
  placeholders = 0;

  constructor(
    private readonly text: string,
    body: Span,
  ) {
    this.segments = [this.#segment('user', '', null, body.start, body.start, body.end)];
  }

  #segment(
    role: Role,
    roleRaw: string,
    roleSpan: Span | null,
    start: number,
    contentStart: number,
    end: number,
  ): Segment {
    return { role, roleRaw, roleSpan, start, contentStart, end, contentEnd: null, cuts: [], media: [] };
  }

  #begin(role: Role, roleRaw: string, roleSpan: Span | null, tag: Span): void {
    const last = this.segments.at(-1)!;
    const { end } = last;
    last.end = tag.start;
    // A tilde strips the blanks on its side.
    const strips = this.text[tag.end - 3] === '~';
    const contentStart = strips ? trimmed(this.text, tag.end, end).start : tag.end;
    if (this.text[tag.start + 2] === '~') last.contentEnd = trimmed(this.text, last.contentStart, tag.start).end;
    this.segments.push(this.#segment(role, roleRaw, roleSpan, tag.start, contentStart, end));
  }

  #cut(tag: Span): void {
    this.segments.at(-1)!.cuts.push({ start: tag.start, end: tag.end });
  }

  #hide(what: string, tag: Span): void {
    this.hidden.push({ what, span: { start: tag.start, end: tag.end } });
  }

  read(tag: Mustache): void {
    const { inner } = tag;
    const role = ROLE.exec(inner);
    if (role) return this.#role(tag, role[1] ?? role[2]!);
    if (inner.startsWith('!')) return this.#cut(tag);
    this.placeholders++;
    if (inner === 'history') {
      this.#hide('the messages of the conversation so far', tag);
      return this.#begin('assistant', '', null, tag);
    }
    if (MEDIA.test(inner)) {
      const kind = CONTENT_TYPE.exec(inner)?.[1] === 'audio' ? 'audio' : 'image';
      this.#cut(tag);
      this.segments.at(-1)!.media.push({ kind, spans: [{ start: tag.start, end: tag.end }], text: '' });
      return;
    }
    const section = SECTION.exec(inner);
    if (section) {
      this.#hide(`what is put in at the section ${section[1]!}`, tag);
      return this.#cut(tag);
    }
    const partial = PARTIAL.exec(inner);
    if (partial) {
      this.#hide(`the partial ${partial[1]!}`, tag);
      // A block has text of its own between its tags.
      if (!inner.startsWith('#')) this.#cut(tag);
      return;
    }
    // Whose turn begins here is known only when the template is filled in, as a rule from a history.
    if (ROLE_VARIABLE.test(inner)) this.#hide('the messages of the loop', tag);
  }

  #role(tag: Mustache, roleRaw: string): void {
    const { text } = this;
    const start = text.indexOf(roleRaw, tag.start + 2 + text.slice(tag.start + 2, tag.end).search(/["']/));
    const roleSpan = { start, end: start + roleRaw.length };
    const role = roleOf(roleRaw);
    if (!role) {
      const message = `Dotprompt knows the roles system, user, model and tool: "${roleRaw.slice(0, 40)}" is read as user.`;
      this.problems.push({ code: 'unknown-role', severity: 'warning', message, span: roleSpan });
    }
    this.#begin(role ?? 'user', roleRaw, roleSpan, tag);
  }
}

/** Text and media of a segment in source order. */
function piecesOf(text: string, { contentStart, end, contentEnd, cuts, media }: Segment): ContentPiece[] {
  const pieces: ContentPiece[] = [];
  let from = contentStart;
  let cut = 0;
  const textUpTo = (to: number): void => {
    const mine: Span[] = [];
    while (cut < cuts.length && cuts[cut]!.start < to) mine.push(cuts[cut++]!);
    // Blank text between two markers or media is not sent.
    if (to > from && /\S/.test(text.slice(from, to)))
      pieces.push(...textPieces(text, without({ start: from, end: to }, mine)));
  };
  for (const piece of media) {
    textUpTo(piece.spans[0]!.start);
    pieces.push(piece);
    from = piece.spans[0]!.end;
  }
  textUpTo(contentEnd ?? end);
  return pieces.filter((piece) => piece.kind !== 'text' || /\S/.test(piece.text));
}

function turnsOf(text: string, segments: readonly Segment[]): Turn[] {
  const turns: Turn[] = [];
  segments.forEach((segment, at) => {
    const pieces = piecesOf(text, segment);
    // A marker without content gives its place to the next; the last one is being typed.
    const isTyped = at === segments.length - 1 && segment.roleSpan !== null;
    if (pieces.length === 0 && !isTyped) return;
    const { role, roleRaw, start, end } = segment;
    const first = pieces[0]?.spans[0]?.start ?? segment.contentStart;
    const roleSpan = segment.roleSpan ?? { start: first, end: first };
    turns.push({ index: turns.length, role, roleRaw, span: { start, end }, roleSpan, pieces });
  });
  return turns;
}

/** Definitions and schemas that the runtime sends beside the text. */
function sentBeside(settings: Settings): HiddenContext[] {
  const hidden: HiddenContext[] = [];
  const tools = settings.spanAt('tools');
  if (Array.isArray(settings.at('tools')) && tools) hidden.push({ what: 'the definitions of its tools', span: tools });
  const schema = settings.spanAt('output', 'schema');
  if (schema) hidden.push({ what: 'the schema of the reply', span: schema });
  return hidden;
}

function* parse(text: string): Generator<void, ParsedTranscript> {
  const block = findFrontMatter(text, { licence: true });
  const settings = Settings.of(text, block);
  const body = trimmed(text, block?.end ?? 0, text.length);
  const template = new Template(text, body);
  let paused = body.start;
  for (const tag of tagsIn(text, body.start, body.end, ['{{'])) {
    template.read(tag);
    if (tag.end - paused < SLICE_LENGTH) continue;
    paused = tag.end;
    yield;
  }
  const turns = turnsOf(text, template.segments);
  const problems = [...settings.problems, ...template.problems];
  if (turns.length === 0) return { conversations: [], problems };
  const model = settings.model(['model']);
  const defaults = settings.at('input', 'default');
  const hidden = [...sentBeside(settings), ...template.hidden];
  const conversation: Conversation = {
    id: '0',
    span: { start: turns[0]!.span.start, end: text.length },
    turns,
    ...(model ? { model } : {}),
    parameters: settings.parameters(['config', 'maxOutputTokens']),
    ...(hidden.length > 0 ? { hidden } : {}),
    ...(template.placeholders > 0
      ? {
          template: {
            syntax: 'handlebars' as const,
            samples: isObject(defaults) ? [{ name: 'input.default', values: defaults }] : [],
          },
        }
      : {}),
  };
  return { conversations: [conversation], problems };
}

function insertReply(text: string, conversation: Conversation, turnIndex: number, reply: string) {
  const turn = conversation.turns[turnIndex];
  if (!turn) return null;
  const lineBreak = lineBreakOf(text);
  const body = reply.trim();
  // Line breaks around a marker are content; a tilde strips those that are put in for the eye.
  const isLast = turnIndex === conversation.turns.length - 1;
  const edit = isLast
    ? {
        offset: trimmed(text, 0, text.length).end,
        insert: `${lineBreak}${lineBreak}{{~role "model"~}}${lineBreak}${body}`,
      }
    : { offset: turn.span.end, insert: `{{role "model"~}}${lineBreak}${body}` };
  return checked((source) => drain(parse(source)), text, conversation, turnIndex, body, edit);
}

export const dotprompt: FormatAdapter = {
  id: 'dotprompt',
  title: 'Dotprompt',
  family: 'prompt-file',
  description:
    'Front matter with the model and the input, then a Handlebars template whose turns begin with `{{role "user"}}`.',
  files: ['*.prompt'],
  notes: [
    'Text before the first role is a user turn; text between two markers is counted with its line breaks.',
    'Partials, sections, `{{history}}`, tools by name and the schema of the reply are sent too and are not counted.',
    '`{{media url=...}}` is an image.',
    'Values of `input.default` are samples for the template.',
  ],
  sample: 'menu.prompt',
  writable: true,
  detect: ({ path }, head) => (promptDialect(path, head) === 'dotprompt' ? 'name' : null),
  parse,
  insertReply,
};
