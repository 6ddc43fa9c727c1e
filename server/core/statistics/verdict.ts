/** A comparison of two prompts in words. The difference is always B minus A, in joules. */
import { formatJoules } from '../energy/units.js';
import { SIGNIFICANCE, type Difference } from './pairedComparison.js';

/** `B takes 3.1 J more than A (+6 %), 95 % interval +1.2 J to +5 J: a real difference (p = 0.004, 10 pairs).` */
export function verdictText({ mean, interval, p, isReal, n }: Difference, joulesA: number, alpha: number): string {
  const share = joulesA > 0 ? ` (${signed(Number(((100 * mean) / joulesA).toPrecision(2)))} %)` : '';
  const by = `B takes ${formatJoules(Math.abs(mean))} ${mean < 0 ? 'less' : 'more'} than A${share}`;
  if (interval === null || p === null) {
    const why =
      n < 2
        ? `one pair says nothing about the spread`
        : 'all pairs differ by the same, so nothing says what the spread is';
    return `${by} in ${pairsText(n)}: no verdict, ${why}.`;
  }
  const range = `${levelText(alpha)} % interval ${signedJoules(interval[0])} to ${signedJoules(interval[1])}`;
  const chance = `p ${p < 0.001 ? '< 0.001' : `= ${Number(p.toPrecision(2))}`}, ${pairsText(n)}`;
  return isReal === true
    ? `${by}, ${range}: a real difference (${chance}).`
    : `No difference was found (${chance}): B minus A has the ${range}, which holds 0. A difference smaller than that may be there.`;
}

/** `+3.1 J (+1.2 J to +5 J)`. */
export const differenceText = ({ mean, interval }: Difference): string =>
  `${signedJoules(mean)}${interval ? ` (${signedJoules(interval[0])} to ${signedJoules(interval[1])})` : ''}`;

/** `+3.1 J`. */
export const signedJoules = (joules: number): string => `${joules < 0 ? '−' : '+'}${formatJoules(Math.abs(joules))}`;

/** What a reader of a verdict has to know. */
export interface ComparisonFacts {
  /** What the look that ended the comparison could spend of the 5 %. */
  readonly alpha: number;
  readonly pairs: number;
  readonly plannedPairs: number;
  /** Tokens of the replies, means of the runs. */
  readonly tokensOut: readonly [a: number, b: number];
  readonly isSimulated: boolean;
}

/** More tokens of reply than this share apart, and the prompts are not the only thing that differs. */
const unlikeReplies = 0.05;

/** How the test works and what limits it, a sentence each. */
export function comparisonNotes({ alpha, pairs, plannedPairs, tokensOut, isSimulated }: ComparisonFacts): string[] {
  const [outA, outB] = tokensOut;
  return [
    'Paired t-test: A and B were run next to each other (A B, B A, …), so that what drifts meanwhile is nearly the same in both.',
    ...(alpha !== SIGNIFICANCE
      ? [
          `Judged at ${Number((100 * alpha).toPrecision(2))} %: a look half way and one at the end share 5 %, so that equal prompts are called different in 5 % of comparisons at most.`,
        ]
      : []),
    ...(pairs < plannedPairs
      ? [
          `${pairs} of ${plannedPairs} pairs are complete. The verdict holds where the figures were not the reason to stop.`,
        ]
      : []),
    ...(Math.abs(outA - outB) > unlikeReplies * Math.max(outA, outB)
      ? [
          `The replies differ in length (${Math.round(outA)} and ${Math.round(outB)} tokens): joules a token are beside the joules.`,
        ]
      : []),
    ...(isSimulated ? ['The meter is simulated: nothing was measured.'] : []),
  ];
}

/** `95`, or `99` of a look that spends 1 %. */
const levelText = (alpha: number): string => String(Number((100 * (1 - alpha)).toFixed(1)));
const pairsText = (n: number): string => `${n} ${n === 1 ? 'pair' : 'pairs'}`;
const signed = (value: number): string => (value > 0 ? `+${value}` : String(value).replace('-', '−'));
