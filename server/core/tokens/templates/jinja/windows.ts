/** Which turns are rendered together: all of a conversation, or stretches of a very long one. */
import type { Role } from '../../../transcript/model.js';

/** Turns that are rendered in one go; a long conversation is rendered in stretches of about so many. */
export const WINDOW_TURNS = 256;

/** Turns `[from, to]` are rendered, after the system turn; `(owned, to]` are what the rendering is asked for. */
export interface Window {
  readonly from: number;
  readonly to: number;
  readonly owned: number;
}

/**
 * Stretches that start and end in a user's turn: a template carries little past one. Each owns the turns after its
 * first, which stand between what they stand between in the whole.
 */
export function windowsOf(roles: readonly Role[]): readonly Window[] {
  const windows: Window[] = [];
  let from = 0;
  for (let at = WINDOW_TURNS; at < roles.length - WINDOW_TURNS; at++) {
    if (roles[at] !== 'user' || at - from < WINDOW_TURNS) continue;
    windows.push({ from, to: at, owned: from === 0 ? -1 : from });
    from = at;
  }
  windows.push({ from, to: roles.length - 1, owned: from === 0 ? -1 : from });
  return windows;
}
