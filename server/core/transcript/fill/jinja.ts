/**
 * Jinja by `@huggingface/jinja`, held to a number of steps and a length: its loops and macros have no end of their own.
 * There is no clock in a template here: `strftime_now` has no value.
 */
import { Environment, Interpreter as LibraryInterpreter } from '@huggingface/jinja';
import { freeNames, jinjaTree, pathText, printedNodes, type JinjaNode } from './jinjaTree.js';
import {
  badTemplate,
  fail,
  fieldOf,
  guarded,
  missingValue,
  MOST_RENDERED,
  MOST_STEPS,
  RenderFailure,
  tooLong,
  type Rendered,
  type Renderer,
  type TemplateValues,
  type TemplateVariable,
} from './rendered.js';

/** What of the library is used; its own types do not resolve under this compiler's rules. */
interface Value {
  readonly type: string;
  readonly value: unknown;
}
interface Scope {
  set(name: string, value: unknown): unknown;
}
interface Evaluator {
  run(tree: JinjaNode): Value;
  evaluate(node: JinjaNode | undefined, scope: Scope): Value;
}
const Scope = Environment as unknown as new (parent?: Scope) => Scope;
const Interpreter = LibraryInterpreter as unknown as new (scope: Scope) => Evaluator;

/** Calls and filters that give much more than they are given: what comes out is checked before it is made. */
const GROWING: ReadonlySet<string> = new Set(['replace', 'join', 'indent', 'tojson']);

const lengthOf = ({ value }: Value): number => (typeof value === 'string' || Array.isArray(value) ? value.length : 0);

class BoundedInterpreter extends Interpreter {
  #steps = 0;

  constructor(
    scope: Scope,
    private readonly printed: ReadonlySet<unknown>,
    private readonly offsetOf: (name: string) => number,
  ) {
    super(scope);
  }

  override evaluate(node: JinjaNode | undefined, scope: Scope): Value {
    this.#charge(1);
    if (node?.type === 'For') this.#chargeLoop(node, scope);
    else if (node) this.#refuseGrowth(node, scope);
    const value = super.evaluate(node, scope);
    const length = lengthOf(value);
    if (length > MOST_RENDERED) fail(tooLong());
    this.#charge(length / (Array.isArray(value.value) ? 10 : 1000));
    if (value.type === 'UndefinedValue' && node && this.printed.has(node)) {
      const path = pathText(node);
      fail(missingValue(path, this.offsetOf(path.split('.')[0]!)));
    }
    return value;
  }

  #charge(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MOST_STEPS) fail(tooLong());
  }

  /** The library prepares a scope for every turn of a loop before the first. */
  #chargeLoop(node: JinjaNode, scope: Scope): void {
    const iterable = node['iterable'] as JinjaNode;
    this.#charge(
      lengthOf(this.evaluate(iterable.type === 'SelectExpression' ? (iterable['lhs'] as JinjaNode) : iterable, scope)),
    );
  }

  #refuseGrowth(node: JinjaNode, scope: Scope): void {
    const call = (node.type === 'FilterExpression' ? node['filter'] : node) as JinjaNode;
    if (call.type !== 'CallExpression') return;
    const callee = call['callee'] as JinjaNode;
    const method = node.type === 'CallExpression' && callee.type === 'MemberExpression';
    const name = String(((method ? callee['property'] : callee) as JinjaNode)['value']);
    if (!GROWING.has(name)) return;
    const size = (of: unknown): number => {
      const value = this.evaluate(of as JinjaNode, scope);
      return typeof value.value === 'number' ? Math.abs(value.value) : lengthOf(value);
    };
    const args = (call['args'] as readonly JinjaNode[]).map((arg) =>
      size(arg.type === 'KeywordArgumentExpression' ? arg['value'] : arg),
    );
    const operand = size(node.type === 'FilterExpression' ? node['operand'] : callee['object']);
    if ((operand + 1) * (1 + Math.max(0, ...args)) > 16 * MOST_RENDERED) fail(tooLong());
  }
}

/** `range` of Python, as long as a text may be. */
function range(...of: number[]): number[] {
  const [start, stop, step] = of.length > 1 ? [of[0]!, of[1]!, of[2] ?? 1] : [0, of[0] ?? 0, 1];
  const count = Math.max(0, Math.ceil((stop - start) / step));
  if (!(count <= MOST_STEPS)) fail(tooLong());
  return Array.from({ length: count }, (_, index) => start + index * step);
}

/** Bound once for many texts: turning values into the library's is work of their size. */
export function jinjaRenderer(values: TemplateValues): Renderer {
  const base = new Scope();
  const stop = (message: unknown): never => fail(badTemplate(String(message), 0));
  const own = { true: true, false: false, none: null, True: true, False: false, None: null, range };
  const all = { ...own, ...values, raise_exception: stop };
  // `namespace` is there already, and a name is given once.
  for (const [name, value] of Object.entries(all)) if (name !== 'namespace') base.set(name, value);
  return (text) => render(text, values, base);
}

function render(text: string, values: TemplateValues, base: Scope): Rendered {
  const offsetOf = (name: string): number => Math.max(0, nameAt(text, name));
  let tree: JinjaNode;
  try {
    tree = jinjaTree(text);
  } catch (error) {
    return badTemplate(lowerFirst(messageOf(error)), firstMark(text));
  }
  return guarded(() => {
    try {
      return String(new BoundedInterpreter(new Scope(base), printedNodes(tree), offsetOf).run(tree).value);
    } catch (error) {
      if (error instanceof RenderFailure || error instanceof RangeError) throw error;
      // A field of what is missing fails in the library's words; ours say what is missing.
      const missing = freeNames(tree).find((name) => fieldOf(values, [name]) === undefined);
      if (missing !== undefined) fail(missingValue(missing, offsetOf(missing)));
      return fail(badTemplate(lowerFirst(messageOf(error)), firstMark(text)));
    }
  });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message.split('\n')[0]! : String(error));
const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);

const MARK = /\{[{%]/;
const firstMark = (text: string): number => Math.max(0, text.search(MARK));

/** Where a name stands inside a tag; -1 where it does not. The library's trees have no places. */
function nameAt(text: string, name: string): number {
  for (const { 0: tag, index } of text.matchAll(/\{[{%](?:(?![{%]\}|\}\}).)*/gs)) {
    const at = wordAt(tag, name);
    if (at !== -1) return index + at;
  }
  return -1;
}

function wordAt(tag: string, name: string): number {
  for (let at = tag.indexOf(name); at !== -1; at = tag.indexOf(name, at + 1)) {
    if (!/[\w.]/.test(tag[at - 1] ?? '') && !/\w/.test(tag[at + name.length] ?? '')) return at;
  }
  return -1;
}

/** The names that a text takes from its values. Never throws: of a broken template, what its tags print. */
export function jinjaVariables(text: string): TemplateVariable[] {
  try {
    return freeNames(jinjaTree(text)).map((name) => ({ name, offset: Math.max(0, nameAt(text, name)) }));
  } catch {
    return [...text.matchAll(/\{\{-?\s*([A-Za-z_]\w*)/g)].map(({ 1: name, index }) => ({
      name: name!,
      offset: index,
    }));
  }
}
