/** Plain data of the energy model. Every number has its unit in its name. */

/** Numerical format of the weights; ids of the command line. */
export type PrecisionId = 'bf16' | 'fp16' | 'fp32' | 'fp8' | 'int8' | 'int8-bnb' | 'int4' | 'int4-bnb' | 'mxfp4';

export type EngineId = 'vllm-0.11' | 'vllm-0.5' | 'tgi' | 'tensorrt-llm' | 'transformers' | 'llama.cpp';

export type GpuId =
  'h100-sxm' | 'h100-pcie' | 'h100-nvl' | 'h200-sxm' | 'b200' | 'a100-80gb' | 'a100-40gb' | 'l40s' | 'rtx-4090';

/** Concurrent requests: a number (a fractional mean is fine) or a range that stands for "unknown, within". */
export type Batch = number | readonly [lo: number, hi: number];

/** A fitted factor on predicted joules. */
export interface FittedFactor {
  readonly factor: number;
  /** Standard deviation of its logarithm. */
  readonly logSigma: number;
}

/** Held-back error of a calibration, and that of the uncalibrated profile on the same rows. */
export interface HeldBackError {
  readonly n: number;
  readonly mapePercent: number;
  readonly medianPercent: number;
  /** Share of the measurements inside their 90 % intervals, in percent. */
  readonly coveragePercent: number;
  readonly uncalibrated: {
    readonly mapePercent: number;
    readonly medianPercent: number;
    readonly coveragePercent: number;
  };
}

/**
 * What measurements of one endpoint say over the general fit:
 * joules = engine x (batch / batch.at)^exponent x (prefill x predicted prefill + decode x predicted decode) + request joules.
 * It holds for its models and its deployment alone. It names no endpoint.
 */
export interface Calibration {
  readonly models: readonly string[];
  readonly gpu: GpuId;
  readonly gpus: number;
  readonly tp: number;
  readonly ep: number;
  readonly pp: number;
  readonly engine: EngineId;
  readonly precision: PrecisionId;
  readonly factors: {
    /** On everything; what both phases share. */
    readonly engine: FittedFactor;
    /** On prefill, beside the engine's. */
    readonly prefill: FittedFactor;
    /** On decode, beside the engine's. */
    readonly decode: FittedFactor;
    /** Growth of everything with the concurrent batch, over the prediction's own: 1 at batch `at`. */
    readonly batch: { readonly exponent: number; readonly sigma: number; readonly at: number };
    /** Joules that each request costs whatever its tokens. */
    readonly request: { readonly joules: number; readonly sigma: number };
  };
  /** Spread of measured over predicted after calibration, log-scale: of everything, and of prefill on top. */
  readonly interval: { readonly logSigma: number; readonly prefillLogSigma: number };
  /** What it was fitted on. */
  readonly measured: {
    readonly n: number;
    /** Distinct shapes of request among them. */
    readonly shapes: number;
    readonly tokensIn: readonly [lo: number, hi: number];
    readonly tokensOut: readonly [lo: number, hi: number];
    readonly batch: readonly [lo: number, hi: number];
    /** Days of the first and the last measurement, ISO 8601; absent where the rows do not say. */
    readonly from?: string;
    readonly to?: string;
    readonly meter?: string;
    readonly scope: string;
    /** Absent where the rows are too few to hold any back. */
    readonly heldBack?: HeldBackError;
  };
}

/** A named set of assumptions about how a model is served. */
export interface Profile {
  readonly name: string;
  /** One sentence that says when to choose it. */
  readonly description?: string;
  readonly gpu: GpuId;
  /** GPUs of one replica; absent: the smallest power of two that holds weights x 1.2. */
  readonly gpus?: number;
  readonly tp?: number;
  readonly ep?: number;
  readonly pp?: number;
  readonly engine: EngineId;
  /** Absent: the model's own (`quantization_config`, else `torch_dtype`), else bf16. */
  readonly precision?: PrecisionId;
  readonly batch: Batch;
  /** Whether the engine keeps the KV cache of a shared prefix between requests. */
  readonly prefixCache: boolean;
  /** Host power per GPU in watts, outside `joules`. */
  readonly hostWattsPerGpu: number;
  /** Power usage effectiveness of the facility, >= 1. */
  readonly pue: number;
  /** Zone of the electricity grid for gCO2e (three-letter code), if wanted. */
  readonly gridZone?: string;
  /** Fitted to measurements of one endpoint. */
  readonly calibration?: Calibration;
}

/** The profile with every default filled in for one model: what a figure was computed under. */
export interface Assumptions {
  readonly profile: string;
  readonly model: string;
  readonly gpu: GpuId;
  readonly gpus: number;
  readonly tp: number;
  readonly ep: number;
  readonly pp: number;
  readonly engine: EngineId;
  readonly precision: PrecisionId;
  readonly batch: Batch;
  readonly prefixCache: boolean;
  readonly hostWattsPerGpu: number;
  readonly pue: number;
  readonly gridZone?: string;
  /** The profile's, where it holds for this model on this deployment. */
  readonly calibration?: Calibration;
  /** What was assumed because nobody said it, one clear phrase each: "2 GPUs: the fewest that hold the weights". */
  readonly notes: readonly string[];
}

/** 90 % interval `[lo, hi]` in joules. */
export type Interval90 = readonly [lo: number, hi: number];

/** Energy of a turn, a request, the next reply or a conversation; GPU joules at the central scenario. */
export interface Energy {
  /** prefillJoules + rereadJoules + decodeJoules. */
  readonly joules: number;
  readonly interval90: Interval90;
  readonly prefillJoules: number;
  /** What history costs again because it was not in the prefix cache. */
  readonly rereadJoules: number;
  readonly decodeJoules: number;
  /** Turns only: what this turn's tokens cost in the later requests of the file; already inside their figures. */
  readonly laterJoules?: number;
  readonly hostJoules: number;
  /** (PUE - 1) x (joules + hostJoules). */
  readonly facilityJoules: number;
}

/** One request: the prompt up to a reply, and that reply. */
export interface RequestEnergy {
  /** First and last turn of what is new in this request, its reply included. */
  readonly turns: readonly [first: number, last: number];
  readonly tokensIn: number;
  readonly tokensCached: number;
  /** 0 for the request about to be made, whose reply is `next`. */
  readonly tokensOut: number;
  readonly energy: Energy;
}

/** The reply to come, where a conversation ends in input. */
export interface NextReply {
  readonly tokens: { readonly p10: number; readonly p50: number; readonly p90: number };
  /** Its decode. */
  readonly energy: Energy;
  /** Prefill + decode: what Measure announces. */
  readonly request: Energy;
  /** Where the length distribution comes from, in a phrase. */
  readonly lengthSource: string;
}

export interface ConversationEnergy {
  readonly turns: readonly Energy[];
  /** `turns[index]` at the cost of its request alone; null where there is no such turn. */
  turn(index: number): Energy | null;
  readonly requests: readonly RequestEnergy[];
  readonly next: NextReply | null;
  readonly total: { readonly tokens: number; readonly energy: Energy };
  /** Works out what the total's interval takes, request by request, for a caller that must not be held up. */
  slices(): Generator<void, void>;
  /** In a word or two how sure the figures are and why. */
  readonly confidence: string;
  /** What a reader should know about these requests, one sentence each: batch clamped, context exceeded. */
  readonly warnings: readonly string[];
}
