/** Messages about calibrating an endpoint: what would be sent, and what came of it. Types only. */

/** How much is asked of an endpoint. */
export type CalibrationSize = 'quick' | 'standard' | 'thorough';

export interface CalibrationPlanParams {
  /** The document whose model and profile hold; the workspace's without it. */
  uri?: string;
  /** Name of the model at the endpoint, from the user's settings. */
  endpointModel?: string;
}

/** Requests of one size, with what they are predicted to cost. */
export interface CalibrationPlanDto {
  size: CalibrationSize;
  requests: number;
  /** Distinct kinds of request among them. */
  shapes: number;
  /** Most requests at once. */
  concurrency: number;
  tokensIn: number;
  /** At most: a reply may end sooner. */
  tokensOut: number;
  /** Predicted joules of the GPUs, and seconds. */
  joules: number;
  seconds: number;
  /** `44 requests, 120,000 tokens in, up to 9,000 out; predicted about 17 kJ and 2 minutes`. */
  announcement: string;
}

export interface CalibrationPlans {
  /** Model and profile that the prediction starts from. */
  model: string;
  profile: string;
  /** Name that the new profile gets unless the user chooses another. */
  name: string;
  plans: CalibrationPlanDto[];
}

export interface CalibrateParams extends CalibrationPlanParams {
  size: CalibrationSize;
  /** Base URL ending in /v1. */
  endpoint: string;
  /** From SecretStorage; never logged. */
  apiKey?: string;
  timeoutSeconds: number;
  /** Where the energy comes from, and where an answer holds it, as for Measure: of this machine's settings. */
  meter?: string;
  extractor?: string;
  /** Matches MeasureProgress.token. */
  progressToken: string;
}

export interface CalibrateResult {
  /** True where the endpoint's meter is simulated: there is nothing to save then. */
  simulated: boolean;
  headline: string;
  /** The whole report. */
  markdown: string;
  /** Entry of `joulelens.profiles` or of `profiles` in joulelens.json; null where nothing was measured. */
  profile: Record<string, unknown> | null;
  name: string;
  /** Requests that were sent and counted. */
  requests: number;
  /** Why it ended before its last request. */
  stopped: string | null;
}

export interface MergeProfileParams {
  /** Of a joulelens.json; empty for a new one. */
  text: string;
  name: string;
  profile: Record<string, unknown>;
}
