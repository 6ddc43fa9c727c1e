/** Small constructors that templates are written with. */
import type { ContentPiece, Turn } from '../../transcript/model.js';
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

export const textRun = (text: string, before = '', after = '', kind: TextRun['kind'] = 'text'): TextRun => ({
  before,
  text,
  after,
  kind,
});

const join = (pieces: readonly ContentPiece[]): string =>
  pieces.length === 1 ? pieces[0]!.text : pieces.map((piece) => piece.text).join('');

/** The turn's text without its thinking; tool calls as the file has them. */
export const visibleText = (turn: Turn): string => join(turn.pieces.filter((piece) => piece.kind !== 'thinking'));

/** The turn's text without thinking and tool calls. */
export const spokenText = (turn: Turn): string =>
  join(turn.pieces.filter((piece) => piece.kind !== 'thinking' && piece.kind !== 'toolCall'));

/** The turn's thinking, empty where there is none. */
export const thinkingText = (turn: Turn): string => join(turn.pieces.filter((piece) => piece.kind === 'thinking'));

/** Whether every piece is text or media, whose rendering is known. */
export const isPlain = (turn: Turn): boolean => turn.pieces.every(({ kind }) => kind !== 'toolCall');
