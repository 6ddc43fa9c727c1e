/**
 * POML: markup like XML, with expressions in double braces. Who speaks: elements that are messages, inputs and outputs of
 * examples, and `speaker` on any element; what nobody claims is the system's until a human has spoken, and the user's in a file where nobody is named.
 * Neighbours with the same speaker are one turn.
 */
import type { Conversation, FormatAdapter, ParsedTranscript } from '../model.js';
import { drain } from '../parseTranscript.js';
import { escapedPoml } from '../poml/contentWriter.js';
import { pomlEvents } from '../poml/events.js';
import { PomlReader } from '../poml/reader.js';
import { checked, lineBreakOf } from '../prompt/insert.js';
import { hasPlaceholder } from '../prompt/mustaches.js';
import { sortProblems } from '../spans.js';

const MARKUP = /<(?:poml|[a-z]+-msg|[a-z]+-message|let|include|task|role|p)\b/i;
const ROOT = /^\s*(?:<!--(?:[^-]|-(?!->))*-->\s*)?<poml[\s>]/;

function* parse(text: string): Generator<void, ParsedTranscript> {
  const isFree = !MARKUP.test(text);
  const reader = new PomlReader(text, isFree);
  if (isFree) reader.text(0, text.length);
  else yield* pomlEvents(text, reader);
  reader.finish();
  const turns = reader.turns();
  const problems = sortProblems(reader.problems);
  if (turns.length === 0) return { conversations: [], problems };
  const { model, parameters, values } = reader;
  const hidden = reader.hidden();
  const tools = reader.tools();
  const conversation: Conversation = {
    id: '0',
    span: { start: turns[0]!.span.start, end: Math.max(text.trimEnd().length, turns.at(-1)!.span.end) },
    turns,
    ...(model ? { model } : {}),
    ...(tools ? { tools } : {}),
    parameters,
    ...(hidden.length > 0 ? { hidden } : {}),
    ...(hasPlaceholder(text, 0, text.length, ['{{'])
      ? {
          template: {
            syntax: 'poml' as const,
            samples: Object.keys(values).length > 0 ? [{ name: 'let', values }] : [],
          },
        }
      : {}),
  };
  return { conversations: [conversation], problems };
}

function insertReply(text: string, conversation: Conversation, turnIndex: number, reply: string) {
  const turn = conversation.turns[turnIndex];
  if (!turn) return null;
  const indent = /[ \t]*$/.exec(text.slice(Math.max(0, turn.span.start - 200), turn.span.start))![0];
  const insert = `${lineBreakOf(text)}${indent}<ai-msg whiteSpace="pre">${escapedPoml(reply)}</ai-msg>`;
  const edit = { offset: turn.span.end, insert };
  return checked((source) => drain(parse(source)), text, conversation, turnIndex, reply, edit);
}

export const poml: FormatAdapter = {
  id: 'poml',
  title: 'POML',
  family: 'prompt-file',
  description:
    'Markup with `<system-msg>`, `<user-msg>`, `<ai-msg>`, or `speaker` on any element, and `{{ expressions }}`.',
  files: ['*.poml'],
  notes: [
    'The text as written is counted: the captions that components such as `<task>` render, and the marks of lists, are not, and make a lower bound.',
    '`<input>` and `<output>` of examples are turns, but with `chat="false"`.',
    'A run of blanks counts as one, but with `whiteSpace="pre"`.',
    'Tool definitions are counted by their name, description and schema as written.',
    'Elements with `for` and `if` are counted once.',
    'Files by `src`, conversations and the schema of the reply are sent too and are not counted.',
    'Literal values of `<let>` are samples for the template.',
  ],
  sample: 'travel-guide.poml',
  writable: true,
  detect({ path, languageId }, head) {
    if (/\.poml$/i.test(path) || languageId === 'poml') return 'name';
    const unnamed = !/\.[^./]+$/.test(path) && (languageId === undefined || languageId === 'plaintext');
    return unnamed && ROOT.test(head) ? 'content' : null;
  },
  parse,
  insertReply,
};
