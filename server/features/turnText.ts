/** The short texts of lenses and inlay hints. */
import { isLowerBound } from '../core/index.js';
import type { ConversationFigures, NextReply } from '../core/index.js';
import type { MeasurementDto } from '../protocol/messages.js';
import { boundText } from './meaningText.js';
import { countText, digitsOf, figureText, intervalText, joulesText } from './words.js';

/** `≈` before a count that a stand-in tokenizer gave. */
export const tokensText = (tokens: number, exact: boolean): string => `${exact ? '' : '≈ '}${countText(tokens)} tok`;

/** `user · 214 tok · 1.2 J`; a reply has its interval: `assistant · 327 tok · 47 J (24–139)`. */
export function turnText(figures: ConversationFigures, turn: number, showLater: boolean): string {
  const { role } = figures.conversation.turns[turn]!;
  const tokens = figures.tokens.turns[turn]!;
  const energy = figures.energy?.turn(turn);
  const parts = [role, tokensText(tokens.text, tokens.exact)];
  if (energy) {
    parts.push(boundText(role === 'assistant' ? figureText(energy) : joulesText(energy.joules), figures));
    if (showLater && (energy.laterJoules ?? 0) > 0) parts.push(`${joulesText(energy.laterJoules!)} later`);
  }
  return parts.join(' · ');
}

/** `12 turns · 3,400 tok · 120 J`: several turns that stand on one line. */
export function turnsText(figures: ConversationFigures, turns: readonly number[]): string {
  const sum = (of: (turn: number) => number): number => turns.reduce((all, turn) => all + of(turn), 0);
  const exact = turns.every((turn) => figures.tokens.turns[turn]!.exact);
  const parts = [
    `${turns.length} turns`,
    tokensText(
      sum((turn) => figures.tokens.turns[turn]!.text),
      exact,
    ),
  ];
  const { energy } = figures;
  if (energy) parts.push(boundText(joulesText(sum((turn) => energy.turn(turn)!.joules)), figures));
  return parts.join(' · ');
}

/** `next reply ≈ 327 tok (40–806) · ≈ 47 J (4–260)`. */
export function nextText(next: NextReply, figures: ConversationFigures): string {
  const { p10, p50, p90 } = next.tokens;
  const tokens = p10 === p90 ? `${countText(p50)} tok` : `${countText(p50)} tok (${countText(p10)}–${countText(p90)})`;
  const sign = isLowerBound(figures.conversation) ? '≥' : '≈';
  return `next reply ≈ ${tokens} · ${sign} ${figureText(next.energy)}`;
}

/** How a figure of an endpoint is called; never `measured` where it is not. */
export function provenanceText(provenance: MeasurementDto['provenance']): string {
  return provenance === 'unknown' ? 'reported (unknown how)' : provenance;
}

/**
 * `52.3 J ± 1.1 (n=5)`; with a meter that knows the idle power `52.3 J ± 1.1 (n=5, 40.1 J above idle)`: a prediction
 * holds the idle power of the GPUs while they work, so that figure stands beside it.
 */
export function measuredFigure(
  measurement: Pick<MeasurementDto, 'joules' | 'ci95' | 'n'> & Partial<Pick<MeasurementDto, 'grossJoules'>>,
): string {
  const { joules, ci95, n, grossJoules } = measurement;
  const shown = grossJoules ?? joules;
  const spread = ci95 === null ? '' : ` ± ${digitsOf(ci95, shown)}`;
  const net = grossJoules === undefined ? '' : `, ${joulesText(joules)} above idle`;
  return `${joulesText(shown)}${spread} (n=${n}${net})`;
}

/** `request measured 52.3 J ± 1.1 (n=5) · predicted 50 J at the same tokens`. */
export function measurementText(measurement: MeasurementDto): string {
  const stale = measurement.stale ? 'stale: ' : '';
  return (
    `${stale}request ${provenanceText(measurement.provenance)} ${measuredFigure(measurement)}` +
    ` · predicted ${joulesText(measurement.predictedJoules)} at the same tokens`
  );
}

/** `predicted 50 J (24–139 J) for 1 request`. */
export function announcementText(energy: { joules: number; interval90: readonly [number, number] } | null): string {
  if (!energy) return 'no prediction for 1 request';
  return `predicted ${joulesText(energy.joules)} (${intervalText(energy.interval90)}) for 1 request`;
}
