/** Whether two turns say the same: role, name, and every piece. Unchanged pieces are the same strings, as a rule. */
import type { MediaFacts, Turn } from './model.js';

const sameMedia = (a: MediaFacts = {}, b: MediaFacts = {}): boolean =>
  a === b ||
  (a.detail === b.detail &&
    a.widthPixels === b.widthPixels &&
    a.heightPixels === b.heightPixels &&
    a.seconds === b.seconds);

export const sameKinds = (a: Turn, b: Turn): boolean =>
  a.role === b.role &&
  a.name === b.name &&
  a.pieces.length === b.pieces.length &&
  a.pieces.every((piece, at) => piece.kind === b.pieces[at]!.kind);

export const sameContent = (a: Turn, b: Turn): boolean =>
  a === b ||
  (sameKinds(a, b) &&
    a.pieces.every(({ text, media }, at) => text === b.pieces[at]!.text && sameMedia(media, b.pieces[at]!.media)));
