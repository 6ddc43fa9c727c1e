/**
 * Configurations of promptfoo in YAML or JSON: each prompt that stands in the file is a conversation, the variables of
 * its tests are the samples.
 */
import { append } from '../append.js';
import type {
  Conversation,
  FileHint,
  FormatAdapter,
  HiddenContext,
  ParsedTranscript,
  Problem,
  Turn,
} from '../model.js';
import { sortProblems } from '../spans.js';
import {
  hasKey,
  impliedTurn,
  itemsOf,
  maxTokensOf,
  memberValue,
  membersOf,
  messageTurns,
  readYaml,
  readYamlNow,
  report,
  resolved,
  sampleOf,
  scalarPiece,
  scalarText,
  templateOf,
  isSureMessage,
  type Sample,
  type YamlNode,
  type YamlSource,
} from '../yaml/index.js';

const NAMES = /(?:^|\/)promptfooconfig(?:\.[\w-]+)*\.(?:ya?ml|json)$/i;
const YAML_NAMES = /\.ya?ml$/i;
/** Without this key no text is a configuration: what need not be read as YAML. */
const PROMPTS = /(?:^|[\s"'{,])prompts["']?[ \t]*:/;
const FILE = /^(?:file|https?|exec|python|langfuse|portkey):/;
/** `openai:chat:gpt-4o-mini`: the provider, how it is asked, the model. Some providers are others behind one name. */
const PROVIDER =
  /^[\w.-]+:(?:(?:openai|azureopenai|azure|anthropic|google|mistral|meta):)?(?:(?:chat|completions?|responses|messages|text|text-generation|live|realtime):)?(?=[\w@])/;
/** What names an address, a program, an endpoint or an agent, and what makes no text. */
const NO_MODEL =
  /^(?:https?|wss?|exec|file|python|package|golang|ruby|webhook|browser|mcp|sequence|promptfoo|sagemaker|helicone)\b|:(?:assistants?|agents?|agentcore|embeddings?|image|audio|video|speech|transcription|moderation|kb):|\.[cm]?[jt]s\b|\.py\b/i;
const CAP_KEYS = ['max_completion_tokens', 'max_output_tokens', 'max_tokens', 'maxOutputTokens', 'maxTokens'] as const;

/** What the only provider says: its model and its cap on the reply. Nothing where there are several. */
function providerOf(text: string, root: YamlNode): Pick<Conversation, 'model' | 'parameters'> {
  const providers = memberValue(root, 'providers') ?? memberValue(root, 'targets');
  const items = resolved(providers)?.kind === 'seq' ? itemsOf(providers) : providers ? [providers] : [];
  const [only] = items;
  if (!only || items.length > 1) return { parameters: {} };
  const id = resolved(only)?.kind === 'map' ? memberValue(only, 'id') : only;
  const parameters = maxTokensOf(text, memberValue(only, 'config'), CAP_KEYS);
  const written = scalarText(text, id);
  if (!id || !written || NO_MODEL.test(written) || !PROVIDER.test(written)) return { parameters };
  const model = written.replace(PROVIDER, '');
  const at = text.slice(id.start, id.end).indexOf(model);
  if (at < 0 || model === '') return { parameters };
  return { parameters, model: { id: model, span: { start: id.start + at, end: id.start + at + model.length } } };
}

/** The variables of each test, with those of `defaultTest` under them. */
function samplesOf(text: string, root: YamlNode): Sample[] {
  const common = sampleOf(text, memberValue(memberValue(root, 'defaultTest'), 'vars'), 'default')?.values ?? {};
  const samples = itemsOf(memberValue(root, 'tests')).flatMap((test, at) => {
    const sample = sampleOf(text, memberValue(test, 'vars'), `test ${at + 1}`, memberValue(test, 'description'));
    return sample ? [{ name: sample.name, values: { ...common, ...sample.values } }] : [];
  });
  return samples.length > 0 || Object.keys(common).length === 0 ? samples : [{ name: 'default', values: common }];
}

/** The messages of a prompt whose text is a list of messages in JSON or YAML, as literal blocks have it; null for none. */
function innerMessages(source: YamlSource, prompt: YamlNode): Turn[] | null {
  const { style, block, end } = resolved(prompt) ?? {};
  if (style !== 'literal' || !block || end === undefined || prompt.kind !== 'scalar') return null;
  if (!/^\s*(?:\[|- )/.test(source.text.slice(block.bodyStart, block.bodyStart + 200))) return null;
  const { roots, problems } = readYamlNow(source.text, block.bodyStart, end);
  const [list] = roots;
  if (!list || !itemsOf(list).some((item) => isSureMessage(source.text, item, true))) return null;
  append(source.problems, problems);
  return messageTurns(source, list);
}

const isFile = (text: string): boolean => /^file:\/\/\S+$/.test(text.trim());

/** What messages take from files (`content: file://rules.txt`). */
function hiddenIn(turns: readonly Turn[]): HiddenContext[] {
  return turns.flatMap(({ pieces }) =>
    pieces
      .filter(({ text }) => isFile(text))
      .map(({ text, spans }) => ({ what: `the text of ${text.trim().slice(0, 80)}`, span: spans[0]! })),
  );
}

/** The name of a file is no text. */
const withoutFiles = (turns: readonly Turn[]): Turn[] =>
  turns.map((turn) => ({ ...turn, pieces: turn.pieces.filter(({ text }) => !isFile(text)) }));

/** The text of an entry of `prompts`, which may be a map around it. */
function promptText(entry: YamlNode): YamlNode | null {
  if (resolved(entry)?.kind === 'scalar') return entry;
  return memberValue(entry, 'raw') ?? memberValue(entry, 'prompt') ?? memberValue(entry, 'id');
}

/** Longest text that may be the name of a file, in code units. */
const LONGEST_NAME = 1000;

const isLong = (node: YamlNode | null): boolean => node?.kind === 'scalar' && node.end - node.start > LONGEST_NAME;

function turnsOf(source: YamlSource, entry: YamlNode): Turn[] {
  const value = resolved(entry);
  if (value?.kind === 'seq') return messageTurns(source, entry);
  const prompt = promptText(entry);
  // A long text is decoded once.
  const written = isLong(prompt) ? 'a long text' : scalarText(source.text, prompt);
  if (value?.kind === 'map' && !prompt) {
    report(source.problems, 'warning', 'not-counted', entry, 'This prompt is a map to YAML: put its text in quotes.');
  }
  if (!prompt || !written?.trim()) return [];
  if (
    FILE.test(written) ||
    /^[\w./\\*-]+\.(?:txt|json|jsonl|ya?ml|md|j2|csv|c?js|mjs|ts|py)(?::\w+)?$/.test(written.trim())
  ) {
    const message = `${written.trim().slice(0, 80)} is another file: not counted here, open it by itself.`;
    report(source.problems, 'hint', 'not-counted', prompt, message);
    return [];
  }
  const inner = innerMessages(source, prompt);
  if (inner && inner.length > 0) return inner;
  const piece = scalarPiece(source, 'text', prompt);
  return piece && piece.text.trim() !== '' ? [impliedTurn('user', prompt, [piece])] : [];
}

function* parse(text: string): Generator<void, ParsedTranscript> {
  if (!PROMPTS.test(text)) return { conversations: [], problems: [] };
  const { roots, problems: found } = yield* readYaml(text);
  const problems: Problem[] = [...found];
  const source: YamlSource = { text, problems };
  const root = roots[0] ?? null;
  const prompts = memberValue(root, 'prompts');
  const items = resolved(prompts)?.kind === 'seq' ? itemsOf(prompts) : prompts ? [prompts] : [];
  // A list of messages by itself is one prompt.
  const entries = prompts && items.some((item) => isSureMessage(text, item, false)) ? [prompts] : items;
  const samples = root ? samplesOf(text, root) : [];
  const provider = root ? providerOf(text, root) : { parameters: {} };
  const conversations: Conversation[] = [];
  for (const entry of entries) {
    const turns = turnsOf(source, entry);
    if (turns.length === 0) continue;
    const hidden = hiddenIn(turns);
    const title = scalarText(text, memberValue(entry, 'label')) ?? scalarText(text, memberValue(entry, 'id'));
    conversations.push({
      id: String(conversations.length),
      ...(title ? { title } : {}),
      span: { start: entry.start, end: Math.max(entry.end, turns.at(-1)!.span.end) },
      turns: withoutFiles(turns),
      ...provider,
      ...(hidden.length > 0 ? { hidden } : {}),
      ...templateOf(turns, 'jinja', samples),
    });
  }
  return { conversations, problems: sortProblems(problems) };
}

/** Whether YAML of another name is a configuration: prompts, and what answers or tests them. */
function isShaped({ path, languageId }: FileHint, head: string): boolean {
  if (!(languageId === 'yaml' || YAML_NAMES.test(path))) return false;
  if (!/^prompts[ \t]*:/m.test(head) || !/^(?:providers|targets|tests)[ \t]*:/m.test(head)) return false;
  const root = readYamlNow(head).roots[0] ?? null;
  const prompts = memberValue(root, 'prompts');
  if (!prompts || !hasKey(root, 'providers', 'targets', 'tests')) return false;
  return resolved(prompts)?.kind === 'scalar' || itemsOf(prompts).length > 0 || membersOf(prompts).length > 0;
}

export const promptfooConfig: FormatAdapter = {
  id: 'promptfoo-config',
  title: 'Promptfoo Configuration',
  family: 'prompt-file',
  description: '`promptfooconfig.yaml` or `.json`: each prompt written in it is a conversation.',
  files: ['promptfooconfig.yaml', 'promptfooconfig.yml', 'promptfooconfig.json'],
  notes: [
    'The variables of `tests` are the sample values of the placeholders.',
    'Prompts in other files are not counted here; configurations in JavaScript or TypeScript are not read.',
    'Where there is one provider, its model is the model of the prompts.',
  ],
  sample: 'promptfooconfig.yaml',
  writable: false,
  detect: (hint, head) => (NAMES.test(hint.path) ? 'name' : isShaped(hint, head) ? 'content' : null),
  parse,
};
