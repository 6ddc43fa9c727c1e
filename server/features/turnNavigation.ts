/** The turns of a document, for moving between them and for reading one aloud. */
import type { Position, TurnDto, TurnReport } from '../protocol/messages.js';
import type { DocumentSession } from '../workspace/session.js';
import type { Measurements } from '../workspace/measurements.js';
import { turnBefore } from './findTurn.js';
import { turnMarkdown } from './hover.js';
import { turnDto } from './turnDto.js';

/** All turns of the conversations that are counted, in the order of the file. */
export function turnsOf(session: DocumentSession): TurnDto[] {
  return session.conversations.flatMap((conversation, index) => {
    const figures = session.analysis.figures(index);
    return figures ? conversation.turns.map((_, turn) => turnDto(session.text, index, turn, figures)) : [];
  });
}

/** The turn at a position, or the last before it; null before the first turn and where nothing is counted. */
export function turnReportAt(session: DocumentSession, position: Position, kept: Measurements): TurnReport | null {
  const place = turnBefore(session.conversations, session.text.offsetAt(position));
  const figures = place && session.analysis.figures(place.conversation);
  if (!place || !figures) return null;
  return {
    turn: turnDto(session.text, place.conversation, place.turn, figures),
    markdown: turnMarkdown(session, place, kept),
  };
}
