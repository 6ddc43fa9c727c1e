/**
 * Prompts of GitHub Models: YAML with `messages`, `model`, `modelParameters`, and `testData` whose values fill the
 * `{{placeholders}}`.
 */
import type { Conversation, FileHint, FormatAdapter, ParsedTranscript } from '../model.js';
import { drain } from '../parseTranscript.js';
import { sortProblems } from '../spans.js';
import {
  insertYamlMessage,
  isSureMessage,
  itemsOf,
  maxTokensOf,
  memberValue,
  messageTurns,
  modelOf,
  readYaml,
  readYamlNow,
  report,
  sampleOf,
  scalarText,
  templateOf,
  type Sample,
  type YamlNode,
  type YamlSource,
} from '../yaml/index.js';

const NAMES = /\.prompt\.ya?ml$/i;
const YAML_NAMES = /\.ya?ml$/i;
/** Without this key no text is a prompt: what need not be read as YAML. */
const MESSAGES = /(?:^|[\s"'{,])messages["']?[ \t]*:/;
/** What caps the reply, as the editor writes it and as the API calls it. */
const CAP_KEYS = ['maxCompletionTokens', 'max_completion_tokens', 'maxTokens', 'max_tokens'] as const;

/** One sample for each row of `testData`, without what the reply is expected to be. */
function samplesOf(text: string, root: YamlNode): Sample[] {
  return itemsOf(memberValue(root, 'testData')).flatMap((row, at) => {
    const sample = sampleOf(text, row, `test ${at + 1}`, memberValue(row, 'name') ?? memberValue(row, 'input'));
    if (!sample) return [];
    const { expected: _expected, ...values } = sample.values;
    return [{ name: sample.name, values }];
  });
}

/** What is sent beside the messages and not counted. */
function reportUncounted({ problems }: YamlSource, root: YamlNode): void {
  const schema = memberValue(root, 'jsonSchema');
  if (!schema || schema.end === schema.start) return;
  const span = { start: schema.start, end: Math.min(schema.end, schema.start + 1) };
  report(
    problems,
    'hint',
    'not-counted',
    span,
    'jsonSchema is sent too: how a model is told of it differs, so it is not counted.',
  );
}

function* parse(text: string): Generator<void, ParsedTranscript> {
  if (!MESSAGES.test(text)) return { conversations: [], problems: [] };
  const { roots, problems: found } = yield* readYaml(text);
  const source: YamlSource = { text, problems: [...found] };
  const root = roots[0];
  const turns = messageTurns(source, memberValue(root ?? null, 'messages'));
  if (!root || turns.length === 0) return { conversations: [], problems: sortProblems(source.problems) };
  reportUncounted(source, root);
  const title = scalarText(text, memberValue(root, 'name'));
  const conversation: Conversation = {
    id: '0',
    ...(title ? { title } : {}),
    span: { start: root.start, end: root.end },
    turns,
    ...modelOf(text, memberValue(root, 'model')),
    parameters: maxTokensOf(text, memberValue(root, 'modelParameters'), CAP_KEYS),
    ...templateOf(turns, 'mustache', samplesOf(text, root)),
  };
  return { conversations: [conversation], problems: sortProblems(source.problems) };
}

/** Whether YAML of another name has the shape: a map with `messages` that are chat messages. */
function isShaped({ path, languageId }: FileHint, head: string): boolean {
  const named = languageId === 'yaml' || YAML_NAMES.test(path);
  if (!named || !/^messages[ \t]*:/m.test(head) || !/\brole\b/.test(head)) return false;
  const messages = memberValue(readYamlNow(head).roots[0] ?? null, 'messages');
  return itemsOf(messages).some((item) => isSureMessage(head, item, false));
}

export const githubModels: FormatAdapter = {
  id: 'github-models',
  title: 'GitHub Models Prompt',
  family: 'prompt-file',
  description: 'YAML with `messages`, `model` and `modelParameters`, as GitHub Models keeps prompts in a repository.',
  files: ['*.prompt.yml', '*.prompt.yaml'],
  notes: [
    'The rows of `testData` are the sample values of the placeholders.',
    'The prompts of `evaluators` and the `jsonSchema` of the reply are not counted.',
  ],
  sample: 'release-notes.prompt.yml',
  writable: true,
  detect: (hint, head) => (NAMES.test(hint.path) ? 'name' : isShaped(hint, head) ? 'content' : null),
  parse,
  insertReply: (text, conversation, turnIndex, reply) =>
    insertYamlMessage((source) => drain(parse(source)), text, conversation, turnIndex, reply),
};
