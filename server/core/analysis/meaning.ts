/** What the facts of a conversation mean for its figures. */
import type { Conversation, ReportedTokens } from '../transcript/model.js';
import type { RequestEnergy } from '../energy/types.js';

/** Whether something is sent that the file does not hold: every figure of the conversation is then a lower bound. */
export const isLowerBound = ({ hidden }: Pick<Conversation, 'hidden'>): boolean => (hidden?.length ?? 0) > 0;

/** Instructions that stand before other prompts, and nothing else: no request of their own, no reply to come. */
export const isOnlyStanding = ({ standing, turns }: Pick<Conversation, 'standing' | 'turns'>): boolean =>
  standing !== undefined && turns.every(({ role }) => role === 'system');

/** Usage that the file states for a request, beside our count of the same. Whole numbers of tokens. */
export interface UsageBeside {
  readonly reported: ReportedTokens;
  readonly counted: { readonly input: number; readonly output: number };
  /** Counted less reported; absent where nothing was reported. */
  readonly difference: { readonly input?: number; readonly output?: number };
}

/** Null for a turn without a report, or whose request is not priced. */
export function usageBeside(
  { turns }: Conversation,
  turn: number,
  requests: readonly RequestEnergy[],
): UsageBeside | null {
  const reported = turns[turn]?.reported;
  if (!reported) return null;
  const request = requestOfTurn(requests, turn);
  if (!request) return null;
  const counted = { input: request.tokensIn, output: request.tokensOut };
  const { input, output } = reported;
  return {
    reported,
    counted,
    difference: {
      ...(input === undefined ? {} : { input: counted.input - input }),
      ...(output === undefined ? {} : { output: counted.output - output }),
    },
  };
}

/** The request that a turn belongs to, by bisection; undefined where there is none. */
export function requestOfTurn(requests: readonly RequestEnergy[], turn: number): RequestEnergy | undefined {
  let low = 0;
  let high = requests.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (requests[middle]!.turns[1] < turn) low = middle + 1;
    else high = middle;
  }
  const found = requests[low];
  return found && found.turns[0] <= turn && turn <= found.turns[1] ? found : undefined;
}
