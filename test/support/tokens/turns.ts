/** Short ways to write turns in tests. */
import type { ContentPiece, PieceKind, Role, Turn } from '../../../server/core/transcript/model.js';

const NOWHERE = { start: 0, end: 0 };

export const piece = (text: string, kind: PieceKind = 'text'): ContentPiece => ({ kind, text, spans: [] });

/** Turns from `[role, content]` pairs; content is a text or pieces. */
export const turns = (...pairs: readonly (readonly [Role, string | readonly ContentPiece[]])[]): Turn[] =>
  pairs.map(([role, content], index) => ({
    index,
    role,
    roleRaw: role,
    span: NOWHERE,
    roleSpan: NOWHERE,
    pieces: typeof content === 'string' ? [piece(content)] : content,
  }));
