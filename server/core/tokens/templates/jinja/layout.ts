/** From a turn's plan and its texts to its layout. */
import { joinTexts } from '../../../transcript/segmentedText.js';
import type { SourceText, Turn } from '../../../transcript/model.js';
import { spokenText, thinkingText } from '../markup.js';
import type { Markup, TextRun, TurnLayout } from '../types.js';
import type { RunPlan, TurnPlan } from './plan.js';
import { treated, type Part, type Slot } from './slots.js';
import { toolCallsOf } from '../toolCalls.js';

/** The content that a slot of this turn stands for. */
export function contentOf(turn: Turn, { kind, item }: Slot): SourceText {
  if (kind === 'text') return spokenText(turn);
  return kind === 'thinking' ? thinkingText(turn) : (toolCallsOf(turn)[item]?.name ?? '');
}

export function markupOf(parts: readonly Part[]): Markup {
  let specials = 0;
  const texts: string[] = [];
  for (const part of parts) {
    if (part.kind === 'special') specials++;
    else if (part.kind === 'text' && part.text !== '') texts.push(part.text);
  }
  return { specials, texts };
}

const runOf = ({ kind, before, pieces, after, specials }: RunPlan, turn: Turn): TextRun => ({
  before,
  text: joinTexts(
    ...pieces.map((piece) =>
      typeof piece === 'string' ? piece : treated(contentOf(turn, piece.slot), piece.treatment),
    ),
  ),
  after,
  kind,
  ...(specials > 0 ? { specials } : {}),
});

export const layoutOf = (plan: TurnPlan, turn: Turn, exact: boolean): TurnLayout => ({
  lead: markupOf(plan.lead),
  runs: plan.runs.map((run) => runOf(run, turn)),
  end: markupOf(plan.end),
  trail: markupOf(plan.trail),
  exact,
});
