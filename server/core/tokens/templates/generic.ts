/**
 * The stated fallback for models whose template we do not have: one token to begin, and per turn a header of a special
 * token, the role and a line feed, one end-of-turn token and a line feed (ChatML's shape). Never exact.
 */
import { NOTHING, joinMarkup, markup, textRun, thinkingText, visibleText } from './markup.js';
import type { ChatTemplate } from './types.js';

const header = (role: string) => markup(1, `${role}\n`);

export const generic: ChatTemplate = {
  id: 'generic',
  title: 'a typical chat template',
  exact: false,
  notes: ['template unknown: about five tokens a turn assumed'],
  layout: ({ turns, tools }) => ({
    turn: (index) => {
      const turn = turns[index]!;
      return {
        lead: joinMarkup(index === 0 ? markup(1, tools?.text ?? '') : NOTHING, header(turn.role)),
        runs: [
          ...(thinkingText(turn).length === 0 ? [] : [textRun(thinkingText(turn), '', '', 'thinking' as const)]),
          textRun(visibleText(turn)),
        ],
        end: markup(1),
        trail: markup(0, '\n'),
        exact: false,
      };
    },
    pendingLead: turns.at(-1)?.role === 'assistant' ? NOTHING : header('assistant'),
  }),
};
