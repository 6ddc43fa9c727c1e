/** What a Jinja tree says of its names: which come from outside, and which nodes print their value. */
import { parse, tokenize } from '@huggingface/jinja';

/** A node of the tree; the library exports no types of them. */
export interface JinjaNode {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Blanks that the library's scanner looks through once for each of them. */
const LONGEST_BLANK = /\s{4096}/;

/**
 * The tree of a template, blanks around its tags kept as Jinja does by default; so is a line end at the end of the text,
 * which is one piece of a prompt, not all of it.
 * @throws SyntaxError
 */
export function jinjaTree(text: string): JinjaNode {
  if (LONGEST_BLANK.test(text)) throw new SyntaxError('more than 4,000 blanks in a row');
  return parse(tokenize(`${text}\n`)) as unknown as JinjaNode;
}

const isNode = (value: unknown): value is JinjaNode =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

/** The nodes in a field: one, a list of them, or the pairs of an object literal. */
function nodesIn(value: unknown): JinjaNode[] {
  if (isNode(value)) return [value];
  if (value instanceof Map) return [...value].flat().filter(isNode);
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** Lists of statements, whose expressions are printed. */
const BLOCKS: ReadonlySet<string> = new Set(['body', 'alternate', 'defaultBlock']);

const STATEMENTS: ReadonlySet<string> = new Set([
  'If',
  'For',
  'Break',
  'Continue',
  'Set',
  'Macro',
  'Comment',
  'CallStatement',
  'FilterStatement',
]);

/** Every node that is no name of a field, a filter or a test. */
function* walk(node: JinjaNode): Generator<JinjaNode> {
  yield node;
  for (const [field, value] of Object.entries(node)) {
    if (isLabel(node, field)) {
      // The arguments of a filter or a test are values all the same.
      for (const label of nodesIn(value)) {
        if (label.type === 'CallExpression') for (const each of nodesIn(label['args'])) yield* walk(each);
      }
    } else for (const each of nodesIn(value)) yield* walk(each);
  }
}

function isLabel(node: JinjaNode, field: string): boolean {
  if (node.type === 'MemberExpression') return field === 'property' && node['computed'] !== true;
  if (node.type === 'FilterExpression' || node.type === 'FilterStatement') return field === 'filter';
  if (node.type === 'TestExpression') return field === 'test';
  return node.type === 'KeywordArgumentExpression' && field === 'key';
}

/** Names that Jinja has of its own. */
const OWN: ReadonlySet<string> = new Set(
  'true false none True False None range namespace loop caller raise_exception strftime_now'.split(' '),
);

const nameOf = (node: JinjaNode): string => (node.type === 'Identifier' ? String(node['value']) : '');

/** The names that the template itself gives values to: loop variables, `set`, macros and their arguments. */
function boundNames(tree: JinjaNode): ReadonlySet<string> {
  const bound = new Set<string>();
  const bind = (value: unknown): void => {
    for (const node of nodesIn(value)) {
      if (node.type === 'Identifier') bound.add(nameOf(node));
      else if (node.type === 'KeywordArgumentExpression') bind(node['key']);
      else if (node.type === 'TupleLiteral') bind(node['value']);
    }
  };
  for (const node of walk(tree)) {
    if (node.type === 'For') bind(node['loopvar']);
    else if (node.type === 'Set') bind(node['assignee']);
    else if (node.type === 'Macro') {
      bind(node['name']);
      bind(node['args']);
    } else if (node.type === 'CallStatement') bind(node['callerArgs']);
  }
  return bound;
}

/** Names of values from outside, each once, in the order of their use. */
export function freeNames(tree: JinjaNode): string[] {
  const bound = boundNames(tree);
  const names = new Set<string>();
  for (const node of walk(tree)) {
    const name = nameOf(node);
    if (name !== '' && !bound.has(name) && !OWN.has(name)) names.add(name);
  }
  return [...names];
}

/** The expressions whose value is printed. */
export function printedNodes(tree: JinjaNode): ReadonlySet<unknown> {
  const printed = new Set<unknown>();
  for (const node of walk(tree)) {
    for (const field of BLOCKS) {
      for (const each of nodesIn(node[field])) if (!STATEMENTS.has(each.type)) printed.add(each);
    }
  }
  return printed;
}

/** `user.name` of a printed expression, for messages. */
export function pathText(node: JinjaNode): string {
  if (node.type === 'Identifier') return nameOf(node);
  const [object] = nodesIn(node['object']);
  const [property] = nodesIn(node['property']);
  if (node.type === 'MemberExpression' && object && property?.type === 'Identifier' && node['computed'] !== true) {
    return `${pathText(object)}.${nameOf(property)}`;
  }
  return object ? pathText(object) : 'an expression';
}
