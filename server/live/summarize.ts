/** From runs to one figure. Figures of different provenance never enter one mean, and disturbed runs enter none. */
import { mean } from '../core/index.js';
import { boundaryText } from './boundary.js';
import type { Measured, MeasuredRun, Stopped } from './measureTypes.js';
import { phasesFromLengths } from './oneToken.js';
import { halfWidth95 } from './statistics.js';

/** The mean, what had to be left out of it, and why there is none. */
export interface Summary {
  readonly measured: Measured | null;
  readonly warnings: readonly string[];
  /** Null where there is a figure, or where no run has energy at all. */
  readonly refusal: Stopped | null;
}

/** The mean of the runs, and what had to be left out of it. */
export function summarize(all: readonly MeasuredRun[]): Summary {
  const runs = all.filter(({ kind }) => kind === 'run');
  const undisturbed = runs.filter((run) => run.discarded === undefined);
  const withEnergy = undisturbed.filter((run) => run.joules !== null);
  const warnings = discardWarnings(runs);
  const first = withEnergy[0];
  if (first === undefined) {
    return { measured: null, warnings, refusal: undisturbed.length === 0 ? allDiscarded(runs) : null };
  }
  const alike = withEnergy.filter((run) => isLike(run, first));
  if (withEnergy.length < undisturbed.length) {
    warnings.push(
      `${undisturbed.length - withEnergy.length} of ${runs.length} runs reported no energy and do not count.`,
    );
  }
  if (alike.length < withEnergy.length) {
    warnings.push(
      `${withEnergy.length - alike.length} of ${runs.length} runs had another provenance or scope and do not count.`,
    );
  }
  const joules = known(alike.map((run) => run.joules));
  if (mean(joules) <= 0) {
    return { measured: null, warnings, refusal: belowIdle(first) };
  }
  const phases = phasesOf(all, alike, mean(joules));
  const grossJoules = meanOfAll(alike.map((run) => run.grossJoules ?? null));
  const idleWatts = meanOfAll(alike.map((run) => run.idleWatts ?? null));
  const lo = meanOfAll(alike.map((run) => run.range?.[0] ?? null));
  const hi = meanOfAll(alike.map((run) => run.range?.[1] ?? null));
  const scope = first.scope ?? 'unknown';
  return {
    measured: {
      joules: mean(joules),
      ci95: halfWidth95(joules),
      n: joules.length,
      provenance: first.provenance ?? 'unknown',
      scope,
      method: [...new Set(alike.map((run) => run.method ?? ''))].join('; '),
      boundary: [...new Set(alike.map((run) => run.boundary ?? boundaryText(scope)))].join('; '),
      ...(phases ?? {}),
      ...(grossJoules === null ? {} : { grossJoules }),
      ...(idleWatts === null ? {} : { idleWatts }),
      ...(lo === null || hi === null ? {} : { range: [lo, hi] as const }),
      tokensIn: meanOfAll(alike.map((run) => run.tokensIn)),
      tokensOut: meanOfAll(alike.map((run) => run.tokensOut)),
      seconds: mean(alike.map((run) => run.seconds)),
    },
    warnings,
    refusal: null,
  };
}

/** Whether two runs may enter one mean. */
function isLike(run: MeasuredRun, other: MeasuredRun): boolean {
  return run.provenance === other.provenance && run.scope === other.scope;
}

/** As the meter tells them apart, else by the runs of one token. */
function phasesOf(
  all: readonly MeasuredRun[],
  alike: readonly MeasuredRun[],
  joules: number,
): Pick<Measured, 'prefillJoules' | 'decodeJoules' | 'phaseMethod'> | null {
  const prefillJoules = meanOfAll(alike.map((run) => run.prefillJoules ?? null));
  const decodeJoules = meanOfAll(alike.map((run) => run.decodeJoules ?? null));
  if (prefillJoules !== null || decodeJoules !== null) {
    return {
      ...(prefillJoules === null ? {} : { prefillJoules }),
      ...(decodeJoules === null ? {} : { decodeJoules }),
      phaseMethod: 'of each run',
    };
  }
  const [first] = alike;
  const short = all.filter(
    (run) =>
      run.kind === 'oneToken' &&
      run.discarded === undefined &&
      run.joules !== null &&
      first !== undefined &&
      isLike(run, first),
  );
  const shortOut = meanOfAll(short.map((run) => run.tokensOut));
  const longOut = meanOfAll(alike.map((run) => run.tokensOut));
  if (shortOut === null || longOut === null) {
    return null;
  }
  const phases = phasesFromLengths(
    { joules: mean(known(short.map((run) => run.joules))), tokensOut: shortOut },
    { joules, tokensOut: longOut },
  );
  return phases === null
    ? null
    : {
        ...phases,
        phaseMethod: `by ${short.length} runs of one token against ${alike.length} of ${Math.round(longOut)}`,
      };
}

function discardWarnings(runs: readonly MeasuredRun[]): string[] {
  const reasons = new Map<string, number>();
  for (const { discarded } of runs) {
    if (discarded !== undefined) {
      reasons.set(discarded, (reasons.get(discarded) ?? 0) + 1);
    }
  }
  return [...reasons].map(
    ([reason, count]) => `${count} of ${runs.length} runs ${count === 1 ? 'does' : 'do'} not count: ${reason}.`,
  );
}

function allDiscarded(runs: readonly MeasuredRun[]): Stopped | null {
  const reason = runs.find(({ discarded }) => discarded !== undefined)?.discarded;
  return reason === undefined
    ? null
    : {
        reason: 'discarded',
        message: `No run could be kept (${runs.length} done): ${reason}. Measure again when the engine is yours alone, or behind a gateway that shares energy out.`,
      };
}

function belowIdle(run: MeasuredRun): Stopped {
  return {
    reason: 'belowIdle',
    message: `The request cannot be told from idle power (${Math.round(run.idleWatts ?? 0)} W): it is too short for this counter. Ask for a longer reply, or use a counter that moves more often.`,
  };
}

/** Null unless every run has the number. */
function meanOfAll(values: readonly (number | null)[]): number | null {
  const numbers = known(values);
  return numbers.length === values.length && numbers.length > 0 ? mean(numbers) : null;
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}
