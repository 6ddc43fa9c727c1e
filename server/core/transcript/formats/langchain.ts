/**
 * Prompts that LangChain saves: `_type: prompt | few_shot | chat` in YAML or JSON, and the serialised constructors
 * (`"lc": 1`) of its prompt hub. JSON is read as the YAML that it is.
 */
import { append } from '../append.js';
import type {
  ContentPiece,
  Conversation,
  FileHint,
  FormatAdapter,
  HiddenContext,
  ParsedTranscript,
  Role,
  TemplateSyntax,
  Turn,
} from '../model.js';
import { roleOf } from '../roles.js';
import { sortProblems } from '../spans.js';
import {
  hasKey,
  impliedTurn,
  itemsOf,
  maxTokensOf,
  memberValue,
  membersOf,
  messageTurn,
  modelOf,
  readYaml,
  readYamlNow,
  report,
  resolved,
  sampleOf,
  scalarPiece,
  scalarText,
  templateOf,
  type Sample,
  type YamlNode,
  type YamlSource,
} from '../yaml/index.js';

const NAMES = /\.(?:ya?ml|json)$/i;
const LANGUAGES: ReadonlySet<string> = new Set(['yaml', 'json', 'jsonc']);
/** Without one of these keys no text is a prompt: what need not be read as YAML. */
const PROMPT_KEY = /(?:^|[\s"'{,])(?:template|template_path|messages|suffix|prefix|examples)["']?[ \t]*:/;
const TYPES: ReadonlySet<string> = new Set(['prompt', 'few_shot', 'chat']);
const CLASSES =
  /^(?:(?:Structured|Chat|String|FewShot|FewShotChatMessage)?Prompt(?:Template)?|ChatPromptTemplate|StructuredPrompt|RunnableSequence)$/;
const SYNTAXES: Readonly<Record<string, TemplateSyntax>> = {
  'f-string': 'f-string',
  jinja2: 'jinja',
  mustache: 'mustache',
};
const CAP_KEYS = ['max_completion_tokens', 'max_tokens', 'max_output_tokens', 'num_predict'] as const;

/** The roles of message classes, by the word that they begin with. */
const CLASS_ROLES: readonly (readonly [RegExp, Role])[] = [
  [/^System/, 'system'],
  [/^Human/, 'user'],
  [/^AI/, 'assistant'],
  [/^(?:Tool|Function)/, 'tool'],
];

/** Gathers what a prompt is made of. */
interface Gathered extends YamlSource {
  readonly hidden: HiddenContext[];
  readonly samples: Sample[];
  syntax: TemplateSyntax | null;
}

const spanOf = ({ start, end }: YamlNode) => ({ start, end });

/** The class of a serialised constructor: the last part of its `id`, with its place; null for any other node. */
function classOf(text: string, node: YamlNode | null): { readonly name: string; readonly node: YamlNode } | null {
  const last = hasKey(node, 'lc') || hasKey(node, 'kwargs') ? itemsOf(memberValue(node, 'id')).at(-1) : undefined;
  const name = last ? scalarText(text, last) : null;
  return name !== null && last ? { name, node: last } : null;
}

/** The arguments of a constructor; the node itself where it is none. */
const argumentsOf = (node: YamlNode): YamlNode => memberValue(node, 'kwargs') ?? node;

function noteTemplate(gathered: Gathered, values: YamlNode): void {
  const format = scalarText(gathered.text, memberValue(values, 'template_format'));
  gathered.syntax ??= SYNTAXES[format ?? ''] ?? null;
  const sample = sampleOf(gathered.text, memberValue(values, 'partial_variables'), 'partial variables');
  if (sample && gathered.samples.length === 0) gathered.samples.push(sample);
}

/** The texts of a prompt template: a string, `template`, `content`, or a list of such. */
function piecesOf(gathered: Gathered, node: YamlNode | null, depth = 0): ContentPiece[] {
  const value = resolved(node);
  if (!node || !value || depth > 5) return [];
  if (value.kind === 'scalar') {
    const piece = scalarPiece(gathered, 'text', node);
    return piece ? [piece] : [];
  }
  if (value.kind === 'seq') return itemsOf(node).flatMap((item) => piecesOf(gathered, item, depth + 1));
  const values = argumentsOf(node);
  noteTemplate(gathered, values);
  const url =
    memberValue(memberValue(values, 'template'), 'url') ?? memberValue(memberValue(values, 'image_url'), 'url');
  if (url) return [{ kind: 'image', spans: [spanOf(url)], text: '' }];
  const path = memberValue(values, 'template_path');
  if (path) gathered.hidden.push({ what: `the template in ${nameOf(gathered.text, path)}`, span: spanOf(path) });
  const inner = ['template', 'prompt', 'content', 'text'].map((key) => memberValue(values, key)).find(Boolean);
  return piecesOf(gathered, inner ?? null, depth + 1);
}

const nameOf = (text: string, node: YamlNode): string => (scalarText(text, node) ?? 'another file').slice(0, 80);

/** The turn of one entry of `messages`; null where it stands for messages that are not in the file. */
function turnOf(gathered: Gathered, node: YamlNode, index: number): Turn | null {
  const { text } = gathered;
  const made = classOf(text, node);
  const values = argumentsOf(node);
  const variable = memberValue(values, 'variable_name');
  if (made?.name === 'MessagesPlaceholder' || (variable && !hasKey(values, 'prompt', 'content', 'template'))) {
    const name = scalarText(text, variable) ?? 'a variable';
    gathered.hidden.push({ what: `the messages in ${name.slice(0, 80)}`, span: spanOf(node) });
    return null;
  }
  if (made) {
    const given = scalarText(text, memberValue(values, 'role'));
    const role = CLASS_ROLES.find(([begins]) => begins.test(made.name))?.[1] ?? (given && roleOf(given)) ?? null;
    if (role === null || role === '') {
      const message = `${made.name.slice(0, 60)} is no message that has a role: counted as user.`;
      report(gathered.problems, 'warning', 'unknown-role', made.node, message);
    }
    return { ...impliedTurn(role || 'user', node, piecesOf(gathered, values), index), ...roleAt(text, made) };
  }
  // A pair of role and text, as code has it.
  const [first, second] = itemsOf(node);
  const word = first ? scalarText(text, first) : null;
  if (first && second && word !== null) {
    const role = roleOf(word);
    if (role === null)
      report(
        gathered.problems,
        'warning',
        'unknown-role',
        first,
        `Unknown role "${word.slice(0, 40)}": counted as user.`,
      );
    return {
      ...impliedTurn(role ?? 'user', node, piecesOf(gathered, second), index),
      ...roleAt(text, { name: word, node: first }),
    };
  }
  if (hasKey(node, 'role') && !hasKey(node, 'content')) {
    const given = scalarText(text, memberValue(node, 'role')) ?? '';
    return impliedTurn(roleOf(given) ?? 'user', node, piecesOf(gathered, node), index);
  }
  noteTemplate(gathered, node);
  return messageTurn(gathered, node, index);
}

/** The role as the file writes it, and where. */
function roleAt(text: string, { name, node }: { readonly name: string; readonly node: YamlNode }): Partial<Turn> {
  for (const inner of [0, 1]) {
    const roleSpan = { start: node.start + inner, end: node.end - inner };
    if (text.slice(roleSpan.start, roleSpan.end) === name && name !== '') return { roleRaw: name, roleSpan };
  }
  return {};
}

/** Prefix, examples and suffix are one text to the model. */
function fewShotPieces(gathered: Gathered, node: YamlNode): ContentPiece[] {
  const { text, hidden } = gathered;
  const examples = memberValue(node, 'examples');
  const pieces = piecesOf(gathered, memberValue(node, 'prefix'));
  if (resolved(examples)?.kind === 'scalar' && examples) {
    hidden.push({ what: `the examples in ${nameOf(text, examples)}`, span: spanOf(examples) });
  }
  for (const example of itemsOf(examples)) {
    for (const { value } of membersOf(example)) append(pieces, piecesOf(gathered, value));
  }
  const path = memberValue(node, 'example_prompt_path');
  if (path) hidden.push({ what: `the labels of the examples in ${nameOf(text, path)}`, span: spanOf(path) });
  append(pieces, piecesOf(gathered, memberValue(node, 'suffix')));
  return pieces;
}

/** Whether a map without a type is a prompt: that is what a missing type stands for. Its variables are names. */
const isUntyped = (node: YamlNode): boolean => {
  const variables = memberValue(node, 'input_variables');
  return (
    resolved(variables)?.kind === 'seq' &&
    itemsOf(variables).every((item) => resolved(item)?.kind === 'scalar') &&
    hasKey(node, 'template', 'template_path', 'messages', 'suffix')
  );
};

/** Where chains of the older kind have their prompt, or the chain that has it. */
const HOLDERS = ['manifest', 'prompt', 'llm_chain'] as const;

/** The prompt in a value: itself, or the first step of a chain. */
function promptIn(text: string, node: YamlNode | null, depth = 0): YamlNode | null {
  if (!node || depth > 4) return null;
  const made = classOf(text, node);
  const type = scalarText(text, memberValue(node, '_type'));
  if (made?.name === 'RunnableSequence') return promptIn(text, memberValue(argumentsOf(node), 'first'), depth + 1);
  if (made ? CLASSES.test(made.name) : type === null ? isUntyped(node) : TYPES.has(type)) return node;
  const inner = HOLDERS.map((key) => memberValue(node, key)).find(Boolean) ?? null;
  return inner && promptIn(text, inner, depth + 1);
}

/** The model at the end of a chain: what it is called, and its cap on the reply. */
function chainModel(text: string, root: YamlNode): Pick<Conversation, 'model' | 'parameters'> {
  let node = memberValue(argumentsOf(root), 'last') ?? memberValue(memberValue(root, 'llm_chain') ?? root, 'llm');
  for (let depth = 0; node && depth < 4; depth++) {
    const values = argumentsOf(node);
    const model = memberValue(values, 'model_name') ?? memberValue(values, 'model');
    if (model) return { ...modelOf(text, model), parameters: maxTokensOf(text, values, CAP_KEYS) };
    node = memberValue(values, 'bound');
  }
  return { parameters: {} };
}

function* parse(text: string): Generator<void, ParsedTranscript> {
  if (!PROMPT_KEY.test(text)) return { conversations: [], problems: [] };
  const { roots, problems: found } = yield* readYaml(text);
  const gathered: Gathered = { text, problems: [...found], hidden: [], samples: [], syntax: null };
  const root = roots[0] ?? null;
  const prompt = promptIn(text, root) ?? root;
  if (!root || !prompt) return { conversations: [], problems: gathered.problems };
  const values = argumentsOf(prompt);
  noteTemplate(gathered, values);
  const turns: Turn[] = [];
  const messages = memberValue(values, 'messages');
  if (messages) {
    for (const node of itemsOf(messages)) {
      const turn = turnOf(gathered, node, turns.length);
      if (turn) turns.push(turn);
    }
  } else {
    const isFewShot = hasKey(values, 'examples', 'suffix', 'prefix');
    const pieces = isFewShot ? fewShotPieces(gathered, values) : piecesOf(gathered, prompt);
    if (pieces.length > 0) turns.push(impliedTurn('user', values, pieces));
  }
  if (turns.length === 0) {
    for (const { what, span } of gathered.hidden) {
      report(gathered.problems, 'hint', 'not-counted', span, `Not counted here: ${what}. Open it by itself.`);
    }
    return { conversations: [], problems: sortProblems(gathered.problems) };
  }
  const conversation: Conversation = {
    id: '0',
    span: spanOf(root),
    turns,
    ...chainModel(text, root),
    ...(gathered.hidden.length > 0 ? { hidden: gathered.hidden } : {}),
    ...templateOf(turns, gathered.syntax ?? 'f-string', gathered.samples),
  };
  return { conversations: [conversation], problems: sortProblems(gathered.problems) };
}

function detect({ path, languageId }: FileHint, head: string): 'content' | null {
  const named = NAMES.test(path) || LANGUAGES.has(languageId ?? '');
  if (!named || !/(?:^|["'\s{,])(?:_type|input_variables)["']?[ \t]*:|"lc"[ \t]*:/m.test(head)) return null;
  const root = readYamlNow(head).roots[0] ?? null;
  const prompt = promptIn(head, root);
  if (!prompt) return null;
  const values = argumentsOf(prompt);
  return hasKey(values, 'template', 'template_path', 'messages', 'suffix', 'examples') ? 'content' : null;
}

export const langchain: FormatAdapter = {
  id: 'langchain',
  title: 'LangChain Prompt',
  family: 'prompt-file',
  description:
    'YAML or JSON that LangChain saves a prompt as: `_type` or `input_variables` with a `template`, or constructors with `"lc": 1`.',
  files: ['*.yaml', '*.json'],
  notes: [
    'Of few-shot prompts the values of the examples are counted; the labels that `example_prompt` puts around each are not.',
    'Templates and examples in other files, and messages that come in by a placeholder, are not counted.',
  ],
  sample: 'translate.langchain.yaml',
  writable: false,
  detect,
  parse,
};
