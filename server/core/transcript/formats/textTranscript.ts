/**
 * Markdown and plain text with role headings or labels.
 *
 * A text is a transcript when one style of marker stands at two lines or more, for two roles or more. Text before the
 * first marker (a title, front matter) is no turn; `model:` in front matter names the model. Each marker begins a turn
 * of its own, also where the same role stands twice in a row.
 */
import { shiftSpan, shiftTurn } from '../chatMessages.js';
import { turnAround } from '../jsonEdits.js';
import { scanMarkers, transcriptStyle, type Marker, type MarkerScan, type MarkerStyle } from '../markers.js';
import type { Conversation, FormatAdapter, ParsedTranscript, Turn } from '../model.js';

const NAMES = /\.(?:md|markdown|mdown|txt|text)$/i;
const LANGUAGES = new Set(['markdown', 'plaintext']);

const FRONT_MATTER = /^---[ \t]*(?:\r\n|\n|\r)([\s\S]{0,20000}?)(?:\r\n|\n|\r)---[ \t]*(?:\r\n|\n|\r|$)/;
const MODEL_LINE = /^model[ \t]*:[ \t]*(["']?)([^"'\r\n#]+?)\1[ \t]*(?:#.*)?$/m;

function frontMatter(text: string): { readonly end: number; readonly model?: Conversation['model'] } {
  const match = FRONT_MATTER.exec(text);
  if (!match) return { end: 0 };
  const line = MODEL_LINE.exec(match[1]!);
  if (!line) return { end: match[0].length };
  const bodyStart = match[0].indexOf(match[1]!, 3);
  const start = bodyStart + line.index + line[0].indexOf(line[2]!, line[0].indexOf(':'));
  return { end: match[0].length, model: { id: line[2]!, span: { start, end: start + line[2]!.length } } };
}

const isSpace = (unit: number): boolean => unit === 32 || (unit >= 9 && unit <= 13);

function turnOf(text: string, index: number, marker: Marker, end: number): Turn {
  let start = marker.contentStart;
  let stop = end;
  while (stop > start && isSpace(text.charCodeAt(stop - 1))) stop--;
  while (start < stop && isSpace(text.charCodeAt(start))) start++;
  const span = { start, end: stop };
  return {
    index,
    role: marker.role,
    roleRaw: marker.roleRaw,
    span: { start: marker.start, end },
    roleSpan: marker.roleSpan,
    pieces: start === stop ? [] : [{ kind: 'text', spans: [span], text: text.slice(start, stop) }],
  };
}

const turnsOf = (text: string, markers: readonly Marker[], end: number): Turn[] =>
  markers.map((marker, index) => turnOf(text, index, marker, markers[index + 1]?.start ?? end));

function drain<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The style of a turn that was parsed, from its marker. */
function styleOf(text: string, turn: Turn): MarkerStyle {
  const first = text[turn.span.start];
  if (turn.span.start === turn.roleSpan.start) return 'label';
  return first === '#' ? 'heading' : 'bold';
}

function update(before: ParsedTranscript, text: string, edit: { start: number; oldEnd: number; newEnd: number }) {
  const [conversation] = before.conversations;
  if (!conversation) return null;
  const { turns } = conversation;
  const index = turnAround(turns, edit);
  if (index === null) return null;
  const turn = turns[index]!;
  const by = edit.newEnd - edit.oldEnd;
  const isLast = index === turns.length - 1;
  // The marker, and the line break before the next one, have to stay what they are.
  if (edit.start <= turn.roleSpan.end + 4 || (!isLast && edit.oldEnd >= turn.span.end - 1)) return null;
  const style = styleOf(text, turn);
  const end = turn.span.end + by;
  const scan: MarkerScan = drain(scanMarkers(text, turn.span.start, end, style));
  const [marker] = scan.markers;
  if (scan.markers.length !== 1 || !marker || marker.start !== turn.span.start || marker.role !== turn.role)
    return null;
  if (!isLast && !(scan.settled && /[\r\n]/.test(text[end - 1]!))) return null;
  // A marker of a style that goes first would make another transcript of the text.
  if (style !== 'heading' && drain(scanMarkers(text, turn.span.start, end)).markers.length !== 1) return null;
  const edited = turnOf(text, index, marker, end);
  return {
    conversations: [
      {
        ...conversation,
        span: { start: conversation.span.start, end: conversation.span.end + by },
        turns: turns.map((each, at) =>
          at < index ? each : at === index ? edited : by === 0 ? each : shiftTurn(each, by),
        ),
      },
    ],
    problems: before.problems.map((problem) =>
      problem.span.start >= edit.oldEnd ? { ...problem, span: shiftSpan(problem.span, by) } : problem,
    ),
  };
}

/** A reply as a new turn after `turn`, marked as the transcript marks its turns. */
function insertReply(text: string, { turns }: Conversation, turnIndex: number, reply: string) {
  const turn = turns[turnIndex];
  if (!turn) return null;
  const style = styleOf(text, turn);
  const model = turns.find(({ role }) => role === 'assistant') ?? turn;
  const raw = model.role === 'assistant' ? model.roleRaw : likeCase(turn.roleRaw, 'assistant');
  const marker = text.slice(model.span.start, model.roleSpan.start) + raw + tailOf(text, model, style);
  const body = reply.trim();
  // The reply must come back as it is: markers or an open fence inside it would cut it.
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
  const apart = style === 'label' ? ' ' : lineBreak + lineBreak;
  const last = turn.pieces.at(-1)?.spans.at(-1)?.end ?? turn.roleSpan.end + tailOf(text, turn, style).length;
  const rest = text.slice(last, turn.span.end);
  const isLast = turnIndex === turns.length - 1;
  const insert = `${lineBreak}${lineBreak}${marker}${apart}${body}${isLast && rest === '' ? lineBreak : ''}`;
  const after = text.slice(0, last) + insert + text.slice(last);
  const parsed = drain(textTranscript.parse(after)).conversations[0];
  const made = parsed?.turns[turnIndex + 1];
  const whole = made?.role === 'assistant' && made.pieces.map((piece) => piece.text).join('') === body;
  return whole && parsed?.turns.length === turns.length + 1 ? { offset: last, insert } : null;
}

/** What follows the role word in a marker: a colon, closing stars. */
function tailOf(text: string, turn: Turn, style: MarkerStyle): string {
  const line = /^[^\r\n]*/.exec(text.slice(turn.roleSpan.end, turn.roleSpan.end + 40))![0];
  if (style === 'heading') return line.trimEnd();
  return (style === 'label' ? /^[ \t]?:/ : /^[ \t]*:?[ \t]*(?:\*\*_?|__)[ \t]*:?/).exec(line)?.[0] ?? ':';
}

function likeCase(model: string, word: string): string {
  if (model === model.toUpperCase() && model.length > 1) return word.toUpperCase();
  return model[0] === model[0]?.toUpperCase() ? word[0]!.toUpperCase() + word.slice(1) : word;
}

export const textTranscript: FormatAdapter = {
  id: 'text-transcript',
  title: 'Text Transcript',
  description:
    'Markdown or plain text whose turns begin with a role: as a heading (`## User`), a bold label (`**User:**`) or a line label (`User:`).',
  writable: true,

  detect(hint, head) {
    const known = NAMES.test(hint.path) || LANGUAGES.has(hint.languageId ?? '') || hint.path === '';
    if (!known || (hint.languageId !== undefined && !LANGUAGES.has(hint.languageId))) return null;
    const { end } = frontMatter(head);
    return transcriptStyle(drain(scanMarkers(head, end, head.length)).markers) ? 'content' : null;
  },

  *parse(text) {
    const { end, model } = frontMatter(text);
    const { markers } = yield* scanMarkers(text, end, text.length);
    const style = transcriptStyle(markers) ?? markers[0]?.style;
    const own = markers.filter((marker) => marker.style === style);
    if (own.length === 0) return { conversations: [], problems: [] };
    const conversation: Conversation = {
      id: '0',
      span: { start: own[0]!.start, end: text.length },
      turns: turnsOf(text, own, text.length),
      ...(model ? { model } : {}),
      parameters: {},
    };
    return { conversations: [conversation], problems: [] };
  },

  update,
  insertReply,
};
