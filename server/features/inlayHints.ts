/** Figures at the end of the line of each role: what code lenses show, for those who want no lines in between. */
import type { InlayHint } from 'vscode-languageserver-protocol';
import { isLowerBound } from '../core/index.js';
import type { Range } from '../protocol/messages.js';
import type { DocumentSession } from '../workspace/session.js';
import { standingText } from './meaningText.js';
import { spokenTurn } from './turnDto.js';
import { nextText, turnText } from './turnText.js';

/** Hints of the turns whose role stands in `range`. Conversations not counted yet have none. */
export function inlayHints(session: DocumentSession, range: Range): InlayHint[] {
  const [from, to] = [session.text.offsetAt(range.start), session.text.offsetAt(range.end)];
  return session.conversations.flatMap((conversation, index) => {
    if (conversation.span.end < from || conversation.span.start > to) return [];
    const figures = session.analysis.figures(index);
    if (!figures) return [];
    return conversation.turns.flatMap((turn, turnIndex): InlayHint[] => {
      if (turn.roleSpan.start < from || turn.roleSpan.start > to) return [];
      const isLastInput = turnIndex === conversation.turns.length - 1 && turn.role !== 'assistant';
      const next = isLastInput ? figures.energy?.next : null;
      const text = turnText(figures, turnIndex, session.settings?.showLater ?? false);
      const tokens = figures.tokens.turns[turnIndex]!;
      const energy = figures.energy?.turn(turnIndex) ?? null;
      return [
        {
          position: session.text.positionAt(session.text.lineEnd(turn.roleSpan.end)),
          label: [
            text,
            ...(turnIndex === 0 && conversation.standing ? [standingText(figures)] : []),
            ...(next ? [nextText(next, figures)] : []),
          ].join(' · '),
          paddingLeft: true,
          tooltip: spokenTurn(turn, conversation.turns.length, tokens, energy, isLowerBound(conversation)),
        },
      ];
    });
  });
}
