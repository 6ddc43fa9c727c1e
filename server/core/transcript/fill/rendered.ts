/** What filling in one text gives. */
import type { TemplateSyntax } from '../model.js';

/** Values by name, as a JSON object has them. */
export type TemplateValues = Readonly<Record<string, unknown>>;

/**
 * The text with its values, or why it stays as written.
 *
 * `offset` is where in the template's text it fails; `missing`: a value is missing, else the template is at fault.
 */
export type Rendered =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      readonly missing: boolean;
      readonly message: string;
      readonly offset: number;
      /** It grew or ran too long: trying others like it may take as long again. */
      readonly endless?: boolean;
    };

/** Longest text that a template may grow to, in code units: loops over loops have no natural end. */
export const MOST_RENDERED = 1_000_000;

/** Steps that one text may take to render. */
export const MOST_STEPS = 100_000;

/** Renders a text of one syntax, values already bound. */
export type Renderer = (text: string) => Rendered;

export const rendered = (text: string): Rendered => ({ ok: true, text });
export const missingValue = (name: string, offset: number): Rendered => ({
  ok: false,
  missing: true,
  message: `no value for ${name}`,
  offset,
});
export const badTemplate = (message: string, offset: number): Rendered => ({
  ok: false,
  missing: false,
  message,
  offset,
});
export const tooLong = (offset = 0): Rendered => ({
  ok: false,
  missing: false,
  message: `it would grow beyond ${MOST_RENDERED.toLocaleString('en')} characters or steps`,
  offset,
  endless: true,
});

/** What cannot be rendered, thrown inside a renderer and returned by it. */
export class RenderFailure extends Error {
  constructor(readonly result: Rendered & { readonly ok: false }) {
    super(result.message);
  }
}

/** Throws a failed result. */
export function fail(result: Rendered): never {
  if (result.ok) throw new Error('only failures are thrown');
  throw new RenderFailure(result);
}

/** Runs a renderer whose failures are thrown; running out of stack is one of them. */
export function guarded(render: () => string): Rendered {
  try {
    const text = render();
    return text.length > MOST_RENDERED ? tooLong() : rendered(text);
  } catch (error) {
    if (error instanceof RenderFailure) return error.result;
    if (error instanceof RangeError) return tooLong();
    throw error;
  }
}

/** A placeholder's name and the place of its first use in the text. */
export interface TemplateVariable {
  readonly name: string;
  readonly offset: number;
}

/** The first of each name, in order. */
export function firstOfEach(found: Iterable<TemplateVariable>): TemplateVariable[] {
  const names = new Set<string>();
  const first: TemplateVariable[] = [];
  for (const each of found) {
    if (names.has(each.name)) continue;
    names.add(each.name);
    first.push(each);
  }
  return first;
}

/** Whether a text can hold anything of a syntax at all: most pieces do not. */
export function hasMarks(syntax: TemplateSyntax, text: string): boolean {
  if (syntax === 'dollar') return text.includes('$');
  if (syntax === 'f-string') return text.includes('{') || text.includes('}');
  return text.includes('{{') || (syntax === 'jinja' && (text.includes('{%') || text.includes('{#')));
}

/** A value's own field, by a path of names; undefined where there is none. Nothing inherited is a value. */
export function fieldOf(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** A value as text; null for what has none (an object). */
export function valueText(value: unknown): string | null {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!Array.isArray(value)) return null;
  const parts = value.map(valueText);
  return parts.includes(null) ? null : parts.join(',');
}

/** A value as the text of a placeholder; fails where it is missing or is no text. */
export function placedText(value: unknown, name: string, offset: number): string {
  if (value === undefined) return fail(missingValue(name, offset));
  return valueText(value) ?? fail(badTemplate(`the value of ${name} is an object, not a text`, offset));
}
