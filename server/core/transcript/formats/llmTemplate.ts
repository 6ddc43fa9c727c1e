/** Templates of the `llm` command line tool: YAML with `prompt`, `system` and a few other keys. */
import type { Conversation, FileHint, FormatAdapter, HiddenContext, ParsedTranscript, Turn } from '../model.js';
import { sortProblems } from '../spans.js';
import {
  hasPlaceholder,
  impliedTurn,
  itemsOf,
  maxTokensOf,
  memberValue,
  membersOf,
  modelOf,
  readYaml,
  readYamlNow,
  report,
  resolved,
  sampleOf,
  scalarPiece,
  scalarText,
  scalarType,
  templateOf,
  type YamlNode,
  type YamlSource,
} from '../yaml/index.js';

const FOLDER = /(?:^|\/)io\.datasette\.llm\/templates\/[^/]+\.ya?ml$/i;
/** What a repository is called that the tool loads templates from (`gh:name/template`). */
const REPOSITORY = /(?:^|\/)llm-templates\/[^/]+\.ya?ml$/i;
const YAML_NAMES = /\.ya?ml$/i;
/** All that such a template may have. */
const KEYS: ReadonlySet<string> = new Set([
  ...['name', 'prompt', 'system', 'model', 'options', 'defaults', 'extract', 'extract_last', 'schema_object'],
  ...['attachments', 'attachment_types', 'fragments', 'system_fragments', 'tools', 'functions'],
]);
/** Keys that hardly any other YAML has beside a prompt. */
const TELLING: ReadonlySet<string> = new Set(
  [...KEYS].filter((key) => !['name', 'prompt', 'system', 'model', 'options', 'tools'].includes(key)),
);
/** A longer text is no template without one of these keys: what need not be read as YAML. */
const LONG = 20_000;
const PROMPT_KEY = /^["']?(?:prompt|system)["']?[ \t]*:/m;
const CAP_KEYS = ['max_tokens', 'max_output_tokens', 'max_completion_tokens', 'num_predict'] as const;

/** What is put before the prompt from elsewhere. */
const OTHERS: readonly (readonly [key: string, what: string])[] = [
  ['system_fragments', 'the fragments before the system prompt'],
  ['fragments', 'the fragments before the prompt'],
  ['attachments', 'the attachments'],
  ['attachment_types', 'the attachments'],
  ['tools', 'the definitions of the tools'],
  ['functions', 'the definitions of the functions'],
];

function hiddenOf(root: YamlNode, hasPrompt: boolean, system: YamlNode | null): HiddenContext[] {
  const hidden = OTHERS.flatMap(([key, what]) => {
    const node = memberValue(root, key);
    return node && node.end > node.start ? [{ what, span: { start: node.start, end: node.end } }] : [];
  });
  // Without a prompt of its own the text given to the command is the prompt.
  if (!hasPrompt && system)
    hidden.push({ what: 'the text that the template is used on', span: { start: system.start, end: system.end } });
  return hidden;
}

function* parse(text: string): Generator<void, ParsedTranscript> {
  if (text.length > LONG && !PROMPT_KEY.test(text)) return { conversations: [], problems: [] };
  const { roots, problems: found } = yield* readYaml(text);
  const source: YamlSource = { text, problems: [...found] };
  const root = roots[0] ?? null;
  // A template may be a text alone.
  const isText = resolved(root)?.kind === 'scalar';
  const nodes = { system: memberValue(root, 'system'), user: isText ? root : memberValue(root, 'prompt') };
  const turns: Turn[] = [];
  for (const role of ['system', 'user'] as const) {
    const node = nodes[role];
    if (!node) continue;
    const type = scalarType(text, node);
    if (type === null) report(source.problems, 'warning', 'not-counted', node, 'This is no text: not counted.');
    const piece = type === null || type === 'null' ? null : scalarPiece(source, 'text', node);
    if (piece) turns.push(impliedTurn(role, node, [piece], turns.length));
  }
  if (!root || turns.length === 0) return { conversations: [], problems: sortProblems(source.problems) };
  for (const { key, keyStart, keyEnd } of membersOf(root)) {
    if (KEYS.has(key)) continue;
    const message = `llm knows no key "${key.slice(0, 40)}" in a template, and will not load it.`;
    report(source.problems, 'warning', 'unknown-key', { start: keyStart, end: keyEnd }, message);
  }
  const schema = memberValue(root, 'schema_object');
  if (schema) {
    const span = { start: schema.start, end: Math.min(schema.end, schema.start + 1) };
    report(
      source.problems,
      'hint',
      'not-counted',
      span,
      'The schema is sent too: how a model is told of it differs, so it is not counted.',
    );
  }
  const hidden = hiddenOf(
    root,
    turns.some(({ role }) => role === 'user'),
    nodes.system,
  );
  const defaults = sampleOf(text, memberValue(root, 'defaults'), 'defaults');
  const title = scalarText(text, memberValue(root, 'name'));
  const conversation: Conversation = {
    id: '0',
    ...(title ? { title } : {}),
    span: { start: root.start, end: root.end },
    turns,
    ...modelOf(text, memberValue(root, 'model')),
    parameters: maxTokensOf(text, memberValue(root, 'options'), CAP_KEYS),
    ...(hidden.length > 0 ? { hidden } : {}),
    ...templateOf(turns, 'dollar', defaults ? [defaults] : []),
  };
  return { conversations: [conversation], problems: sortProblems(source.problems) };
}

/** Whether YAML outside the tool's folder is a template: its keys alone, and something that only a template has. */
function isShaped({ path, languageId }: FileHint, head: string): boolean {
  if (!(languageId === 'yaml' || YAML_NAMES.test(path))) return false;
  if (!PROMPT_KEY.test(head)) return false;
  const { roots, problems } = readYamlNow(head);
  const [root] = roots;
  if (!root || roots.length > 1 || resolved(root)?.kind !== 'map' || problems.length > 1) return false;
  const members = membersOf(root);
  if (members.some(({ key }) => !KEYS.has(key))) return false;
  const texts = ['prompt', 'system'].map((key) => scalarText(head, memberValue(root, key)));
  if (!texts.some((each) => each !== null && /\S\s+\S/.test(each))) return false;
  const isTelling = members.some(({ key }) => TELLING.has(key)) || itemsOf(memberValue(root, 'tools')).length > 0;
  return (
    isTelling || texts.every((each) => each !== null) || texts.some((each) => each && hasPlaceholder(each, 'dollar'))
  );
}

export const llmTemplate: FormatAdapter = {
  id: 'llm-template',
  title: 'LLM Template',
  family: 'prompt-file',
  description: 'YAML with `prompt` and `system`, as the `llm` command line tool keeps templates.',
  files: ['io.datasette.llm/templates/*.yaml', 'llm-templates/*.yaml'],
  notes: [
    'The system prompt comes first, wherever it stands in the file.',
    '`$$` is counted as it is written; a model gets one `$`.',
    'Fragments, attachments, tools and the schema of the reply are not counted.',
  ],
  sample: 'summarise.llm.yaml',
  writable: false,
  detect: (hint, head) => {
    const named = FOLDER.test(hint.path) || (REPOSITORY.test(hint.path) && PROMPT_KEY.test(head));
    return named ? 'name' : isShaped(hint, head) ? 'content' : null;
  },
  parse,
};
