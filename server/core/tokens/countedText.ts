/** The texts of a turn as the tokenizer is given them, and which part of each is the turn's own text in the file. */
import type { ContentPiece, Span, Turn } from '../transcript/model.js';
import { decodedToSourceRanges, pieceRuns, sourceToDecodedRange, type PieceRuns } from '../transcript/textRanges.js';
import { safeCutOf } from './boundaries.js';
import { runText } from './countConversation.js';
import { trim, trimLineFeeds } from './templates/python.js';
import type { TurnLayout } from './templates/types.js';
import type { VocabularyId } from './types.js';

/** One text that is tokenized by itself. */
export interface CountedText {
  readonly text: string;
  /** The part of `text` that stands in the file; around it the template's. */
  readonly own: Span;
  /** False where the template writes this part otherwise (tool calls, results as JSON): `text` is the file's. */
  readonly asCounted: boolean;
  /** Source ranges of `[start, end)` of `text`, the template's part left out. */
  toSource(range: Span): Span[];
  /** The range of `text` that a source range touches; null for none. */
  fromSource(range: Span): Span | null;
}

/** Longest template text before a run's own that is looked for, in code units: an empty `<think>` block, a space. */
const LONGEST_PREFIX = 32;

interface Pieces {
  readonly joined: string;
  readonly parts: readonly { readonly offset: number; readonly length: number; readonly runs: PieceRuns }[];
}

function joinPieces(pieces: readonly ContentPiece[]): Pieces {
  let offset = 0;
  const parts = pieces.map((piece) => {
    const part = { offset, length: piece.text.length, runs: pieceRuns(piece) };
    offset += piece.text.length;
    return part;
  });
  return { joined: pieces.length === 1 ? pieces[0]!.text : pieces.map(({ text }) => text).join(''), parts };
}

/** Where `part` starts in `text`, near its start; -1 where it does not. */
function startIn(text: string, part: string): number {
  for (let at = 0; at <= LONGEST_PREFIX; at++) if (text.startsWith(part, at)) return at;
  return -1;
}

/** A text that holds `joined[from, from + length)` from `at` on. */
function countedText(text: string, at: number, pieces: Pieces, from: number, length: number, asCounted: boolean) {
  /** What is added to an offset in `text` to get one in the joined pieces. */
  const shift = from - at;
  return {
    text,
    own: { start: at, end: at + length },
    asCounted,
    toSource: ({ start, end }: Span): Span[] => {
      const [first, last] = [Math.max(start, at) + shift, Math.min(end, at + length) + shift];
      return pieces.parts.flatMap(({ offset, length: size, runs }) =>
        first < offset + size && last > offset
          ? decodedToSourceRanges(runs, {
              start: Math.max(0, first - offset),
              end: Math.min(size, last - offset),
            })
          : [],
      );
    },
    fromSource: (range: Span): Span | null => {
      const found = pieces.parts.flatMap(({ offset, runs }) => {
        const decoded = sourceToDecodedRange(runs, range);
        return decoded ? [{ start: decoded.start + offset - shift, end: decoded.end + offset - shift }] : [];
      });
      if (found.length === 0) return null;
      const start = Math.max(at, found[0]!.start);
      const end = Math.min(at + length, found.at(-1)!.end);
      return start < end ? { start, end } : null;
    },
  };
}

const isThinking = ({ kind }: ContentPiece): boolean => kind === 'thinking';
const hasText = ({ text }: ContentPiece): boolean => text !== '';

/** The pieces that may be the text of a run, the more the better. */
const candidates = (turn: Turn, kind: 'text' | 'thinking'): ContentPiece[][] =>
  kind === 'thinking'
    ? [turn.pieces.filter(isThinking)]
    : [
        turn.pieces.filter((piece) => !isThinking(piece)),
        turn.pieces.filter((piece) => !isThinking(piece) && piece.kind !== 'toolCall'),
      ];

/** What templates do to a text before they write it. */
const EDGES: readonly ((text: string) => string)[] = [(text) => text, trim, trimLineFeeds];

/** The texts of a turn, in the order in which they are counted. */
export function countedTexts(turn: Turn, layout: TurnLayout, vocabulary: VocabularyId): CountedText[] {
  const isSafe = safeCutOf(vocabulary);
  const texts: CountedText[] = [];
  const found = new Set<ContentPiece>();
  for (const run of layout.runs) {
    const { text: counted, glued } = runText(run, isSafe);
    const text = counted.toString();
    const before = glued ? run.before.length : 0;
    const match = findOwn(run.text.toString(), candidates(turn, run.kind));
    if (!match) continue;
    match.list.forEach((piece) => found.add(piece));
    texts.push(countedText(text, before + match.at, match.pieces, match.from, match.length, true));
  }
  const thinks = layout.runs.some(({ kind }) => kind === 'thinking');
  const rest = turn.pieces.filter((piece) => hasText(piece) && !found.has(piece) && (thinks || !isThinking(piece)));
  if (rest.length > 0) {
    const pieces = joinPieces(rest);
    texts.push(countedText(pieces.joined, 0, pieces, 0, pieces.joined.length, false));
  }
  return texts;
}

function findOwn(text: string, lists: readonly (readonly ContentPiece[])[]) {
  for (const list of lists) {
    if (!list.some(hasText)) continue;
    const pieces = joinPieces(list);
    for (const edge of EDGES) {
      const own = edge(pieces.joined);
      const at = own === '' ? -1 : startIn(text, own);
      if (at >= 0) return { list, pieces, at, from: pieces.joined.indexOf(own), length: own.length };
    }
  }
  return null;
}

/** A text that is no turn's: all of it is in the file, from `start` on. */
export function plainText(text: string, start: number): CountedText {
  const runs = pieceRuns({ spans: [{ start, end: start + text.length }] });
  const pieces = { joined: text, parts: [{ offset: 0, length: text.length, runs }] };
  return countedText(text, 0, pieces, 0, text.length, true);
}
