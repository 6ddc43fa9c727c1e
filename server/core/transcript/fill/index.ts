/** Templates by syntax: the names that a text takes, and the text with values in their place. */
import type { TemplateSyntax } from '../model.js';
import { dollarVariables, formatStringVariables, renderDollars, renderFormatString } from './formatStrings.js';
import { jinjaRenderer, jinjaVariables } from './jinja.js';
import { mustacheVariables, renderMustache } from './mustache.js';
import {
  firstOfEach,
  hasMarks,
  MOST_RENDERED,
  rendered,
  tooLong,
  type Renderer,
  type TemplateValues,
  type TemplateVariable,
} from './rendered.js';

export type { Rendered, Renderer, TemplateValues, TemplateVariable } from './rendered.js';

/** The names that a text takes from its values, each once, in order. Never throws. */
export function templateVariables(syntax: TemplateSyntax, text: string): TemplateVariable[] {
  return hasMarks(syntax, text) ? firstOfEach(variablesOf[syntax](text)) : [];
}

const variablesOf: Record<TemplateSyntax, (text: string) => Iterable<TemplateVariable>> = {
  mustache: mustacheVariables,
  handlebars: mustacheVariables,
  jinja: jinjaVariables,
  'f-string': formatStringVariables,
  dollar: dollarVariables,
  poml: pomlVariables,
};

/** POML's expressions are JavaScript, which is not run: the name that each begins with. */
function* pomlVariables(text: string): Generator<TemplateVariable> {
  for (const { 1: name, index } of text.matchAll(/\{\{\s*([A-Za-z_$][\w$]*)/g)) yield { name: name!, offset: index };
}

/**
 * Renders texts of one syntax with one set of values. Never throws, and ends: what would grow or run too long stays as
 * written, with a reason. POML's expressions always do.
 */
export function templateRenderer(syntax: TemplateSyntax, values: TemplateValues): Renderer {
  const render = rendererOf(syntax, values);
  return (text) => {
    if (!hasMarks(syntax, text)) return rendered(text);
    return text.length > MOST_RENDERED ? tooLong() : render(text);
  };
}

function rendererOf(syntax: TemplateSyntax, values: TemplateValues): Renderer {
  switch (syntax) {
    case 'mustache':
      return (text) => renderMustache(text, values, true);
    case 'handlebars':
      return (text) => renderMustache(text, values, false);
    case 'jinja':
      return jinjaRenderer(values);
    case 'f-string':
      return (text) => renderFormatString(text, values);
    case 'dollar':
      return (text) => renderDollars(text, values);
    case 'poml':
      return rendered;
  }
}
