/** From runs to one figure. Figures of different provenance never enter one mean. */
import type { Measured, MeasuredRun } from './measureTypes.js';
import { halfWidth95, mean } from './statistics.js';

/** The mean of the runs, and what had to be left out of it. Null where no run has energy. */
export function summarize(runs: readonly MeasuredRun[]): {
  readonly measured: Measured | null;
  readonly warnings: readonly string[];
} {
  const withEnergy = runs.filter((run) => run.joules !== null);
  const first = withEnergy[0];
  if (first === undefined) {
    return { measured: null, warnings: [] };
  }
  const alike = withEnergy.filter((run) => run.provenance === first.provenance && run.scope === first.scope);
  const warnings = [
    ...(withEnergy.length < runs.length
      ? [`${runs.length - withEnergy.length} of ${runs.length} runs reported no energy and do not count.`]
      : []),
    ...(alike.length < withEnergy.length
      ? [`${withEnergy.length - alike.length} of ${runs.length} runs had another provenance or scope and do not count.`]
      : []),
  ];
  const joules = known(alike.map((run) => run.joules));
  const prefillJoules = meanOfAll(alike.map((run) => run.prefillJoules ?? null));
  const decodeJoules = meanOfAll(alike.map((run) => run.decodeJoules ?? null));
  return {
    measured: {
      joules: mean(joules),
      ci95: halfWidth95(joules),
      n: joules.length,
      provenance: first.provenance ?? 'unknown',
      scope: first.scope ?? 'unknown',
      method: [...new Set(alike.map((run) => run.method ?? ''))].join('; '),
      ...(prefillJoules === null ? {} : { prefillJoules }),
      ...(decodeJoules === null ? {} : { decodeJoules }),
      tokensIn: meanOfAll(alike.map((run) => run.tokensIn)),
      tokensOut: meanOfAll(alike.map((run) => run.tokensOut)),
      seconds: mean(alike.map((run) => run.seconds)),
    },
    warnings,
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
