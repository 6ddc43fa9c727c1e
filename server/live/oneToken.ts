/** Phases from two lengths: a run of one token is the prefill and one step, so the difference is the rest of the decode. Pure. */

/** Mean joules and output tokens of runs alike. */
export interface LengthPoint {
  readonly joules: number;
  readonly tokensOut: number;
}

/**
 * The phases of the long runs; they add up to its joules. Null where the lengths do not differ enough to tell, or where
 * the short runs cost as much as the long ones.
 */
export function phasesFromLengths(
  short: LengthPoint,
  long: LengthPoint,
): { readonly prefillJoules: number; readonly decodeJoules: number } | null {
  const tokens = long.tokensOut - short.tokensOut;
  if (tokens < 4) {
    return null;
  }
  const perToken = (long.joules - short.joules) / tokens;
  const decodeJoules = perToken * long.tokensOut;
  return perToken > 0 && decodeJoules <= long.joules
    ? { prefillJoules: long.joules - decodeJoules, decodeJoules }
    : null;
}
