/** Small constructors that templates are written with. */
import { pieceText } from '../../transcript/pieceText.js';
import { joinTexts } from '../../transcript/segmentedText.js';
import type { ContentPiece, SourceText, Turn } from '../../transcript/model.js';
import type { Markup, TextRun } from './types.js';

export const NOTHING: Markup = { specials: 0, texts: [] };

/** `specials` special tokens and `texts`, each tokenized on its own. */
export const markup = (specials: number, ...texts: readonly string[]): Markup => ({
  specials,
  texts: texts.filter((text) => text !== ''),
});

export const joinMarkup = (...parts: readonly Markup[]): Markup => ({
  specials: parts.reduce((sum, part) => sum + part.specials, 0),
  texts: parts.flatMap((part) => part.texts),
});

export const textRun = (text: SourceText, before = '', after = '', kind: TextRun['kind'] = 'text'): TextRun => ({
  before,
  text,
  after,
  kind,
});

const join = (pieces: readonly ContentPiece[]): SourceText => joinTexts(...pieces.map(pieceText));

/** The turn's text without its thinking; tool calls as the file has them. */
export const visibleText = (turn: Turn): SourceText => join(turn.pieces.filter((piece) => piece.kind !== 'thinking'));

/** The turn's text without thinking and tool calls. */
export const spokenText = (turn: Turn): SourceText =>
  join(turn.pieces.filter((piece) => piece.kind !== 'thinking' && piece.kind !== 'toolCall'));

/** The turn's thinking, empty where there is none. */
export const thinkingText = (turn: Turn): SourceText => join(turn.pieces.filter((piece) => piece.kind === 'thinking'));

/** Whether every piece is text or media, whose rendering is known. */
export const isPlain = (turn: Turn): boolean => turn.pieces.every(({ kind }) => kind !== 'toolCall');
