/** A turn with its figures, as the client gets it. */
import { isLowerBound, overheadTokens } from '../core/index.js';
import type { ConversationFigures, Energy, Turn, TurnTokens } from '../core/index.js';
import type { EnergyDto, TurnDto } from '../protocol/messages.js';
import type { OpenText } from '../workspace/openText.js';
import { countText, spokenInterval, spokenJoules } from './words.js';

/** Energy as the protocol carries it: a plain copy, joules throughout. */
export function energyDto(energy: Energy): EnergyDto {
  const { interval90, ...rest } = energy;
  return { ...rest, interval90: [interval90[0], interval90[1]] };
}

/** One accessible sentence on a turn, units spelled out. */
export function spokenTurn(
  turn: Turn,
  turns: number,
  { text, exact }: Pick<TurnTokens, 'text' | 'exact'>,
  energy: Energy | null,
  atLeast: boolean,
): string {
  const role = `${turn.role[0]!.toUpperCase()}${turn.role.slice(1)}`;
  const tokens = `${exact ? '' : 'about '}${countText(text)} ${text === 1 ? 'token' : 'tokens'}`;
  const figure = energy
    ? `, predicted ${atLeast ? 'at least ' : ''}${spokenJoules(energy.joules)}, 90 percent interval ${spokenInterval(energy.interval90)}`
    : ', no energy figure';
  return `${role} turn ${turn.index + 1} of ${turns}: ${tokens}${figure}.`;
}

/** Null energies are left out: a turn whose energy cannot be computed is no turn of zero joules. */
export function turnDto(text: OpenText, conversation: number, turn: number, figures: ConversationFigures): TurnDto {
  const { turns } = figures.conversation;
  const one = turns[turn]!;
  const tokens = figures.tokens.turns[turn]!;
  const energy = figures.energy?.turn(turn) ?? null;
  return {
    conversation,
    index: turn,
    role: one.role,
    range: text.rangeOf(one.span),
    roleRange: text.rangeOf(one.roleSpan),
    tokens: { text: tokens.text, overhead: overheadTokens(tokens), exact: tokens.exact },
    energy: energy ? energyDto(energy) : null,
    spoken: spokenTurn(one, turns.length, tokens, energy, isLowerBound(figures.conversation)),
  };
}
