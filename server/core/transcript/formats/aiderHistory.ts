/**
 * The chat history of aider, `.aider.chat.history.md`: lines that begin with `#### ` are the user's, several in a row one
 * turn; lines that begin with `> ` are the output of tools and commands; the rest is the assistant's. Each session, under
 * `# aider chat started at`, is a conversation. The marks, and the two blanks that end a line of a list, are no content.
 */
import type {
  ContentPiece,
  Conversation,
  FileHint,
  FormatAdapter,
  ParsedTranscript,
  Role,
  Span,
  Turn,
} from '../model.js';
import { withoutEnd } from '../text/lineBounds.js';
import { TextLines } from '../text/scan.js';
import { slicePiece } from '../text/turns.js';

const NAME = /(?:^|\/)\.aider\.chat\.history(?:\.[\w-]+)?\.md$/i;
const SESSION = /# aider chat started at\b/y;
const MARKS: readonly (readonly [mark: string, role: Role])[] = [
  ['#### ', 'user'],
  ['> ', 'tool'],
];
/** What aider says of the model when a session begins: `> Main model: gpt-4o with diff edit format`. */
const MODEL = /^> (?:Main model|Model): ([\w./:@+-]{1,200})(?= with )/;

/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;

/** A turn to be: lines of one role that follow each other. */
interface Draft {
  readonly role: Role;
  readonly mark: string;
  /** From the first line to the end of the last, its line break included. */
  readonly span: { start: number; end: number };
  /** What of the lines is content, line breaks apart. */
  readonly contents: Span[];
}

/** The role of a line, and the mark that says so. */
function lineRole(text: string, start: number, end: number): readonly [mark: string, role: Role] {
  for (const each of MARKS) {
    if (text.startsWith(each[0], start)) return each;
    // An empty line of a list has lost its blank.
    if (text.startsWith(each[0].trim(), start) && start + each[0].length - 1 === end) return [each[0].trim(), each[1]];
  }
  return ['', 'assistant'];
}

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);

/** The spans without blanks at both ends of the whole. */
function trimmed(text: string, spans: readonly Span[]): Span[] {
  let [from, to] = [0, spans.length];
  const blank = ({ start, end }: Span): boolean => {
    for (let at = start; at < end; at++) if (!isSpace(text.charCodeAt(at))) return false;
    return true;
  };
  while (from < to && blank(spans[from]!)) from++;
  while (to > from && blank(spans[to - 1]!)) to--;
  if (from === to) return [];
  const kept = spans.slice(from, to).map((span) => ({ ...span }));
  const [first, last] = [kept[0]!, kept.at(-1)!];
  while (isSpace(text.charCodeAt(first.start))) first.start++;
  while (isSpace(text.charCodeAt(last.end - 1))) last.end--;
  return joined(kept);
}

/** Spans that meet as one. */
function joined(spans: readonly Span[]): Span[] {
  const made: { start: number; end: number }[] = [];
  for (const { start, end } of spans) {
    const last = made.at(-1);
    if (last?.end === start) last.end = end;
    else if (end > start) made.push({ start, end });
  }
  return made;
}

function turnOf(text: string, { role, mark, span, contents }: Draft, index: number): Turn | null {
  const spans = trimmed(text, contents);
  if (spans.length === 0) return null;
  const pieces: ContentPiece[] = [slicePiece(text, role === 'tool' ? 'toolResult' : 'text', spans)];
  // The assistant's text has no mark: its place is where it begins.
  const start = mark === '' ? spans[0]!.start : span.start;
  const roleSpan = { start, end: start + mark.trimEnd().length };
  return { index, role, roleRaw: mark.trimEnd(), span: { start, end: span.end }, roleSpan, pieces };
}

/** Whether a last line is the beginning of a mark or of a session's heading: nobody's text yet. */
const isHalfTyped = (line: string): boolean =>
  line !== '' && ('#### '.startsWith(line) || '# aider chat started at'.startsWith(line));

/** What aider sends and does not write down. */
const hiddenIn = (span: Span) => [
  { what: "aider's system prompt, its map of the repository and the files in the chat", span },
];

/** The sessions of a history as they are read, line by line. */
class Sessions {
  readonly conversations: Conversation[] = [];
  #turns: Turn[] = [];
  #draft: Draft | null = null;
  #heading: Span = { start: 0, end: 0 };
  #model: Conversation['model'];

  constructor(private readonly text: string) {}

  begin(heading: Span): void {
    this.end();
    this.#heading = heading;
  }

  /** @param next start of the line after the one in `[start, end)` */
  line(start: number, end: number, next: number): void {
    const [mark, role] = lineRole(this.text, start, end);
    const isBlank = mark === '' && withoutEnd(this.text, start, end) === start;
    // Blank lines part prompts and commands, not the lines of one output.
    if (this.#draft?.role !== role && !(isBlank && this.#draft?.role === 'tool')) {
      this.#endTurn();
      this.#draft = { role, mark, span: { start, end: next }, contents: [] };
    }
    const model = role === 'tool' ? MODEL.exec(this.text.slice(start, Math.min(end, start + 300))) : null;
    if (model) {
      const at = start + model[0].length - model[1]!.length;
      this.#model ??= { id: model[1]!, span: { start: at, end: at + model[1]!.length } };
    }
    const stop = mark === '' ? end : withoutEnd(this.text, start + mark.length, end);
    this.#draft!.span.end = next;
    this.#draft!.contents.push({ start: start + mark.length, end: stop }, { start: end, end: next });
  }

  end(): void {
    this.#endTurn();
    const turns = this.#turns;
    const model = this.#model;
    this.#turns = [];
    this.#model = undefined;
    if (turns.length === 0) return;
    const heading = this.text.slice(this.#heading.start, this.#heading.end);
    const title = heading.replace(/^# aider chat started at /, '').trim();
    this.conversations.push({
      id: String(this.conversations.length),
      ...(title === '' ? {} : { title }),
      span: { start: turns[0]!.span.start, end: turns.at(-1)!.span.end },
      turns,
      ...(model ? { model } : {}),
      parameters: {},
      hidden: hiddenIn(heading === '' ? turns[0]!.roleSpan : this.#heading),
    });
  }

  #endTurn(): void {
    const turn = this.#draft && turnOf(this.text, this.#draft, this.#turns.length);
    if (turn) this.#turns.push(turn);
    this.#draft = null;
  }
}

function* parse(text: string): Generator<void, ParsedTranscript> {
  const lines = new TextLines(text);
  const sessions = new Sessions(text);
  let paused = 0;
  for (let at = 0; at < text.length;) {
    const end = lines.endOf(at);
    const next = lines.after(end);
    SESSION.lastIndex = at;
    if (SESSION.test(text)) sessions.begin({ start: at, end });
    else if (end < text.length || !isHalfTyped(text.slice(at, Math.min(end, at + 40)))) sessions.line(at, end, next);
    at = next;
    if (at - paused < SLICE_LENGTH) continue;
    paused = at;
    yield;
  }
  sessions.end();
  return { conversations: sessions.conversations, problems: [] };
}

/** By name, or by the heading of a session and a line of the user's. */
function detect({ path }: FileHint, head: string): 'name' | 'content' | null {
  if (NAME.test(path)) return 'name';
  if (!/\.md$/i.test(path) && /\.[^./]+$/.test(path)) return null;
  return /^\s*# aider chat started at /.test(head) && /^#### /m.test(head) ? 'content' : null;
}

export const aiderHistory: FormatAdapter = {
  id: 'aider-history',
  title: 'Aider Chat History',
  family: 'text',
  description:
    'The history that aider keeps, `.aider.chat.history.md`: `#### ` lines are the user, `> ` lines are tool output, all else is the assistant.',
  files: ['.aider.chat.history.md'],
  notes: [
    'The model is the one that aider names first in a session.',
    'Each session is a conversation; neighbouring `#### ` lines are one turn.',
    'The system prompt, the repository map and the files in the chat are sent and not in the file: the figure is a lower bound.',
    '`> ` lines are counted as tool results; aider shows some of them to you alone.',
  ],
  sample: '.aider.chat.history.md',
  writable: false,
  detect,
  parse,
};
