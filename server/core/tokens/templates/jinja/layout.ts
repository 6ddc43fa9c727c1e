/** From a turn's plan and its texts to its layout. */
import { joinTexts } from '../../../transcript/segmentedText.js';
import type { SourceText, Turn } from '../../../transcript/model.js';
import { spokenText, thinkingText } from '../markup.js';
import type { Markup, TextRun, TurnLayout } from '../types.js';
import type { RunPlan, TurnPlan } from './plan.js';
import { joinedTo } from './seams.js';
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

/** A rendering's plans, and the turns that they are of. */
export interface Planned {
  readonly plans: readonly (TurnPlan | null)[];
  readonly turns: readonly Turn[];
}

function runsOf({ runs }: TurnPlan, turn: Turn, { plans, turns }: Planned): TextRun[] {
  const own = runs.map((run) => runOf(run, turn));
  const joined = runs[0]?.joined;
  const last = joined === undefined ? undefined : plans[joined]?.runs.at(-1);
  return last ? [joinedTo(runOf(last, turns[joined!]!), own[0]!), ...own.slice(1)] : own;
}

/** The layout of the turn at `at`, which has a plan. */
export function layoutOf(planned: Planned, at: number, exact: boolean): TurnLayout {
  const plan = planned.plans[at]!;
  return {
    lead: markupOf(plan.lead),
    runs: runsOf(plan, planned.turns[at]!, planned),
    end: markupOf(plan.end),
    trail: markupOf(plan.trail),
    exact,
  };
}
