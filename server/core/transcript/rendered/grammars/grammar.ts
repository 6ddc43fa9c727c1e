/** What a grammar of control tokens is, and what most of them do alike. */
import type { Role } from '../../model.js';
import { roleOf } from '../../roles.js';
import type { RenderedBuilder } from '../builder.js';
import { addTagged } from '../inner.js';
import type { ControlToken } from '../tokens.js';

/** A way to write a conversation with control tokens. */
export interface Grammar {
  /** Kebab-case id, by which counting knows the markup. */
  readonly id: string;
  readonly tokens: readonly string[];
  readonly pattern: RegExp;
  /** Whether the text has this markup; the first grammar that says so reads it. */
  readonly begins: RegExp;
  /** Reads the text before the first control token; text that belongs to no turn where absent. */
  opening?(builder: RenderedBuilder, start: number, end: number): void;
  /** Reads one control token and the text after it, up to `until`. */
  read(builder: RenderedBuilder, token: ControlToken, until: number): void;
  /** The reply as it is written after a turn, its header included. */
  reply(text: string): string;
}

const ROLES: Readonly<Record<string, Role>> = { ipython: 'tool', observation: 'tool', tool_response: 'tool' };
export const roleOfWord = (word: string): Role | null => ROLES[word.toLowerCase()] ?? roleOf(word);

/** A header's role, said where it is unknown. */
export function headerRole(builder: RenderedBuilder, word: string, start: number): Role {
  const role = roleOfWord(word);
  if (role !== null) return role;
  const message = `Unknown role "${word.slice(0, 40)}": counted as user. Known are system, user, assistant and tool.`;
  builder.problems.push({
    code: 'unknown-role',
    severity: 'warning',
    message,
    span: { start, end: start + word.length },
  });
  return 'user';
}

export function beginTurn(builder: RenderedBuilder, start: number, roleStart: number, header: string): void {
  const word = header.trim();
  const at = roleStart + header.indexOf(word);
  builder.begin(headerRole(builder, word, at), word, { start: at, end: at + word.length }, start);
}

/** The token that opens the whole, and what stands after it before the first turn. */
export function openWhole(builder: RenderedBuilder, token: ControlToken, until: number): void {
  builder.prelude();
  const rest = builder.text.slice(token.end, until);
  if (rest.trim() === '') builder.preludeText(rest);
  else builder.between(token.end, until);
}

/** The token that ends a turn, and what stands between it and the next. */
export function closeTurn(builder: RenderedBuilder, token: ControlToken, until: number): void {
  builder.special(token.end);
  builder.close();
  builder.between(token.end, until);
}

/** A header that has no end yet: of a reply about to be written, whatever of its role is typed. */
export function beginHalfHeader(builder: RenderedBuilder, token: ControlToken, until: number): void {
  builder.begin('assistant', '', { start: token.start, end: token.start }, token.start);
  builder.special(token.end);
  builder.literal(token.end, until);
}

const BLANK_LINES = /\s*/y;
/** Offset after the blanks at `start`, at most `end`. */
export function afterBlanks(text: string, start: number, end: number, pattern = BLANK_LINES): number {
  pattern.lastIndex = start;
  return pattern.test(text) ? Math.min(pattern.lastIndex, end) : start;
}

/** Content of the turn being read, or text that belongs to none. */
export function addText(builder: RenderedBuilder, start: number, end: number): void {
  if (builder.isClosed) builder.between(start, end);
  else addTagged(builder, start, end);
}
