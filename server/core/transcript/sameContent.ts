/** Whether two turns say the same: role, name, and every piece. Unchanged pieces are the same strings, as a rule. */
import { pieceText } from './pieceText.js';
import { sameText } from './segmentedText.js';
import type { ContentPiece, MediaFacts, Turn, TurnMarkup, WrittenMarkup } from './model.js';

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

export const sameMarkup = (a: WrittenMarkup, b: WrittenMarkup): boolean =>
  a.specials === b.specials &&
  a.texts.length === b.texts.length &&
  a.texts.every((text, index) => text === b.texts[index]);

const sameTurnMarkup = (a?: TurnMarkup, b?: TurnMarkup): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    sameMarkup(a.lead, b.lead) &&
    sameMarkup(a.end, b.end) &&
    sameMarkup(a.trail, b.trail) &&
    a.around.every(
      ({ before, after }, index) => before === b.around[index]?.before && after === b.around[index].after,
    ));

const samePiece = (a: ContentPiece, b: ContentPiece): boolean =>
  a === b || (sameText(pieceText(a), pieceText(b)) && sameMedia(a.media, b.media));

export const sameContent = (a: Turn, b: Turn): boolean =>
  a === b ||
  (sameKinds(a, b) &&
    sameTurnMarkup(a.markup, b.markup) &&
    a.pieces.every((piece, at) => samePiece(piece, b.pieces[at]!)));
