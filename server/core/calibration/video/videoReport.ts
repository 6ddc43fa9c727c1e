/** What `joulelens validate --video` reports: the shape of it, as the page and the JSON give it. */
import type { PAPER_SWEEP_ERRORS } from '../../energy/video/paperModel.js';
import type { VideoSource } from './rows.js';

/** A printed figure and ours. */
export interface PaperPoint {
  readonly what: string;
  readonly unit: string;
  readonly printed: number;
  readonly formula: number;
  readonly offPercent: number;
}

/** A row of Table 4 beside every way of predicting it. Percent are of the measured watt-hours. */
export interface Table4Check {
  readonly model: string;
  readonly measuredWattHours: number;
  readonly formulaWattHours: number | null;
  /** Told that it was Diffusers; rows of the model at these or other settings are in the calibration. */
  readonly wattHours: number;
  readonly offPercent: number;
  /** Told nothing of the software. */
  readonly untoldOffPercent: number;
  /** The model left out of the fit, Diffusers. */
  readonly leftOutOffPercent: number;
  readonly interval90WattHours: readonly [number, number];
  readonly measuredSeconds: number;
  readonly seconds: number;
}

export interface LeftOutModel {
  readonly model: string;
  readonly cases: readonly {
    readonly source: VideoSource;
    readonly size: string;
    readonly measuredJoules: number;
    readonly predictedJoules: number;
    readonly offPercent: number;
  }[];
  /** Mean of the absolute errors of its cases, told the software. */
  readonly errorPercent: number;
  /** The same, told nothing of the software. */
  readonly untoldErrorPercent: number;
}

export interface VideoCoverage {
  readonly name: string;
  readonly n: number;
  readonly coveragePercent: number;
  readonly medianHalfWidthPercent: number;
}

export interface LaboratoryPair {
  readonly model: string;
  readonly benchlabJoules: number;
  readonly mlenergyJoules: number;
  /** Benchlab over ML.ENERGY, minus one. */
  readonly differencePercent: number;
  /** The same after the software's one factor. */
  readonly afterFactorPercent: number;
}

export interface SeveralGpus {
  readonly gpus: number;
  readonly n: number;
  /** Of the model left out, told the split of the sequence. */
  readonly medianPercent: number;
  readonly worstPercent: number;
  /** The same, told only the number of GPUs. */
  readonly untoldMedianPercent: number;
  readonly untoldWorstPercent: number;
}

/** Seconds that a model's card states, and ours. */
export interface CardCheck {
  readonly model: string;
  readonly gpu: string;
  readonly statedSeconds: number;
  readonly seconds: number;
  readonly offPercent: number;
}

export interface VideoGoal {
  readonly what: string;
  readonly target: string;
  readonly found: string;
  readonly isMet: boolean;
}

export interface VideoReport {
  readonly goals: readonly VideoGoal[];
  readonly paperPoints: readonly PaperPoint[];
  readonly paperSweepErrors: typeof PAPER_SWEEP_ERRORS;
  /** Local slope of log energy in log latent tokens, WAN2.1-T2V-1.3B. */
  readonly slopes: readonly {
    readonly size: string;
    readonly tokens: number;
    readonly formula: number;
    readonly ours: number;
  }[];
  readonly table4: readonly Table4Check[];
  readonly ltxStages: readonly {
    readonly stage: string;
    readonly measuredJoules: number;
    readonly predictedJoules: number;
    readonly offPercent: number;
  }[];
  readonly withinModel: readonly { readonly what: string; readonly offPercent: number }[];
  readonly leftOut: readonly LeftOutModel[];
  readonly laboratories: readonly LaboratoryPair[];
  readonly severalGpus: readonly SeveralGpus[];
  readonly cards: readonly CardCheck[];
  readonly coverage: readonly VideoCoverage[];
}
