/** A whole conversation in one JSON string, its turns begun by tags: `<human>:`, `### Assistant:`, `Human:` after a blank line. */
import type { JsonNode } from '../json/node.js';
import { insideOf, stringPiece, type Source } from '../json/pieces.js';
import type { ContentPiece, Role } from '../model.js';
import { roleOf } from '../roles.js';
import { decodedToSource, JsonStringMap } from '../textMap.js';
import type { TurnDraft } from './turns.js';

/** Tag styles: one makes the transcript. The role is the first group. */
const STYLES: readonly RegExp[] = [
  /(?:^|\n)[ \t]*<(human|user|bot|assistant|gpt|system)>:/gi,
  /###[ \t]*(human|user|assistant|system|bot):/gi,
  /(?:^|\n\n|\r\n\r\n)[ \t]*(human|user|assistant|system):/gi,
];

const TAG_FIRST = /^\s*(?:<(?:human|user|bot|assistant|gpt|system)>:|###[ \t]*\w+:|(?:human|user|assistant|system):)/i;

/** Whether a text may be a conversation with tags: told by its first word alone. */
export const mayBeTagged = (text: string): boolean => TAG_FIRST.test(text);

interface Tag {
  readonly role: Role;
  readonly roleRaw: string;
  /** Decoded offsets: of the role, of the tag, and after it. */
  readonly word: number;
  readonly start: number;
  readonly end: number;
}

function tagsOf(text: string, style: RegExp): Tag[] {
  const tags: Tag[] = [];
  for (const match of text.matchAll(style)) {
    const roleRaw = match[1]!;
    const start = match.index + match[0].search(/\S/);
    const word = match.index + match[0].lastIndexOf(roleRaw);
    tags.push({ role: roleOf(roleRaw) ?? 'user', roleRaw, word, start, end: match.index + match[0].length });
  }
  return tags;
}

/** Only a tag before any other text begins a conversation. */
const beginsWithTag = (text: string, [first]: readonly Tag[]): boolean =>
  first !== undefined && text.slice(0, first.start).trim() === '';

/** Whether a text begins with a tag and has two roles; of one that breaks off, the first tag is enough. */
export function isTagged(text: string, breaksOff: boolean): boolean {
  return STYLES.some((style) => {
    const tags = tagsOf(text, style);
    return beginsWithTag(text, tags) && (breaksOff || tags.some(({ role }) => role !== tags[0]!.role));
  });
}

/** The turns of a tagged string; empty where it has no tags. */
export function taggedTurns(source: Source, node: JsonNode): TurnDraft[] {
  const whole = stringPiece(source, 'text', node);
  const { text } = whole;
  const tags = STYLES.map((style) => tagsOf(text, style)).find((found) => beginsWithTag(text, found)) ?? [];
  const { end } = insideOf(node);
  return tags.map(({ role, roleRaw, word, start, end: after }, index) => {
    const next = tags[index + 1]?.start ?? text.length;
    const at = (offset: number): number => (offset >= text.length ? end : decodedToSource(whole, offset));
    // Blanks around a content are the layout of the tags.
    const from = after + (text.slice(after, next).length - text.slice(after, next).trimStart().length);
    const to = Math.max(from, from + text.slice(from, next).trimEnd().length);
    return {
      role,
      roleRaw,
      span: { start: at(start), end: at(next) },
      roleSpan: { start: at(word), end: at(word + roleRaw.length) },
      pieces: [partOf(source, text.slice(from, to), at(from), at(to))],
    };
  });
}

function partOf(source: Source, text: string, start: number, end: number): ContentPiece {
  const spans = [{ start, end }];
  if (text.length === end - start) return { kind: 'text', spans, text };
  return { kind: 'text', spans, text, map: new JsonStringMap(source.text.slice(start, end)) };
}
