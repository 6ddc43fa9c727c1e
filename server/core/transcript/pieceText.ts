/** The text of a piece, which is not always made as a whole. */
import type { JsonParts } from './jsonParts.js';
import type { ContentPiece, PieceKind, SourceText, Span } from './model.js';

/** The text of a piece, in segments where it is kept so: the whole need not be made. */
export const pieceText = (piece: ContentPiece): SourceText => piece.parts?.text ?? piece.text;

/** A piece of which text and map are made when somebody asks for them. */
export const partedPiece = (kind: PieceKind, span: Span, parts: JsonParts): ContentPiece => ({
  kind,
  spans: [span],
  parts,
  get text() {
    return parts.text.toString();
  },
  ...(parts.map ? { map: parts.map } : {}),
});
