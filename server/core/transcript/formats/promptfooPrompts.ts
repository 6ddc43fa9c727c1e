/**
 * Prompt files of promptfoo: texts with `---` lines between prompts, and lists of messages in YAML or in JSON, which
 * Nunjucks may make invalid until it has run.
 */
import { append } from '../append.js';
import { readConversations } from '../dialects/read.js';
import { JsonReader } from '../json/reader.js';
import type { ContentPiece, Conversation, FileHint, FormatAdapter, ParsedTranscript, Problem, Span } from '../model.js';
import { drain } from '../parseTranscript.js';
import { sortProblems } from '../spans.js';
import {
  hasPlaceholder,
  impliedTurn,
  insertYamlMessage,
  isSureMessage,
  itemsOf,
  messageTurns,
  readYaml,
  readYamlNow,
  templateOf,
  type YamlSource,
} from '../yaml/index.js';

const FOLDER = /(?:^|\/)prompts\/(?:[^/]+\/)*[^/]+$/i;
const TEXT_NAMES = /\.(?:txt|j2|njk)$/i;
const JSON_NAMES = /\.json$/i;
const YAML_NAMES = /\.ya?ml$/i;

/** What promptfoo's own examples call a file of prompts that stands beside its configuration. */
const PROMPT_FILE = /(?:^|\/)prompts?\d{0,3}\.txt$/;
/** JSON that is none before its tags have run: a tag on a line of its own, or a placeholder where a value is wanted. */
const UNFILLED_JSON = /(?:^|[\r\n])[ \t]*\{%|(?<!\\)"[ \t]{0,20}:[ \t]{0,20}\{\{/;

/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;

/** A line between two prompts; at the end of the text also one half typed. */
const SEPARATOR = /(?:^|\r\n|\n|\r)(?:---[ \t]*(?=[\r\n]|$)|--?$)/g;

/** The prompts of a text, without the blanks around them. */
function partsOf(text: string): Span[] {
  const parts: Span[] = [];
  let from = 0;
  const take = (end: number, next: number): void => {
    const part = text.slice(from, end);
    const start = from + (part.length - part.trimStart().length);
    const last = from + part.trimEnd().length;
    if (last > start) parts.push({ start, end: last });
    from = next;
  };
  for (const found of text.matchAll(SEPARATOR)) take(found.index, found.index + found[0].length);
  take(text.length, text.length);
  return parts;
}

/** Nunjucks tags, and placeholders where JSON wants a value. One line each, as they are written. */
const TAG = /\{%[^\r\n]{0,400}?%\}|\{#[^\r\n]{0,400}?#\}/g;
const VALUE = /([:,[]\s{0,80})(\{\{[^{}\r\n]{0,400}\}\})(?=\s{0,80}(?:[,\]}]|$))/g;
const PLACEHOLDER = /\{\{[^{}\r\n]{0,400}\}\}/g;

/** A copy of JSON that Nunjucks fills, unit for unit as long, in which its tags are blanks and its values are strings. */
const withoutTags = (text: string): string =>
  text
    .replace(TAG, (tag) => ' '.repeat(tag.length))
    .replace(VALUE, (_, lead: string, value: string) => `${lead}"${'x'.repeat(value.length - 2)}"`)
    .replace(PLACEHOLDER, (value) => 'x'.repeat(value.length));

/** Where a placeholder stands for a string, its outer braces are where the copy has quotes: they are text. */
function widened(text: string, piece: ContentPiece): ContentPiece {
  const [span] = piece.spans;
  if (piece.spans.length !== 1 || !span || piece.map || piece.media) return piece;
  const outer = { start: span.start - 1, end: span.end + 1 };
  const whole = text.slice(outer.start, outer.end);
  return /^\{\{[^{}]*\}\}$/.test(whole) ? { kind: piece.kind, spans: [outer], text: whole } : piece;
}

function* readJsonPart(text: string, copy: string, part: Span, index: number): Generator<void, ParsedTranscript> {
  const document = new JsonReader(copy).read(part.start, part.end);
  const { conversations, problems } = yield* readConversations(text, document, null, index);
  return {
    conversations: conversations.map((conversation) => {
      const turns = conversation.turns.map((turn) => ({
        ...turn,
        pieces: turn.pieces.map((piece) => widened(text, piece)),
      }));
      return { ...conversation, turns, ...templateOf(turns, 'jinja', []) };
    }),
    // A role that a loop fills is none yet.
    problems: problems.filter(
      ({ code, span }) => code !== 'unknown-role' || !text.slice(span.start, span.end).includes('{{'),
    ),
  };
}

function* readYamlPart(text: string, part: Span, index: number): Generator<void, ParsedTranscript> {
  const { roots, problems: found } = yield* readYaml(text, part.start, part.end);
  const source: YamlSource = { text, problems: [...found] };
  const [list] = roots;
  const turns = list ? messageTurns(source, list) : [];
  const conversations: Conversation[] = [];
  if (list && turns.length > 0) {
    const span = { start: list.start, end: list.end };
    conversations.push({ id: String(index), span, turns, parameters: {}, ...templateOf(turns, 'jinja', []) });
  }
  return { conversations, problems: source.problems };
}

function readTextPart(text: string, part: Span, index: number): ParsedTranscript {
  const turns = [impliedTurn('user', part, [{ kind: 'text', spans: [part], text: text.slice(part.start, part.end) }])];
  const conversation = { id: String(index), span: part, turns, parameters: {}, ...templateOf(turns, 'jinja', []) };
  return { conversations: [conversation], problems: [] };
}

const isJsonList = (text: string): boolean => /^\s*(?:\{[%#]|\[)/.test(text) && /"role"\s*:/.test(text);
const isYamlList = (text: string): boolean =>
  /^(?:[ \t]*(?:#[^\r\n]*)?[\r\n])*[ \t]*-[ \t]+["']?\w+["']?[ \t]*:/.test(text);

function* parse(text: string, { path } = { path: '' }): Generator<void, ParsedTranscript> {
  const isYaml = YAML_NAMES.test(path) || (!TEXT_NAMES.test(path) && !JSON_NAMES.test(path) && isYamlList(text));
  const whole = { start: 0, end: text.length };
  const parts = isYaml || JSON_NAMES.test(path) ? [whole] : partsOf(text);
  const conversations: Conversation[] = [];
  const problems: Problem[] = [];
  let copy: string | null = null;
  let paused = 0;
  for (const part of parts) {
    const source = text.slice(part.start, part.end);
    const index = conversations.length;
    const isJson = JSON_NAMES.test(path) || isJsonList(source);
    const read = isYaml
      ? yield* readYamlPart(text, part, index)
      : isJson
        ? yield* readJsonPart(text, (copy ??= withoutTags(text)), part, index)
        : readTextPart(text, part, index);
    append(conversations, read.conversations);
    append(problems, read.problems);
    if (part.end - paused < SLICE_LENGTH) continue;
    paused = part.end;
    yield;
  }
  return { conversations, problems: sortProblems(problems) };
}

function isYamlChat(head: string, isShortAllowed: boolean): boolean {
  if (!/^-[ \t]/m.test(head)) return false;
  const [list] = readYamlNow(head).roots;
  const items = itemsOf(list ?? null);
  return items.length > 0 && items.some((item) => isSureMessage(head, item, isShortAllowed));
}

function detect({ path, languageId }: FileHint, head: string): 'content' | null {
  const inFolder = FOLDER.test(path);
  // A list of messages with role and content is one anywhere; short forms and texts are prompts in their folder only.
  if (YAML_NAMES.test(path) || languageId === 'yaml') return isYamlChat(head, inFolder) ? 'content' : null;
  if (JSON_NAMES.test(path)) {
    const isUnfilled = UNFILLED_JSON.test(head) || (inFolder && /\{%|[:,[]\s*\{\{/.test(head));
    return isUnfilled && isJsonList(head) ? 'content' : null;
  }
  // A text without placeholders may be anything.
  const isText = (inFolder && TEXT_NAMES.test(path)) || PROMPT_FILE.test(path);
  return isText && hasPlaceholder(head, 'jinja') ? 'content' : null;
}

export const promptfooPrompts: FormatAdapter = {
  id: 'promptfoo-prompts',
  title: 'Promptfoo Prompts',
  family: 'prompt-file',
  description:
    'Files in a folder `prompts`, or `prompts.txt`: texts with placeholders and `---` lines between prompts, or chat messages in YAML or JSON.',
  files: ['prompts/*.txt', 'prompts.txt', 'prompts/*.yaml', 'prompts/*.json'],
  notes: [
    'Nunjucks tags are counted as they are written; JSON with tags is read as it will be without them.',
    'The short form `- user: text` is read; prompts in CSV are not.',
  ],
  sample: 'prompts/triage.yaml',
  writable: true,
  detect,
  parse,
  insertReply: (text, conversation, turnIndex, reply) =>
    insertYamlMessage((source) => drain(parse(source)), text, conversation, turnIndex, reply),
};
