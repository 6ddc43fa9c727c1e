/** Which language a `.prompt` file is in: three share the name. */

export type PromptDialect = 'dotprompt' | 'continue-prompt' | 'tagged-prompt';

const DOTPROMPT = /\{\{[~-]?\s*(?:role\s+["']|history\b|media\s)/;
/** A tag of a message at the start of a line. */
const MESSAGE_TAG = /(?:^|[\r\n])[ \t]*<(system|developer|user|assistant|tool|message|step)(?=[\s/>])/g;
const RULE = /(?:\r\n|\n|\r)---[ \t]*(?:\r\n|\n|\r)/;
/** A file that opens with front matter, or with the comment lines of a licence before it. */
const OPENED = /^\s*(?:---|#)/;

/**
 * The dialect by the path, then by the text; null for a file of another name.
 *
 * @param head the start of the text
 */
export function promptDialect(path: string, head: string): PromptDialect | null {
  if (/\.promptl$/i.test(path)) return 'tagged-prompt';
  if (!/\.prompt$/i.test(path)) return null;
  if (DOTPROMPT.test(head)) return 'dotprompt';
  const tags = new Set([...head.matchAll(MESSAGE_TAG)].map((match) => match[1]!));
  const hasPreamble = RULE.test(head) && !OPENED.test(head);
  // Only Continue has a system prompt in a tag and the user's turn in none.
  const onlySystem = tags.size === 1 && tags.has('system') && (hasPreamble || /<\/system>\s*\S/.test(head));
  if (tags.size > 0) return onlySystem ? 'continue-prompt' : 'tagged-prompt';
  return hasPreamble || /(?:^|\/)\.continue\//.test(path) ? 'continue-prompt' : 'dotprompt';
}
