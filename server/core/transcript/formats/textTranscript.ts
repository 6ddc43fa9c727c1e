/**
 * Markdown and plain text whose turns begin with a role: a heading, a bold label or a line label.
 *
 * What it decides: one style makes the transcript (see `turnMarkers`), and markers of other styles are content. Each
 * marker begins a turn, also where the same role stands twice in a row. A name in place of the user is a user where it
 * takes turns with the assistant. `<details>` blocks are content, those that fold away thinking are thinking. Content is the source without blanks at its
 * ends, line breaks as they are. Front matter (its `model` and `max_tokens` count), HTML comments on lines of their own
 * and the rule under an exported turn are no content. Sentences above line labels are the system's, as prompts of
 * examples have them. Other text before the first marker is no turn, because most of it is a title; a hint says so
 * where it is more than headings. A document in which a conversation stands as an example is none itself.
 */
import type { Conversation, FileHint, FormatAdapter, ParsedTranscript, Problem, Turn } from '../model.js';
import { drain } from '../parseTranscript.js';
import { trimEnds, trimmed } from '../prompt/content.js';
import { frontMatter } from '../text/frontMatter.js';
import { insertText } from '../text/insert.js';
import { isLog, loggedConversations } from '../text/llmLog.js';
import { anyMarkers, beginsWithRole, turnMarkers, type Marker } from '../text/markers.js';
import { scanText, type TextScan } from '../text/scan.js';
import { slicePiece, turnsOf, withoutComments } from '../text/turns.js';
import { updateText } from '../text/update.js';

const NAMES = /\.(?:md|markdown|mdown|txt|text)$/i;
const LANGUAGES: ReadonlySet<string> = new Set(['markdown', 'plaintext']);
/** Its targets look like labels, and its name has no ending. */
const MAKEFILE = /(?:^|\/)(?:GNU)?makefile$/i;
/** Enough for the first two turns of most files; the whole head is read only when this does not decide. */
const FIRST_LOOK = 4096;
/** The length of a head that may be cut (see FormatAdapter.detect). */
const HEAD_LENGTH = 65_536;

function* parse(text: string): Generator<void, ParsedTranscript> {
  const front = frontMatter(text);
  const scan = yield* scanText(text, front.end);
  const markers = turnMarkers(scan) ?? anyMarkers(scan);
  if (!markers) return { conversations: [], problems: [] };
  if (markers[0]!.style === 'heading' && isLog(scan.breaks)) return logged(text, markers, scan);
  const lead = taskBefore(text, front.end, markers[0]!, scan);
  const turns = turnsOf(text, markers, scan);
  const conversation: Conversation = {
    id: '0',
    span: { start: lead?.span.start ?? markers[0]!.start, end: text.length },
    turns: lead ? [lead, ...turns.map((turn) => ({ ...turn, index: turn.index + 1 }))] : turns,
    ...(front.model ? { model: front.model } : {}),
    parameters: front.parameters,
  };
  return {
    conversations: [conversation],
    problems: lead ? [] : leadingText(text, front.end, markers[0]!.start, scan),
  };
}

/** The conversations of a log, whose headings name their models. */
function logged(text: string, markers: readonly Marker[], scan: TextScan): ParsedTranscript {
  const made = loggedConversations(turnsOf(text, markers, scan, scan.breaks), scan.breaks);
  const conversations = made.map(({ turns, model }, index) => ({
    id: String(index),
    span: { start: Math.min(...turns.slice(0, 2).map(({ span }) => span.start)), end: turns.at(-1)!.span.end },
    turns,
    ...(model ? { model } : {}),
    parameters: {},
  }));
  return { conversations, problems: [] };
}

/** How a sentence ends, or what leads over to examples. */
const SENTENCE_END = /[.!?:。！？：]["'”’)]*\s*$/;
/** Longer text above a conversation is looked at no further than this. */
const MAX_LEAD = 20_000;

/** Whether a line of it is a sentence: four words or more, no heading, no row of a table. */
const hasSentence = (lead: string): boolean =>
  lead
    .split(/[\r\n]/)
    .some((line) => !/^\s*[#|]/.test(line) && SENTENCE_END.test(line) && line.trim().split(/\s+/).length >= 4);

/**
 * The text by which a prompt tells a model its task: above `### Instruction` (Alpaca), and sentences above line labels
 * (old completion prompts, prompts of examples). Null for any other text.
 */
function taskBefore(text: string, from: number, { roleRaw, style, start: end }: Marker, scan: TextScan): Turn | null {
  const spans = trimEnds(text, withoutComments(from, end, scan.comments), trimmed);
  if (spans.length === 0) return null;
  const isTask =
    roleRaw.toLowerCase() === 'instruction' ||
    (style === 'label' &&
      spans.some(({ start, end: to }) => hasSentence(text.slice(start, Math.min(to, start + MAX_LEAD)))));
  if (!isTask) return null;
  const { start } = spans[0]!;
  const pieces = [slicePiece(text, 'text', spans)];
  return { index: 0, role: 'system', roleRaw: '', span: { start, end }, roleSpan: { start, end: start }, pieces };
}

/** A line that says something: no heading, rule or list mark alone. */
const SPEAKING_LINE = /(?:^|[\r\n])[ \t]*([^\s#=*_-][^\r\n]*)/;

/** A hint where text other than headings stands before the first turn. */
function leadingText(text: string, from: number, to: number, { comments }: TextScan): Problem[] {
  for (const { start, end } of withoutComments(from, to, comments)) {
    const line = SPEAKING_LINE.exec(text.slice(start, end));
    if (!line) continue;
    const at = start + line.index + line[0].indexOf(line[1]!);
    const message = 'Text before the first turn is not counted: put a role before it (System) to count it.';
    return [{ code: 'leading-text', severity: 'hint', message, span: { start: at, end: at + line[1]!.length } }];
  }
  return [];
}

function detect({ path, languageId }: FileHint, head: string): 'content' | null {
  const named = NAMES.test(path) || (!/\.[^./]+$/.test(path) && !MAKEFILE.test(path) && languageId === undefined);
  if (!(languageId === undefined ? named : LANGUAGES.has(languageId))) return null;
  const start = frontMatter(head).end;
  if (head.length > FIRST_LOOK && start < FIRST_LOOK && isTranscript(head.slice(0, FIRST_LOOK), start, true))
    return 'content';
  if (isTranscript(head, start, head.length >= HEAD_LENGTH)) return 'content';
  const isHistory = HISTORY.test(path) && drain(scanText(head, start)).markers.some(({ level }) => level > 0);
  return isHistory ? 'content' : null;
}

/** Histories of SpecStory, of which some have one speaker only. */
const HISTORY = /(?:^|\/)\.specstory\/history\/[^/]+\.md$/;

function isTranscript(head: string, start: number, isPart: boolean): boolean {
  const scan = drain(scanText(head, start, isPart));
  const markers = turnMarkers(scan);
  if (markers !== null && isTalk(markers) && !isFaq(head, start, markers) && !isExample(head, start, markers[0]!)) {
    return true;
  }
  // A first turn that is longer than the head hides the second.
  return isPart && head.length >= HEAD_LENGTH && beginsWithRole(head, start, scan.markers);
}

const ASKED = /^(?:q|a|question|answer)$/i;
const ANSWERED = /^(?:a|answer|response)$/i;

/**
 * Questions and answers below a title or other text, none of them waiting for its answer: a list of them, as manuals
 * have it. A prompt of examples begins with the first, or ends in an open one.
 */
const isFaq = (head: string, start: number, markers: readonly Marker[]): boolean =>
  markers[0]!.style === 'label' &&
  markers.every(({ roleRaw }) => ASKED.test(roleRaw)) &&
  head.slice(start, markers[0]!.start).trim() !== '' &&
  head.slice(markers.at(-1)!.contentStart).trim() !== '';

/** Tags in which prompts have their examples. */
const EXAMPLE_TAG = /<(\/?)[\w-]{0,40}examples?\b[^<>\r\n]{0,200}>/gi;
const OWN_HEADING = /(?:^|[\r\n]) {0,3}#{1,6}[ \t]/g;
/** A longer text above line labels is what the file is about. */
const LONGEST_LEAD = 2000;

/**
 * Whether line labels stand in a document as an example of a conversation: in tags that say so, below a long text, or
 * below more headings than a title and a section.
 */
function isExample(head: string, start: number, { style, start: end }: Marker): boolean {
  if (style !== 'label') return false;
  const lead = head.slice(start, end).trim();
  const tag = [...lead.matchAll(EXAMPLE_TAG)].at(-1);
  return lead.length > LONGEST_LEAD || tag?.[1] === '' || (lead.match(OWN_HEADING)?.length ?? 0) >= 2;
}

/**
 * Whether the order of the roles is that of a talk: something is said by a user or an assistant, nothing is answered
 * before it is asked, and where nothing is answered at all the system comes before the user.
 */
function isTalk(markers: readonly Marker[]): boolean {
  const roles = new Set(markers.map(({ role }) => role));
  if (ANSWERED.test(markers[0]!.roleRaw)) return false;
  return roles.has('assistant') || (roles.has('user') && markers[0]!.role !== 'user');
}

export const textTranscript: FormatAdapter = {
  id: 'text-transcript',
  title: 'Text Transcript',
  family: 'text',
  description:
    'Markdown or plain text whose turns begin with a role: as a heading (`## User`, `### Instruction:`), a bold label (`**User:**`, `_**User**_`) or a line label (`User:`, `Human:`, `USER:`).',
  files: ['*.md', '*.txt', '.specstory/history/*.md'],
  notes: [
    'Two markers of two roles outside code fences make a transcript.',
    'Front matter, HTML comments and the rules between turns are left out; a `<details>` block whose summary speaks of thinking is counted as thinking.',
    'Sentences above line labels are a system turn; under a document with its own headings labels are an example, and the file is left alone.',
    'A name (`**Alice:**`) is a user where it takes turns with an assistant.',
    'Of the logs that `llm logs` writes, each conversation is one, with the model and the token usage that it states.',
  ],
  sample: 'code-review.md',
  writable: true,
  detect,
  parse,
  update: updateText,
  insertReply: (text, conversation, turnIndex, reply) =>
    insertText((source) => drain(parse(source)), text, conversation, turnIndex, reply),
};
