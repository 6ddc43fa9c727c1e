/** Shares one window of a counter out over the requests that overlap it. Pure. */
import { overlap, type Activity, type Work } from './activity.js';
import { sumTerms, weigh, type Terms } from './weights.js';

/** Time between two steps of the counter. Seconds and joules. */
export interface Window {
  readonly from: number;
  readonly to: number;
  readonly joules: number;
}

/** What one request gets of a window, in joules. */
export interface Share {
  readonly prefillJoules: number;
  readonly decodeJoules: number;
}

/** A window shared out: `idleJoules` and all shares add up to its joules. */
export interface SharedWindow {
  readonly idleJoules: number;
  readonly shares: readonly Share[];
  /** What the requests did together, for the fit of the weights. */
  readonly terms: Terms;
}

/**
 * The rule. Idle power times the time without any request is idle energy. The rest belongs to the requests, each by
 * the weight of what it did in the window; where none did anything that is known, each by its time.
 *
 * @param idleWatts measured while no request ran; null where that has not been possible yet: then nothing is idle in a
 *   window with a request
 */
export function shareWindow(
  window: Window,
  activities: readonly Activity[],
  weights: Terms,
  idleWatts: number | null,
): SharedWindow {
  const { from, to, joules } = window;
  const works = activities.map((activity) => activity.within(from, to));
  if (!works.some(({ seconds }) => seconds > 0)) {
    return { idleJoules: joules, shares: works.map(() => ({ prefillJoules: 0, decodeJoules: 0 })), terms: noTerms };
  }
  const idleSeconds = Math.max(0, to - from - busySeconds(activities, from, to));
  const idleJoules = Math.min(joules, (idleWatts ?? 0) * idleSeconds);
  const busyJoules = joules - idleJoules;
  const batch = meanBatch(activities, works, to);
  const parts = works.map((work) => ({ prefill: prefillTerms(work), decode: decodeTerms(work, batch), work }));
  const weighed = parts.map(({ prefill, decode }) => [weigh(prefill, weights), weigh(decode, weights)] as const);
  const total = weighed.reduce((sum, [prefill, decode]) => sum + prefill + decode, 0);
  const seconds = works.reduce((sum, work) => sum + work.seconds, 0);
  const shares = weighed.map(([prefill, decode], index) =>
    total > 0
      ? { prefillJoules: (busyJoules * prefill) / total, decodeJoules: (busyJoules * decode) / total }
      : { prefillJoules: (busyJoules * works[index]!.seconds) / seconds, decodeJoules: 0 },
  );
  return {
    idleJoules,
    shares,
    terms: parts.flatMap(({ prefill, decode }) => [prefill, decode]).reduce(sumTerms, noTerms),
  };
}

const noTerms: Terms = { passes: 0, steps: 0, context: 0 };

/**
 * Context at which attention doubles the arithmetic of a pass: 2 x parameters / (4 x layers x width) is 30,000 for 8
 * billion parameters (32 layers of 4096) and 53,000 for 70 (80 of 8192).
 */
const attentionContext = 32_768;

function prefillTerms({ prefillTokens, prefillContext }: Work): Terms {
  return { passes: prefillTokens * (1 + prefillContext / attentionContext), steps: 0, context: 0 };
}

function decodeTerms({ decodeTokens, contextTokens }: Work, batch: number): Terms {
  return { passes: decodeTokens, steps: decodeTokens / batch, context: contextTokens };
}

/** Requests in decode at once, over the time in which there was one; at least 1. */
function meanBatch(activities: readonly Activity[], works: readonly Work[], to: number): number {
  const together = works.reduce((sum, { decodeSeconds }) => sum + decodeSeconds, 0);
  const spans = activities.flatMap((activity, index) => {
    const work = works[index]!;
    const end = Math.min(to, activity.end ?? to);
    return work.decodeSeconds > 0 ? [[end - work.decodeSeconds, end] as const] : [];
  });
  const covered = union(spans);
  return covered > 0 ? Math.max(1, together / covered) : 1;
}

/** Time of a window with a request in flight. */
function busySeconds(activities: readonly Activity[], from: number, to: number): number {
  return union(
    activities.flatMap((activity) => {
      const [start, end] = [Math.max(from, activity.start), Math.min(to, activity.end ?? to)];
      return overlap(start, end, from, to) > 0 ? [[start, end] as const] : [];
    }),
  );
}

/** Length of what spans cover together. */
function union(spans: readonly (readonly [from: number, to: number])[]): number {
  let covered = 0;
  let reached = -Infinity;
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    covered += Math.max(0, to - Math.max(from, reached));
    reached = Math.max(reached, to);
  }
  return covered;
}
