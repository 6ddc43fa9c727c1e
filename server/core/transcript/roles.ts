/** Role words of files, in any case, as the four roles of accounting. */
import type { Role } from './model.js';

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['human', 'user'],
  ['assistant', 'assistant'],
  ['model', 'assistant'],
  ['gpt', 'assistant'],
  ['ai', 'assistant'],
  ['bot', 'assistant'],
  ['tool', 'tool'],
  ['function', 'tool'],
]);

/** The role of a word; null for one that is none. */
export const roleOf = (word: string): Role | null => ROLES.get(word) ?? ROLES.get(word.trim().toLowerCase()) ?? null;
