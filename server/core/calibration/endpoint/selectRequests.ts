/** Which measured requests may be one calibration: measured ones of one scope. */
import type { MeasuredRequest, RowProblem } from './measuredRequests.js';

export interface SelectOptions {
  /** Rows that name another model are left out. */
  readonly isWanted?: (request: MeasuredRequest) => boolean;
  /** Of this scope alone. */
  readonly scope?: string;
}

export interface Selected {
  readonly requests: readonly MeasuredRequest[];
  readonly problems: readonly RowProblem[];
  /** How many were left out as not wanted. */
  readonly leftOut: number;
}

/** Why a simulated figure is refused, in one sentence. */
export const SIMULATED = 'provenance: simulated; a simulated figure never enters a calibration';

/** @throws Error that lists the scopes where there are several: figures of unlike scopes are not one calibration. */
export function selectRequests(all: readonly MeasuredRequest[], options: SelectOptions = {}): Selected {
  const problems = all
    .filter(({ provenance }) => provenance === 'simulated')
    .map(({ place }) => ({ place, message: SIMULATED }));
  const measured = all.filter(({ provenance }) => provenance === 'measured');
  const wanted = measured.filter(
    (request) =>
      (options.isWanted?.(request) ?? true) && (options.scope === undefined || request.scope === options.scope),
  );
  const counts = new Map<string, number>();
  for (const { scope } of wanted) counts.set(scope, (counts.get(scope) ?? 0) + 1);
  if (counts.size > 1) {
    const list = [...counts].map(([scope, count]) => `${count} ${scope}`).join(', ');
    throw new Error(
      `the measurements are of unlike scopes (${list}), which one calibration cannot mix: choose one with scope`,
    );
  }
  return { requests: wanted, problems, leftOut: measured.length - wanted.length };
}
