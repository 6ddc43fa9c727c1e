/** A measurement: N runs of one request. Plain data. */
import type { ChatMessage } from './chatTypes.js';
import type { Endpoint } from './endpoint.js';
import type { EnergyReading, Provenance, Scope } from './energyReading.js';
import type { LiveError } from './errors.js';
import type { Meter } from './meters/meter.js';

/** What to run. */
export interface MeasurePlan {
  readonly endpoint: Endpoint;
  /** Name of the model at the endpoint. */
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly repeats: number;
  /** Cap on each reply in tokens. */
  readonly maxTokens?: number | undefined;
  /** Limit for one request in seconds. */
  readonly timeoutSeconds: number;
  /** Limit for all runs in seconds. */
  readonly budgetSeconds?: number | undefined;
  /** Sends the prompt as it is, so that a prefix cache may serve it; else a nonce stands before it. */
  readonly keepCache: boolean;
  /** One run before, which does not count. */
  readonly warmUp?: boolean;
  /** The endpoint's own answer when absent. */
  readonly meter?: Meter;
}

/** Progress for people. */
export interface MeasureProgress {
  /** 0..1 */
  readonly fraction: number;
  /** `run 2 of 5 · 48.1 J so far`. */
  readonly message: string;
}

/** Effects and whims from outside. */
export interface MeasureHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: MeasureProgress) => void;
  /** Monotonic seconds. */
  readonly now?: () => number;
  readonly nonce?: () => string;
}

/** One run. */
export interface MeasuredRun {
  /** Null where no energy was reported. */
  readonly joules: number | null;
  readonly provenance: Provenance | null;
  readonly scope: Scope | null;
  readonly method: string | null;
  readonly field: string | null;
  readonly prefillJoules?: number;
  readonly decodeJoules?: number;
  /** From the endpoint's usage; null where it sent none. */
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  readonly tokensCached: number | null;
  readonly seconds: number;
  readonly secondsToFirstToken: number | null;
  readonly finishReason: string | null;
}

/** The figure: the mean over the runs that count. */
export interface Measured {
  readonly joules: number;
  /** Half-width of the 95 % t-interval of the mean in joules; null for one run. */
  readonly ci95: number | null;
  readonly n: number;
  readonly provenance: Provenance;
  readonly scope: Scope;
  readonly method: string;
  readonly prefillJoules?: number;
  readonly decodeJoules?: number;
  /** Means over the runs that count; null where the endpoint sent no usage. */
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  readonly seconds: number;
}

/** Why a series ended before its last run. */
export interface Stopped {
  readonly reason: 'cancelled' | 'failed' | 'budget' | 'noEnergy';
  /** One line. */
  readonly message: string;
  readonly error?: LiveError;
}

/** What a series of one run or more gave. */
export interface MeasureOutcome {
  /** Null where the endpoint reported no energy: the reply is there all the same. */
  readonly measured: Measured | null;
  readonly runs: readonly MeasuredRun[];
  /** Text of the first reply. */
  readonly reply: string;
  /** Its thinking, where sent apart. */
  readonly reasoning: string;
  readonly stopped: Stopped | null;
  readonly warnings: readonly string[];
  /** Raw payload of all runs, key removed. */
  readonly raw: readonly string[];
}

export type { EnergyReading };
