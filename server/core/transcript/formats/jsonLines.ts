/**
 * JSON Lines: each line on its own, in any dialect (a list of messages, a request, a fine-tuning example, a batch line,
 * a row of a dataset). Blank lines are skipped; a broken line is a problem and the rest goes on.
 */
import { append } from '../append.js';
import { insertReply } from '../dialects/insert.js';
import { readConversations } from '../dialects/read.js';
import { looksLikeAny } from '../dialects/sniff.js';
import { updateString } from '../dialects/update.js';
import { NextIndex, skipBlank } from '../json/blank.js';
import { JsonReader, type JsonDocument } from '../json/reader.js';
import type {
  Conversation,
  FileHint,
  FormatAdapter,
  ParsedTranscript,
  Problem,
  SourceEdit,
  SourceText,
  Span,
} from '../model.js';
import { drain } from '../parseTranscript.js';
import { detached, lastStartingBefore, shiftConversation, shiftProblem, sortProblems } from '../spans.js';
import { lineEnd, lineStart } from '../text/lineBounds.js';

const NAMES = /\.(?:jsonl|ndjson)$/i;
const LANGUAGES: ReadonlySet<string> = new Set(['jsonl', 'ndjson', 'jsonlines']);
/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;
/** Lines that detection looks at: one bad line at the top does not hide the rest. */
const LINES_LOOKED_AT = 5;

/** Lines that are not blank, without their ends. */
function* linesOf(text: string): Generator<Span, void> {
  const lineFeed = new NextIndex(text, '\n');
  const carriageReturn = new NextIndex(text, '\r');
  for (let start = 0; start < text.length;) {
    const end = Math.min(lineFeed.at(start), carriageReturn.at(start));
    if (skipBlank(text, start, end) < end) yield { start, end };
    start = end + 1;
  }
}

/** What one line holds, from what was read of it. */
function* lineTranscript(
  text: string,
  line: Span,
  read: JsonDocument,
  index: number,
): Generator<void, ParsedTranscript> {
  const parsed = yield* readConversations(text, read, null, index);
  if (parsed.conversations.length > 0 || parsed.problems.length > 0) return parsed;
  const message = 'This line holds no conversation: left out.';
  return { conversations: [], problems: [{ code: 'no-conversation', severity: 'information', message, span: line }] };
}

function* parse(text: string): Generator<void, ParsedTranscript> {
  const reader = new JsonReader(text);
  const conversations: Conversation[] = [];
  const problems: Problem[] = [];
  let paused = 0;
  for (const line of linesOf(text)) {
    reader.begin(line.start, line.end);
    while (!reader.run(SLICE_LENGTH)) yield;
    const parsed = yield* lineTranscript(text, line, reader.result(), conversations.length);
    append(conversations, parsed.conversations);
    append(problems, parsed.problems);
    if (line.end - paused < SLICE_LENGTH) continue;
    paused = line.end;
    yield;
  }
  return { conversations, problems };
}

/** After an edit inside the value of one line: that line, or only the content in it, is read again. */
function update(before: ParsedTranscript, source: SourceText, edit: SourceEdit): ParsedTranscript | null {
  const text = source.toString();
  const { conversations, problems } = before;
  const around = conversations[lastStartingBefore(conversations, edit.start)];
  // Inside one value no line ends, so what was removed had no line break; what was put in may have one.
  if (!around || around.span.start >= edit.start || edit.oldEnd >= around.span.end) return null;
  if (/[\r\n]/.test(text.slice(edit.start, edit.newEnd))) return null;
  const by = edit.newEnd - edit.oldEnd;
  const line = { start: lineStart(text, edit.start, 0), end: lineEnd(text, edit.newEnd, text.length) };
  const inLine = ({ span }: { readonly span: Span }): boolean => span.start >= line.start && span.end <= line.end - by;
  if (!problems.some((problem) => problem.code === 'json-syntax' && inLine(problem))) {
    const updated = updateString(before, source, edit);
    if (updated) return updated;
  }
  const first = conversations.findIndex(inLine);
  const count = conversations.filter(inLine).length;
  const own = detached(text.slice(line.start, line.end));
  const read = new JsonReader(own).read(0, own.length);
  const parsed = drain(lineTranscript(own, { start: 0, end: own.length }, read, first));
  // The numbers of later conversations would change.
  if (parsed.conversations.length !== count) return null;
  return {
    conversations: conversations.map((each, at) => {
      if (at < first) return each;
      if (at < first + count) return shiftConversation(parsed.conversations[at - first]!, line.start);
      return by === 0 ? each : shiftConversation(each, by);
    }),
    problems: sortProblems([
      ...problems
        .filter((problem) => !inLine(problem))
        .map((problem) => (problem.span.start >= edit.oldEnd ? shiftProblem(problem, by) : problem)),
      ...parsed.problems.map((problem) => shiftProblem(problem, line.start)),
    ]),
  };
}

/** Two lines at least that are values of their own: what tells JSON Lines from one JSON value without a name. */
const ownLines = (lines: readonly string[]): boolean =>
  lines.length > 1 && lines.slice(0, 2).every((line) => /^(?:\{.*\}|\[.*\])$/.test(line.trim()));

function detect({ path, languageId }: FileHint, head: string): 'name' | 'content' | null {
  const named = NAMES.test(path) || LANGUAGES.has(languageId ?? '');
  // Datasets are published so under `.json`, too.
  const unnamed =
    /\.json$/i.test(path) ||
    (!/\.[^./]+$/.test(path) && (languageId === undefined || languageId === 'plaintext' || languageId === 'json'));
  if (!named && !unnamed) return null;
  const lines: string[] = [];
  for (const { start, end } of linesOf(head)) {
    if (lines.push(head.slice(start, end)) === LINES_LOOKED_AT) break;
  }
  if (!named && !ownLines(lines)) return null;
  return lines.some(looksLikeAny) ? (named ? 'name' : 'content') : null;
}

export const jsonLines: FormatAdapter = {
  id: 'json-lines',
  title: 'JSON Lines of Conversations',
  family: 'dataset',
  description:
    'A `.jsonl` file with one conversation a line, in any of the JSON formats: fine-tuning examples, batch requests and results, rows of datasets. Lines of several formats may be mixed. Such lines in a `.json` file are read the same.',
  files: ['*.jsonl', '*.ndjson'],
  notes: ['Each line is read on its own; a broken line costs that line only.'],
  sample: 'tool-calls.jsonl',
  writable: true,
  detect,
  parse,
  update,
  insertReply: (text, conversation, turnIndex, reply) => insertReply(text, conversation, turnIndex, reply, null),
};
