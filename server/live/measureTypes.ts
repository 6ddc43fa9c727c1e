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
  /**
   * Requests that each run sends at once, for meters that stand beside the endpoint: their window is shared out evenly,
   * and each run of the outcome is one request. Default 1.
   */
  readonly atOnce?: number | undefined;
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
  /** Ends the series when the 95 % interval is within this share of the mean (0.05) and three runs or more count. Absent: all runs. */
  readonly stopWithin?: number | undefined;
  /** Beside each run one of a single token: their difference gives the phases where the meter cannot tell them apart. */
  readonly oneTokenRuns?: boolean | undefined;
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
  /** What was inside, in the meter's words. */
  readonly boundary?: string;
  readonly prefillJoules?: number;
  readonly decodeJoules?: number;
  /** With the idle power of the devices while the request ran, in joules. */
  readonly grossJoules?: number;
  readonly idleWatts?: number;
  /** Ends of the range of an estimate, in joules. */
  readonly range?: readonly [lo: number, hi: number];
  /** Seconds between the two steps of the counter that enclose the request. */
  readonly windowSeconds?: number;
  /** Why the run does not count although it has a figure. */
  readonly discarded?: string;
  /** `oneToken`: a run of one token, for the phases; never in the mean. */
  readonly kind: 'run' | 'oneToken';
  /** Seconds of the phases by the engine's own clock. */
  readonly secondsPrefill?: number;
  readonly secondsDecode?: number;
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
  /** Above idle where the meter knows the idle power; else as the endpoint reports it. */
  readonly joules: number;
  /** Half-width of the 95 % t-interval of the mean in joules; null for one run. */
  readonly ci95: number | null;
  readonly n: number;
  readonly provenance: Provenance;
  readonly scope: Scope;
  readonly method: string;
  /** What was inside, in words. */
  readonly boundary: string;
  readonly prefillJoules?: number;
  readonly decodeJoules?: number;
  /** How the phases were told apart. */
  readonly phaseMethod?: string;
  /** With the idle power of the devices while the request ran; `joules` is then above idle. */
  readonly grossJoules?: number;
  readonly idleWatts?: number;
  /** Ends of the range of an estimate, in joules. */
  readonly range?: readonly [lo: number, hi: number];
  /** Means over the runs that count; null where the endpoint sent no usage. */
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  readonly seconds: number;
}

/**
 * Why a series ended before its last run, or without a figure. `precise`: the interval is narrow enough. `discarded`:
 * every run was disturbed. `belowIdle`: the request cannot be told from idle.
 */
export interface Stopped {
  readonly reason: 'cancelled' | 'failed' | 'budget' | 'precise' | 'noEnergy' | 'discarded' | 'belowIdle';
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
