/**
 * The constants that are fitted, each with its prior: what physics and published measurements say before the fit, and
 * how firmly. Priors hold back constants that few rows inform, and stand in where a fold has no row that does.
 */
import type { BaseCoefficients, Coefficients, PrecisionCoefficients } from '../energy/coefficients.js';
import type { PrecisionId } from '../energy/types.js';

/** Where a fitted constant stands in the coefficients. */
export type ParameterPlace =
  | { readonly kind: 'base'; readonly name: keyof BaseCoefficients }
  | { readonly kind: 'precision'; readonly precision: PrecisionId; readonly name: keyof PrecisionCoefficients };

export interface FittedParameter {
  readonly place: ParameterPlace;
  readonly prior: number;
  /** Standard deviation of the prior's logarithm. */
  readonly looseness: number;
  readonly unit: string;
  /** Where the prior comes from. */
  readonly priorSource: string;
}

const base = (
  name: keyof BaseCoefficients,
  prior: number,
  looseness: number,
  unit: string,
  priorSource: string,
): FittedParameter => ({ place: { kind: 'base', name }, prior, looseness, unit, priorSource });

const fp8 = (
  name: keyof PrecisionCoefficients,
  prior: number,
  looseness: number,
  unit: string,
  priorSource: string,
): FittedParameter => ({ place: { kind: 'precision', precision: 'fp8', name }, prior, looseness, unit, priorSource });

const KERNELS = 'H100/H200 kernel tables (AIConfigurator)';
const FLOOR = 'H200 power floor under tiny kernels 126 to 133 W, warm server 110 to 150 W, first fits 212 to 366 W';
const GUESS = 'order of magnitude; the rows decide';

/** All fitted constants, in the order of the data file. */
export const FITTED_PARAMETERS: readonly FittedParameter[] = [
  base('staticWatts', 200, 0.5, 'W per GPU', FLOOR),
  base('layerSeconds', 70e-6, 0.5, 's per layer and step', 'first fits of dense models, 60 to 90 us'),
  base('collectiveSeconds', 5e-6, 1, 's per layer, step and doubling of GPUs', 'NVLink all-reduce of a small tensor'),
  base('expertCollectiveSeconds', 30e-6, 1, 's per MoE layer, step and doubling of GPUs', GUESS),
  base('sequenceSeconds', 30e-6, 0.5, 's per sequence and step', 'first fits, 32 us'),
  base('sequenceJoules', 14e-3, 1, 'J per sequence and step', GUESS),
  base('weightJoulesPerByte', 100e-12, 0.5, 'J/B', `${KERNELS}: 110 to 120 pJ/B`),
  base('expertJoulesPerByte', 100e-12, 0.5, 'J/B', 'as the other weights'),
  base('kvJoulesPerByte', 130e-12, 0.3, 'J/B', 'first fits, 102 to 165 pJ/B'),
  base('stateJoulesPerByte', 130e-12, 0.3, 'J/B', 'as the KV cache'),
  base('flopJoules', 0.9e-12, 0.3, 'J/FLOP', `${KERNELS}: 0.80 pJ/FLOP`),
  base('prefillFlopJoules', 0.85e-12, 0.3, 'J/FLOP', `${KERNELS}: 0.80 pJ/FLOP`),
  base('tileFlopJoules', 0.8e-12, 0.7, 'J/FLOP', 'as other products'),
  base('weightBandwidthEfficiency', 1, 0.2, 'fraction of public bandwidth', `${KERNELS}: 0.88, overlap adds`),
  base('expertBandwidthEfficiency', 0.8, 0.3, 'fraction of public bandwidth', `${KERNELS}: 0.80`),
  base('kvBandwidthEfficiency', 1, 0.2, 'fraction of public bandwidth', 'first fits, 1.09'),
  base('stateBandwidthEfficiency', 0.8, 0.3, 'fraction of public bandwidth', `${KERNELS}: 0.80`),
  base('flopEfficiency', 0.65, 0.3, 'fraction of peak', 'first fits, 0.60'),
  base('prefillFlopEfficiency', 0.6, 0.3, 'fraction of peak', 'measured H100 prefill times, 60 to 68 %'),
  base('tileFlopEfficiency', 0.3, 0.5, 'fraction of peak', GUESS),
  base('expertPrefillFactor', 0.5, 0.5, 'fraction of the dense efficiency', GUESS),
  base('imbalanceStrength', 1, 0.5, 'factor', 'chance alone: 1'),
  base('routedActivationPasses', 4, 0.7, 'passes', 'gather, two products, weighted sum'),
  base('recurrentPrefillJoules', 0.5, 0.7, 'J per recurrent layer and prompt', GUESS),
  fp8('layerSeconds', 40e-6, 1, 's per layer and step', 'quantization of activations, order of magnitude'),
  fp8('flopJoulesFactor', 0.6, 0.3, 'factor over 16 bit', `${KERNELS}: 0.48 against 0.80 pJ/FLOP`),
  fp8('flopEfficiencyFactor', 0.75, 0.5, "share of FP8's peak", `${KERNELS}: 1190 to 1358 of 1979 TFLOP/s`),
];

/** The coefficients with the fitted ones replaced. */
export function withParameters(start: Coefficients, values: readonly number[]): Coefficients {
  const base: Record<string, number> = { ...start.base };
  const precisions: Record<string, Record<string, number>> = {
    ...(start.precisions as unknown as Record<string, Record<string, number>>),
  };
  FITTED_PARAMETERS.forEach(({ place }, i) => {
    if (place.kind === 'base') base[place.name] = values[i]!;
    else precisions[place.precision] = { ...precisions[place.precision], [place.name]: values[i]! };
  });
  return {
    ...start,
    base: base as unknown as BaseCoefficients,
    precisions: precisions as unknown as Coefficients['precisions'],
  };
}

/** Values of the fitted constants in some coefficients. */
export const parameterValues = (coefficients: Coefficients): number[] =>
  FITTED_PARAMETERS.map(({ place }) =>
    place.kind === 'base' ? coefficients.base[place.name] : coefficients.precisions[place.precision][place.name],
  );
