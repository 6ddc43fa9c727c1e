/**
 * Text with the control tokens of a chat template: a prompt as a model reads it. Control tokens are markup, never text,
 * and the conversation is counted with the markup that the file has. A generation prompt at its end belongs to the
 * reply about to be made.
 */
import type { Conversation, FileHint, FormatAdapter, ParsedTranscript } from '../model.js';
import { drain } from '../parseTranscript.js';
import { RenderedBuilder } from '../rendered/builder.js';
import { GRAMMARS, rolesIn, type Grammar } from '../rendered/grammars/index.js';
import { insertRendered } from '../rendered/insert.js';
import { tokensIn, typedTokenAt } from '../rendered/tokens.js';
import { sortProblems } from '../spans.js';
import { frontMatter } from '../text/frontMatter.js';

const NAMES = /\.(?:md|markdown|txt|text|prompt|chatml)$/i;
const LANGUAGES: ReadonlySet<string> = new Set(['markdown', 'plaintext']);
const HEAD_LENGTH = 65_536;
/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;

/** The grammar whose markup begins first: contents may quote others. */
function grammarOf(text: string): Grammar | null {
  let found: Grammar | null = null;
  let first = Infinity;
  for (const grammar of GRAMMARS) {
    const at = text.slice(0, first).search(grammar.begins);
    if (at < 0 || at >= first) continue;
    [found, first] = [grammar, at];
  }
  return found;
}

function* parse(text: string): Generator<void, ParsedTranscript> {
  const front = frontMatter(text);
  const grammar = grammarOf(text);
  if (!grammar) return { conversations: [], problems: [] };
  const builder = new RenderedBuilder(text);
  const end = Math.max(front.end, typedTokenAt(text, grammar.tokens));
  const tokens = tokensIn(text, grammar.pattern, front.end, end);
  let token = tokens.next().value ?? null;
  if (grammar.opening) grammar.opening(builder, front.end, token?.start ?? end);
  else builder.between(front.end, token?.start ?? end);
  let paused = 0;
  while (token) {
    const next = tokens.next().value ?? null;
    grammar.read(builder, token, next?.start ?? end);
    token = next;
    if ((token?.start ?? end) - paused < SLICE_LENGTH) continue;
    paused = token?.start ?? end;
    yield;
  }
  const pending = builder.finish();
  const { turns } = builder;
  if (turns.length === 0) return { conversations: [], problems: [] };
  const conversation: Conversation = {
    id: '0',
    span: { start: turns[0]!.span.start, end: text.length },
    turns,
    ...(front.model ? { model: front.model } : {}),
    ...(builder.tools ? { tools: builder.tools } : {}),
    parameters: front.parameters,
    rendered: { markup: grammar.id, pending },
  };
  return { conversations: [conversation], problems: sortProblems(builder.problems) };
}

/** The text without its code fences: documents about templates quote them there. */
const withoutFences = (head: string): string =>
  head.replace(/(?:^|[\r\n]) {0,3}(`{3,}|~{3,})[^\r\n]*[\r\n][^]*?(?:[\r\n] {0,3}\1|$)/g, '\n');

/** Two roles, and the first control token at the start of a line: a sentence about a token is no prompt. */
function isRendered(head: string, isPart: boolean): boolean {
  const text = head.includes('```') || head.includes('~~~') ? withoutFences(head) : head;
  const grammar = grammarOf(text);
  if (!grammar) return false;
  const first = tokensIn(text, grammar.pattern, 0, text.length).next().value;
  if (!first) return false;
  const isInLine = /\S/.test(text.slice(text.lastIndexOf('\n', first.start - 1) + 1, first.start));
  if (isInLine && !grammar.opening) return false;
  const roles = new Set<string>();
  for (const role of rolesIn(grammar, text)) if (roles.add(role).size > 1) return true;
  // A first turn that is longer than the head hides the second.
  return isPart && roles.size === 1 && text.slice(0, first.start).trim() === '';
}

/** Cheap on the many files that have no control token at all. */
const ANY_TOKEN = /<[|｜]|<start_of_turn>|\[INST\]|\[SYSTEM_PROMPT\]|ASSISTANT:[^]*<\/s>/;

function detect({ path, languageId }: FileHint, head: string): 'name' | 'content' | null {
  if (!ANY_TOKEN.test(head)) return null;
  const named = NAMES.test(path) || (!/\.[^./]+$/.test(path) && languageId === undefined);
  if (!(languageId === undefined || NAMES.test(path) ? named : LANGUAGES.has(languageId))) return null;
  if (!isRendered(head.slice(frontMatter(head).end), head.length >= HEAD_LENGTH)) return null;
  // Other languages have the name `.prompt` too; control tokens tell.
  return /\.prompt$/i.test(path) ? 'name' : 'content';
}

export const renderedTemplate: FormatAdapter = {
  id: 'rendered-template',
  title: 'Rendered Chat Template',
  family: 'rendered-template',
  description:
    'Text with the control tokens of a chat template: ChatML, Llama 3 and 4, Llama 2 and Mistral `[INST]`, Gemma, Phi, Zephyr, GLM, DeepSeek, Harmony (gpt-oss), Vicuna.',
  files: ['*.txt', '*.prompt', '*.md'],
  notes: [
    'A control token is one token and markup; the text between them is counted as it stands, blanks included.',
    "The overhead of a turn is the file's own markup: no default system prompt is added.",
    'A generation prompt at the end is input of the reply to come; it is no empty reply.',
    'Thoughts, tool calls and tool results are told apart by their tags or channels.',
  ],
  sample: 'puzzle-chatml.txt',
  writable: true,
  detect,
  parse,
  insertReply: (text, conversation, turnIndex, reply) =>
    insertRendered((source) => drain(parse(source)), text, conversation, turnIndex, reply),
};
