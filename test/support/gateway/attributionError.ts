/** Feeds a simulated engine's events and counter to the ledger, and compares what each request got with the truth. */
import { Ledger, type Entry } from '../../../server/live/attribution/index.js';
import type { Simulation, SimulatedRequest } from './simulatedEngine.js';

/** Errors over the requests of one simulation: parts of the truth. */
export interface AttributionError {
  readonly requests: number;
  readonly medianAbsolute: number;
  /** Mean of the signed relative errors. */
  readonly bias: number;
  /** All requests together against their true sum. */
  readonly total: number;
  readonly idle: number;
  /** Requests + idle against the counter. */
  readonly balance: number;
  /** Median absolute error of what is said when the reply ends, before the counter has ticked. */
  readonly medianEstimate: number;
  /** Median seconds from the end of a request to its settled figure. */
  readonly medianLagSeconds: number;
}

/** How the counter shows itself. */
export interface CounterShape {
  readonly stepSeconds: number;
  /** Late noticing of an edge, at most. */
  readonly jitterSeconds: number;
  /** Smallest step of the value. */
  readonly quantumJoules: number;
}

type Happening = readonly [at: number, what: () => void];

/** Runs it in virtual time. */
export function attributionError(simulation: Simulation, counter: CounterShape): AttributionError {
  const ledger = new Ledger();
  const entries = new Map<Entry, SimulatedRequest>();
  const lags: number[] = [];
  const estimates: number[] = [];
  const pairs: [got: number, truth: number][] = [];
  const happenings: Happening[] = simulation.requests.flatMap((request) => {
    let entry: Entry;
    const begin: Happening = [
      request.start,
      () => {
        // What a proxy knows at first: the length of the text, which says the tokens to a quarter.
        entry = ledger.begin(
          request.start,
          request.promptTokens * (0.8 + ((request.promptTokens * 7919) % 100) / 220),
          !request.isWhole,
        );
        entries.set(entry, request);
      },
    ];
    const tokens = request.isWhole
      ? []
      : request.tokenTimes.map((at): Happening => [at, () => ledger.arrived(entry, at, 1)]);
    const { promptTokens, cachedTokens, replyTokens } = request;
    const end: Happening = [
      request.end,
      () => {
        ledger.end(entry, request.end, { promptTokens, cachedTokens, replyTokens });
        const joules = ledger.estimate(entry, request.end)?.joules;
        if (joules !== undefined) estimates.push(Math.abs(joules / request.trueJoules - 1));
      },
    ];
    return [begin, ...tokens, end];
  });
  let last = { at: 0, joules: 0 };
  const quantum = (joules: number): number => Math.floor(joules / counter.quantumJoules) * counter.quantumJoules;
  for (let step = 1; step * counter.stepSeconds < simulation.seconds; step++) {
    const at = step * counter.stepSeconds;
    const seen = at + (counter.jitterSeconds * ((step * 7919) % 101)) / 101;
    happenings.push([
      seen,
      () => {
        const joules = quantum(simulation.joulesAt(at));
        ledger.add({ from: last.at, to: seen, joules: joules - last.joules });
        last = { at: seen, joules };
        for (const entry of ledger.settle(seen)) {
          const request = entries.get(entry)!;
          pairs.push([entry.account.joules, request.trueJoules]);
          lags.push(seen - request.end);
        }
      },
    ]);
  }
  happenings.sort((a, b) => a[0] - b[0]);
  for (const [, happen] of happenings) happen();
  const errors = pairs.map(([got, truth]) => got / truth - 1);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const { counterJoules, requestJoules, idleJoules, pendingJoules } = ledger.totals;
  const balance = Math.abs(requestJoules + idleJoules + pendingJoules - counterJoules) / counterJoules;
  return {
    requests: pairs.length,
    medianAbsolute: median(errors.map(Math.abs)),
    bias: sum(errors) / errors.length,
    total: sum(pairs.map(([got]) => got)) / sum(pairs.map(([, truth]) => truth)) - 1,
    idle: idleJoules / simulation.trueIdleJoules - 1,
    balance,
    medianEstimate: median(estimates),
    medianLagSeconds: median(lags),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
