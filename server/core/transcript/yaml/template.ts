/** Placeholders in turns: whether there are any, and the sample values that go with them. */
import type { ConversationTemplate, TemplateSyntax, Turn } from '../model.js';
import { membersOf, resolved, type YamlNode } from './node.js';
import { plainValue, scalarText } from './scalar.js';

const PLACEHOLDERS: Readonly<Partial<Record<TemplateSyntax, RegExp>>> = {
  mustache: /\{\{[^{}]+\}\}/,
  jinja: /\{\{[^{}]+\}\}|\{%[^%]*%\}/,
  'f-string': /(?<!\{)\{[A-Za-z_][\w.[\]]*(?:![rsa])?(?::[^{}]*)?\}(?!\})/,
  dollar: /(?<!\$)\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})/,
};

/** More samples than this say nothing new to a picker. */
const MAX_SAMPLES = 100;

export type Sample = ConversationTemplate['samples'][number];

export const hasPlaceholder = (text: string, syntax: TemplateSyntax): boolean =>
  PLACEHOLDERS[syntax]?.test(text) === true;

/** The `template` of a conversation with these turns; nothing where no text has a placeholder. */
export function templateOf(
  turns: readonly Turn[],
  syntax: TemplateSyntax,
  samples: readonly Sample[],
): { readonly template?: ConversationTemplate } {
  const found = turns.some(({ pieces }) => pieces.some(({ text }) => hasPlaceholder(text, syntax)));
  return found ? { template: { syntax, samples: samples.slice(0, MAX_SAMPLES) } } : {};
}

/** The values of a map as a sample; null for a node that is no map, or an empty one. */
export function sampleOf(text: string, node: YamlNode | null, name: string, title?: YamlNode | null): Sample | null {
  if (resolved(node)?.kind !== 'map' || membersOf(node).length === 0) return null;
  const given = scalarText(text, title ?? null)
    ?.trim()
    .replace(/\s+/g, ' ');
  return { name: given ? given.slice(0, 80) : name, values: plainValue(text, node) as Sample['values'] };
}
