/** The prediction of one request as it was served: what a measurement is set beside. */
import { energyFigure, hostJoulesOf, nodeJoules, scenarioJoules } from '../energy/energyFigure.js';
import { createPricer } from '../energy/pricer.js';
import type { Energy } from '../energy/types.js';
import type { ConversationFigures } from './conversationFigures.js';

/** One request in tokens, as it was served. */
export interface ServedShape {
  readonly tokensIn: number;
  readonly tokensCached: number;
  readonly tokensOut: number;
}

/** GPU joules of a request of this shape under the assumptions of `figures`; null where they allow no figure. */
export function predictShape({ assumptions, choice }: ConversationFigures, shape: ServedShape): Energy | null {
  if (!assumptions) return null;
  const pricer = createPricer(assumptions, choice.model);
  const [prefill, decode] = [pricer.central.prefill(shape), pricer.central.decode(shape)];
  const parts = {
    prefillJoules: prefill.joules,
    rereadJoules: 0,
    decodeJoules: decode.joules,
    hostJoules: hostJoulesOf(assumptions, prefill.replicaSeconds + decode.replicaSeconds),
  };
  return energyFigure(pricer, parts, (joules) => scenarioJoules(pricer, [nodeJoules(pricer, shape)], 1, 1, joules));
}
