/** The energy of a request as it goes on the wire. */
import type { Account } from '../attribution/index.js';
import type { Provenance } from '../energyReading.js';

/** One figure with all that must be said about it. */
export interface EnergyField {
  /** Null where nothing can be said yet. */
  readonly joules: number | null;
  /** False: the counter has not ticked since, and the figure is estimated. */
  readonly settled: boolean;
  readonly source: Provenance;
  readonly method: string;
  readonly scope: 'request-attributed';
  readonly prefill_joules?: number;
  readonly decode_joules?: number;
  /** For `GET /joulelens/requests/{id}`. */
  readonly request_id: string;
}

/** Digits that a counter can stand for. */
const digits = 6;

/** @param provenance of the counter: an estimate from a simulated one is simulated still */
export function energyField(
  id: string,
  account: Account | null,
  isSettled: boolean,
  provenance: Provenance,
  method: string,
): EnergyField {
  return {
    joules: account === null ? null : rounded(account.joules),
    settled: isSettled,
    source: provenance === 'measured' && !isSettled ? 'estimated' : provenance,
    method: isSettled ? method : `${method}; estimated before the counter ticked`,
    scope: 'request-attributed',
    ...(account === null
      ? {}
      : { prefill_joules: rounded(account.prefillJoules), decode_joules: rounded(account.decodeJoules) }),
    request_id: id,
  };
}

/** The form of the SSE comment: the same, with the name that other endpoints give the figure. */
export function energyComment(field: EnergyField): string {
  return JSON.stringify({ energy_joules: field.joules, ...field });
}

function rounded(joules: number): number {
  return Number(joules.toPrecision(digits));
}
