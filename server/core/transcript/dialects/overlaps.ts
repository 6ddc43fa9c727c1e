/** Contents that overlap: in badly broken JSON one message may be read as a part of another's value. */
import type { ContentPiece, Turn } from '../model.js';

const startOf = ({ spans }: ContentPiece): number => spans[0]?.start ?? 0;
const endOf = ({ spans }: ContentPiece): number => spans.at(-1)?.end ?? 0;

/** The turns without pieces that lie in another piece, whose text has theirs: nothing is counted twice. */
export function withoutOverlaps(turns: readonly Turn[]): readonly Turn[] {
  const pieces = turns.flatMap((turn) => turn.pieces).sort((a, b) => startOf(a) - startOf(b) || endOf(b) - endOf(a));
  const inside = new Set<ContentPiece>();
  let end = 0;
  for (const piece of pieces) {
    if (startOf(piece) < end) inside.add(piece);
    else end = endOf(piece);
  }
  if (inside.size === 0) return turns;
  return turns.map((turn) =>
    turn.pieces.some((piece) => inside.has(piece))
      ? { ...turn, pieces: turn.pieces.filter((piece) => !inside.has(piece)) }
      : turn,
  );
}
