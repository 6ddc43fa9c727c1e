/** Role words of files, in any case, as the four roles of accounting. */
import type { Role } from './model.js';

const ROLES: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  model: 'assistant',
  gpt: 'assistant',
  ai: 'assistant',
  bot: 'assistant',
  tool: 'tool',
  function: 'tool',
};

/** The role of a word; null for one that is none. */
export const roleOf = (word: string): Role | null => {
  const key = word.trim().toLowerCase();
  return Object.hasOwn(ROLES, key) ? ROLES[key]! : null;
};

/** Whether a word may be a role still being typed. */
export const isRolePrefix = (word: string): boolean =>
  Object.keys(ROLES).some((role) => role.startsWith(word.trim().toLowerCase()));

export const ROLE_WORDS: readonly string[] = Object.keys(ROLES);
