/** Python's format strings (`{name}`, doubled braces for one) and template strings (`$name`, `$$` for one). */
import {
  badTemplate,
  fail,
  fieldOf,
  guarded,
  placedText,
  type Rendered,
  type TemplateValues,
  type TemplateVariable,
} from './rendered.js';

/** A doubled brace, a field, or a brace that stands alone. */
const BRACES = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
const FIELD = /^\s*([A-Za-z_]\w*)((?:\.\w+|\[\w+\])*)\s*(![rsa])?(:.*)?$/s;

/** A doubled dollar, a name, a name in braces, or a dollar that stands alone. */
const DOLLARS = /\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})?/g;

/** Whole path of a field: `user.name` and `user[name]` alike. */
const pathOf = (name: string, rest: string): string[] => [name, ...(rest.match(/\w+/g) ?? [])];

export function renderFormatString(text: string, values: TemplateValues): Rendered {
  return guarded(() =>
    text.replace(BRACES, (mark: string, inside: string | undefined, offset: number) => {
      if (mark === '{{') return '{';
      if (mark === '}}') return '}';
      const field = inside === undefined ? null : FIELD.exec(inside);
      if (!field) return fail(badTemplate(`${mark} is no placeholder: double its braces to mean them`, offset));
      if (field[3] ?? field[4]) return fail(badTemplate(`the format of ${mark} is not applied here`, offset));
      const path = pathOf(field[1]!, field[2]!);
      return placedText(fieldOf(values, path), path.join('.'), offset);
    }),
  );
}

export function* formatStringVariables(text: string): Generator<TemplateVariable> {
  for (const { 0: mark, 1: inside, index } of text.matchAll(BRACES)) {
    const name = inside === undefined ? undefined : FIELD.exec(inside)?.[1];
    if (name !== undefined && mark !== '{{') yield { name, offset: index };
  }
}

export function renderDollars(text: string, values: TemplateValues): Rendered {
  return guarded(() =>
    text.replace(DOLLARS, (mark: string, bare: string | undefined, braced: string | undefined, offset: number) => {
      if (mark === '$$') return '$';
      const name = bare ?? braced;
      if (name === undefined) return fail(badTemplate('a dollar sign alone: write $$ to mean one', offset));
      return placedText(fieldOf(values, [name]), name, offset);
    }),
  );
}

export function* dollarVariables(text: string): Generator<TemplateVariable> {
  for (const { 1: bare, 2: braced, index } of text.matchAll(DOLLARS)) {
    const name = bare ?? braced;
    if (name !== undefined) yield { name, offset: index };
  }
}
