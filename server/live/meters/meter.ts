/** The port of a meter: something that knows the energy of one run of a request. One file per kind. */
import type { ChatExchange } from '../chatTypes.js';
import type { EnergyReading } from '../energyReading.js';

/** What a meter says of one run; no reading with the reasons in `warnings`. */
export interface MeterResult {
  readonly reading: EnergyReading | null;
  readonly warnings: readonly string[];
}

/** Started before the request is sent, finished when the reply has been read to its end. */
export interface Meter {
  /** Id of the command line: `response`, `simulated`. */
  readonly id: string;
  start(signal?: AbortSignal): Promise<MeterRun>;
}

/** One run under way. */
export interface MeterRun {
  finish(exchange: ChatExchange): Promise<MeterResult>;
  /** The request failed: lets go of what was started. */
  abandon(): void;
}
