/** The text of a piece, which is not always made as a whole. */
import type { JsonParts } from './jsonParts.js';
import type { ContentPiece, OffsetMap, PieceKind, SourceText, Span } from './model.js';

/** The text of a piece, in segments where it is kept so: the whole need not be made. */
export const pieceText = (piece: ContentPiece): SourceText => piece.parts?.text ?? piece.text;

/**
 * A piece of which text and map are made when somebody asks for them. A class, because an object literal with a getter
 * costs the engine a hidden class for each object. Not to be spread: see `withKind`.
 */
class PartedPiece implements ContentPiece {
  readonly spans: readonly Span[];
  readonly map?: OffsetMap;

  constructor(
    readonly kind: PieceKind,
    span: Span,
    readonly parts: JsonParts,
  ) {
    this.spans = [span];
    if (parts.map) this.map = parts.map;
  }

  get text(): string {
    return this.parts.text.toString();
  }
}

export const partedPiece = (kind: PieceKind, span: Span, parts: JsonParts): ContentPiece =>
  new PartedPiece(kind, span, parts);

/** The same piece as another kind. */
export const withKind = (piece: ContentPiece, kind: PieceKind): ContentPiece =>
  piece.parts ? partedPiece(kind, piece.spans[0]!, piece.parts) : { ...piece, kind };
