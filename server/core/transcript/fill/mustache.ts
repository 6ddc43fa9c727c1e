/**
 * Mustache, and the part of Handlebars that prompt files use: paths, sections, `if`, `unless`, `each`, `with`, `else`,
 * `json`, `lookup`, `ifEquals` and `unlessEquals`. Values are not escaped: prompts are no HTML. Partials are other files, which are not read.
 */
import { mustacheTree, wordsOf, type MustacheNode, type MustacheSection } from './mustacheTree.js';
import {
  badTemplate,
  fail,
  fieldOf,
  guarded,
  MOST_RENDERED,
  MOST_STEPS,
  placedText,
  RenderFailure,
  tooLong,
  type Rendered,
  type TemplateValues,
  type TemplateVariable,
} from './rendered.js';

/** Where a name is looked up: the innermost value last. */
interface Scope {
  readonly values: readonly unknown[];
  /** `@index`, `@key`, `@first`, `@last` of the innermost loop. */
  readonly loop: Readonly<Record<string, unknown>>;
}

const BLOCK_HELPERS: ReadonlySet<string> = new Set(['if', 'unless', 'each', 'with', 'ifEquals', 'unlessEquals']);

/** @param climbs Mustache's rule: a name that the innermost value lacks is looked up further out */
export function renderMustache(text: string, values: TemplateValues, climbs: boolean): Rendered {
  let steps = 0;
  let length = 0;

  function lookup(path: string, scope: Scope): unknown {
    const literal = literalOf(path);
    if (literal !== undefined) return literal;
    if (path.startsWith('@root')) return fieldOf(values, namesOf(path.slice('@root'.length)));
    if (path.startsWith('@')) return fieldOf(scope.loop, namesOf(path.slice(1)));
    let depth = scope.values.length - 1;
    let rest = path;
    while (rest.startsWith('../')) {
      rest = rest.slice(3);
      depth--;
    }
    const own = scope.values[Math.max(0, depth)];
    if (rest === '.' || rest === 'this' || rest === '') return own;
    const names = namesOf(rest.replace(/^(?:this[./]|\.\/)/, ''));
    const found = fieldOf(own, names);
    if (found !== undefined || !climbs) return found;
    for (let at = depth - 1; at >= 0; at--) {
      if (fieldOf(scope.values[at], names.slice(0, 1)) !== undefined) return fieldOf(scope.values[at], names);
    }
    return undefined;
  }

  function valueOf({ words, offset }: { words: readonly string[]; offset: number }, scope: Scope): string {
    const [name, ...args] = words as [string, ...string[]];
    if (args.length === 0) return placedText(lookup(name, scope), name, offset);
    const given = args.filter((arg) => !/^\w+=/.test(arg)).map((arg) => lookup(arg, scope));
    if (name === 'json') return JSON.stringify(given[0]) ?? placedText(undefined, args[0]!, offset);
    if (name === 'lookup') return placedText(fieldOf(given[0], [String(given[1])]), args.join(' '), offset);
    return fail(badTemplate(`the helper ${name} is not known here`, offset));
  }

  function each(nodes: readonly MustacheNode[], list: unknown, scope: Scope): string {
    const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(list)
      ? [...list.entries()]
      : Object.entries(list as object);
    if ((steps += entries.length) > MOST_STEPS) fail(tooLong());
    return entries
      .map(([key, value], index) =>
        render(nodes, {
          values: [...scope.values, value],
          loop: { index, key, first: index === 0, last: index === entries.length - 1 },
        }),
      )
      .join('');
  }

  function section(node: MustacheSection, scope: Scope): string {
    const [name = '', ...args] = node.words;
    const inner = (value: unknown): Scope => ({ values: [...scope.values, value], loop: scope.loop });
    if (args.length > 0 || BLOCK_HELPERS.has(name)) {
      if (!BLOCK_HELPERS.has(name) || args.length === 0) {
        return fail(badTemplate(`the block ${node.words.join(' ')} is not known here`, node.offset));
      }
      const value = lookup(args[0]!, scope);
      const holds = name.endsWith('Equals') ? value === lookup(args[1] ?? '', scope) : isTruthy(value);
      const chosen = holds !== name.startsWith('unless') ? node.body : node.otherwise;
      if (chosen === node.otherwise || (name !== 'each' && name !== 'with')) return render(chosen, scope);
      if (name === 'with') return render(chosen, inner(value));
      if (typeof value !== 'object') return fail(badTemplate(`${args[0]} is no list`, node.offset));
      return each(chosen, value, scope);
    }
    const value = lookup(name, scope);
    if (node.inverted) return render(isTruthy(value) ? node.otherwise : node.body, scope);
    if (!isTruthy(value)) return render(node.otherwise, scope);
    return Array.isArray(value)
      ? each(node.body, value, scope)
      : render(node.body, value === true ? scope : inner(value));
  }

  function render(nodes: readonly MustacheNode[], scope: Scope): string {
    let text = '';
    for (const node of nodes) {
      if (++steps > MOST_STEPS) fail(tooLong());
      if (node.kind === 'partial') {
        fail(badTemplate(`the partial ${node.name} is another file, which is not read`, node.offset));
      }
      const part =
        node.kind === 'section' ? section(node, scope) : node.kind === 'text' ? node.text : valueOf(node, scope);
      text += part;
      // Parts of sections were added up when they were made.
      if (node.kind !== 'section' && (length += part.length) > MOST_RENDERED) fail(tooLong());
    }
    return text;
  }

  return guarded(() => render(mustacheTree(text), { values: [values], loop: {} }));
}

/** Mustache's falsy values, an empty list among them. */
const isTruthy = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : Boolean(value));

/** `a.b.[0]`: the names of a path. */
const namesOf = (path: string): string[] =>
  path
    .split(/[./]/)
    .map((name) => name.replace(/^\[(.*)\]$/, '$1'))
    .filter((name) => name !== '');

/** A quoted text, a number or a word that is a value; undefined for a path. */
function literalOf(word: string): unknown {
  if (/^(?:".*"|'.*')$/s.test(word)) return word.slice(1, -1);
  if (/^-?\d+(?:\.\d+)?$/.test(word)) return Number(word);
  const literals: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };
  return Object.hasOwn(literals, word) ? literals[word] : undefined;
}

/** The names that a text takes from its values; those that a loop or `with` brings are left out. Never throws. */
export function mustacheVariables(text: string): TemplateVariable[] {
  try {
    return [...variablesOf(mustacheTree(text), false)];
  } catch (error) {
    if (!(error instanceof RenderFailure)) throw error;
    return looseVariables(text);
  }
}

function* variablesOf(nodes: readonly MustacheNode[], inner: boolean): Generator<TemplateVariable> {
  for (const node of nodes) {
    if (node.kind === 'text' || node.kind === 'partial') continue;
    const [name = '', ...args] = node.words;
    const helper = args.length > 0 || BLOCK_HELPERS.has(name);
    for (const word of helper ? args : [name]) {
      const root = rootName(word);
      if (root !== null && (!inner || word.startsWith('@root'))) yield { name: root, offset: node.offset };
    }
    if (node.kind !== 'section') continue;
    const scoped = name === 'each' || name === 'with';
    yield* variablesOf(node.body, inner || scoped);
    yield* variablesOf(node.otherwise, inner);
  }
}

/** The first name of a path into the values; null for literals, loop data and the value at hand. */
function rootName(word: string): string | null {
  const path = word.replace(/^\w+=/, '').replace(/^@root\./, '');
  if (literalOf(path) !== undefined || /^(?:@|\.|this\b)/.test(path)) return null;
  return namesOf(path)[0] ?? null;
}

/** Of a text that is no whole template: what stands in its tags. */
function looseVariables(text: string): TemplateVariable[] {
  const found: TemplateVariable[] = [];
  for (const { 1: inside, index } of text.matchAll(/\{\{\{?[#^&~]?\s*([^{}!>/][^{}]*)\}\}/g)) {
    const [name = '', ...args] = wordsOf(inside!);
    const root = rootName(args[0] ?? name);
    if (root !== null && root !== 'else') found.push({ name: root, offset: index });
  }
  return found;
}
