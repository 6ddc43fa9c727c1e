/** Whether two turns say the same: role, name, and every piece. Unchanged pieces are the same strings, as a rule. */
import type { Turn } from './model.js';

export const sameKinds = (a: Turn, b: Turn): boolean =>
  a.role === b.role &&
  a.name === b.name &&
  a.pieces.length === b.pieces.length &&
  a.pieces.every((piece, at) => piece.kind === b.pieces[at]!.kind);

export const sameContent = (a: Turn, b: Turn): boolean =>
  a === b || (sameKinds(a, b) && a.pieces.every((piece, at) => piece.text === b.pieces[at]!.text));
