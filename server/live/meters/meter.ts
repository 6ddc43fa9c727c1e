/** The port of a meter: something that knows the energy of one run of a request. One file per kind. */
import type { ChatExchange } from '../chatTypes.js';
import type { Endpoint } from '../endpoint.js';
import type { EnergyReading } from '../energyReading.js';

/** What a meter says of one run; no reading with the reasons in `warnings`. */
export interface MeterResult {
  readonly reading: EnergyReading | null;
  readonly warnings: readonly string[];
  /** Why this run may not enter a mean although it may have a reading, in one sentence: `the counter was reset`. */
  readonly discarded?: string;
}

/** What a meter may know of the series. */
export interface MeterContext {
  readonly endpoint: Endpoint;
  readonly signal?: AbortSignal | undefined;
  /** One phrase for people: `watching the counter`. */
  readonly onProgress: (message: string) => void;
}

/** Started before the request is sent, finished when the reply has been read to its end. */
export interface Meter {
  /** As on the command line: `response`, `zeusd:http://host:4938`. */
  readonly id: string;
  /** Whether it measures on its own: then an answer without energy is no reason to stop, and a warm-up helps. */
  readonly isBeside?: boolean;
  /** Before a series. Resolves with warnings; rejects with LiveError where the meter cannot work. */
  prepare?(context: MeterContext): Promise<readonly string[]>;
  /** @param requests that will run at once; 1 where not given */
  start(signal?: AbortSignal, requests?: number): Promise<MeterRun>;
  /** Lets go of everything. */
  close?(): void;
}

/** One run under way. */
export interface MeterRun {
  /** Rejects with LiveError where the meter failed. */
  finish(exchange: ChatExchange): Promise<MeterResult>;
  /** The request failed: lets go of what was started. */
  abandon(): void;
}
