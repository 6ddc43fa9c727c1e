/** Measurements that a made-up endpoint would give: known factors over the general fit, with noise. */
import { observe, type Observation } from '../../../../server/core/calibration/endpoint/observations.js';
import type { MeasuredRequest } from '../../../../server/core/calibration/endpoint/measuredRequests.js';
import { BUILT_IN_PROFILES } from '../../../../server/core/data/index.js';
import { createCatalogue } from '../../../../server/core/energy/catalogue.js';
import { normalQuantile } from '../../../../server/core/energy/errorModel.js';
import type { Profile } from '../../../../server/core/energy/types.js';

export const catalogue = createCatalogue();
export const findModel = (id: string) => catalogue.find(id);

/** An engine that the general fit does not know well: a wide prior. */
export const tgi: Profile = { ...BUILT_IN_PROFILES[1]!, name: 'ours', engine: 'tgi' };
/** The calibrated domain: a narrow one. */
export const vllm: Profile = { ...BUILT_IN_PROFILES[0]!, name: 'ours', batch: 16 };

export interface Truth {
  readonly engine: number;
  readonly prefill: number;
  readonly decode?: number;
  readonly exponent?: number;
  readonly requestJoules?: number;
  /** Log sigma of each row. */
  readonly noise: number;
  readonly seed?: number;
}

/** Prompts, replies and batches that tell everything apart. */
export const SHAPES: readonly (readonly [tokensIn: number, tokensOut: number, batch: number])[] = [
  [64, 8, 1],
  [64, 256, 1],
  [512, 64, 1],
  [2048, 8, 1],
  [2048, 256, 1],
  [8192, 8, 1],
  [64, 512, 4],
  [1024, 64, 4],
  [4096, 16, 4],
  [256, 512, 16],
  [2048, 32, 16],
  [512, 128, 32],
  [4096, 8, 32],
];

export const request = (tokensIn: number, tokensOut: number, batch: number, joules = 1): MeasuredRequest => ({
  place: 'made:1',
  model: 'llama-3.1-8b',
  tokensIn,
  tokensCached: 0,
  tokensOut,
  joules,
  repeats: 1,
  batch,
  deployment: {},
  provenance: 'measured',
  scope: 'gpu-window',
});

export function observed(requests: readonly MeasuredRequest[], profile: Profile = tgi): Observation[] {
  const { observations, problems } = observe(requests, { profile, findModel });
  if (problems.length > 0) throw new Error(problems[0]!.message);
  return observations;
}

/** What a noiseless endpoint of this truth would measure. */
export function trueJoules(truth: Truth, { prefillJoules, decodeJoules, batch }: Observation): number {
  const all = truth.engine * Math.pow(batch / 8, truth.exponent ?? 0);
  return all * (truth.prefill * prefillJoules + (truth.decode ?? 1) * decodeJoules) + (truth.requestJoules ?? 0);
}

/** `repeats` rows of each shape. Deterministic. */
export function measuredBy(
  truth: Truth,
  repeats = 3,
  profile: Profile = tgi,
  shapes: typeof SHAPES = SHAPES,
): Observation[] {
  let state = (truth.seed ?? 1) >>> 0;
  const normal = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return normalQuantile((state + 0.5) / 2 ** 32);
  };
  const requests = shapes.flatMap(([a, b, c]) => Array.from({ length: repeats }, () => request(a, b, c)));
  return observed(requests, profile).map((one) =>
    withJoules(one, trueJoules(truth, one) * Math.exp(truth.noise * normal())),
  );
}

export const withJoules = (one: Observation, joules: number): Observation => ({
  ...one,
  request: { ...one.request, joules },
});
