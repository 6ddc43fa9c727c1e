/** The requests of a document, to choose two from. */
import { isOnlyStanding, requestAt } from '../core/index.js';
import type { RequestChoice } from '../protocol/history.js';
import type { DocumentSession } from '../workspace/session.js';
import { countText, figureText } from './words.js';

/** Of a long file no more than anybody looks through. */
const mostChoices = 500;

/** In the order of the document, each with what it is predicted to cost. The document is counted. */
export function requestChoices(session: DocumentSession): RequestChoice[] {
  const choices: RequestChoice[] = [];
  const several = session.conversations.length > 1;
  for (let index = 0; index < session.conversations.length && choices.length < mostChoices; index++) {
    const figures = session.analysis.figures(index);
    if (!figures || isOnlyStanding(figures.conversation)) continue;
    const turns = figures.content.turns;
    const replies = turns.flatMap((turn, at) => (turn.role === 'assistant' && at > 0 ? [at] : []));
    const places = turns.at(-1)?.role === 'assistant' ? replies : [...replies, null];
    for (const turn of places) {
      const request = requestAt(figures.content, turn);
      if (!request || request.messages.length === 0) continue;
      const made = figures.energy?.requests.find(({ turns: [, last] }) => last === request.replyTurn);
      const predicted = made?.energy ?? figures.energy?.next?.request;
      const tokensIn = made?.tokensIn ?? figures.energy?.requests.at(-1)?.tokensIn;
      choices.push({
        conversation: index,
        turn,
        label: `${several ? `Conversation ${index + 1}, ` : ''}${turn === null ? 'next reply' : `reply at turn ${turn + 1}`}`,
        description: [
          ...(tokensIn === undefined ? [] : [`${countText(tokensIn)} tok in`]),
          ...(predicted ? [`predicted ${figureText(predicted)}`] : []),
        ].join(' · '),
        detail: opening(request.messages.at(-1)?.content ?? ''),
      });
    }
  }
  return choices.map((choice) => ({ ...choice, label: choice.label[0]!.toUpperCase() + choice.label.slice(1) }));
}

const opening = (text: string): string => text.slice(0, 200).replace(/\s+/g, ' ').trim().slice(0, 100);
