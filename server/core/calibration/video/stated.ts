/** Constants of the video equation that are stated, not fitted. */
import type { StatedCoefficient } from '../../energy/coefficients.js';
import type { GpuId } from '../../energy/types.js';

export const STATED_VIDEO: Readonly<
  Record<'launchJoules' | 'hostWatts' | 'gpuSigma' | 'sizeSigma' | 'unetSigma', StatedCoefficient>
> = {
  launchJoules: {
    value: 0.1,
    unit: 'J per layer and pass',
    range: [0.03, 0.2],
    source: 'judgement: some 50 kernels a block launched one by one, 0.5 ms at 200 W; it matters for small clips alone',
  },
  hostWatts: {
    value: 106,
    unit: 'W per GPU',
    range: [84, 200],
    source:
      'Delavande, Pierrard, Luccioni, Video Killed the Energy Budget, Table 4: CPU and RAM are 15 to 17 % of the GPU energy at 620 to 690 W',
  },
  gpuSigma: {
    value: 0.15,
    unit: 'log sigma',
    range: [0.1, 0.25],
    source: 'judgement: factors of other GPUs come from clocks on model cards and from public figures, not from meters',
  },
  sizeSigma: {
    value: 0.05,
    unit: 'log sigma per factor of e in latent tokens beyond the measured ones',
    range: [0.02, 0.1],
    source: 'judgement: launches count at few tokens, tiling of the VAE at many',
  },
  unetSigma: {
    value: 0.2,
    unit: 'log sigma',
    range: [0.1, 0.3],
    source: 'judgement: one U-Net was measured, at one setting',
  },
};

const CARDS =
  'seconds on both GPUs that the model cards of CogVideoX 2B, 5B and 1.5 state (90 and 45, 180 and 90, 1000 and 550), at their power limits';

const judged = (value: number, range: readonly [number, number], why: string): StatedCoefficient => ({
  value,
  unit: "factor on an H100 SXM's joules",
  range,
  source: `judgement: ${why}`,
});

/** Joules of a clip on other GPUs over those on an H100 SXM. None was measured here. */
export const STATED_GPUS: Readonly<Record<GpuId, StatedCoefficient>> = {
  'h100-sxm': { value: 1, unit: "factor on an H100 SXM's joules", range: [1, 1], source: 'the one that was measured' },
  'h100-pcie': judged(0.85, [0.7, 1.05], 'the same chip at half the power runs at lower clocks and voltage'),
  'h100-nvl': judged(0.87, [0.7, 1.05], 'the same chip at 400 W runs at lower clocks and voltage'),
  'h200-sxm': judged(1, [0.9, 1.1], 'the same chip and power; its larger bandwidth matters little here'),
  b200: judged(0.75, [0.55, 1], 'peak over power is 1.6 times that of an H100, of which less is reached'),
  'a100-80gb': { value: 1.12, unit: "factor on an H100 SXM's joules", range: [0.95, 1.35], source: CARDS },
  'a100-40gb': { value: 1.12, unit: "factor on an H100 SXM's joules", range: [0.95, 1.35], source: CARDS },
  l40s: judged(1.2, [0.9, 1.6], 'peak over power is 0.73 of an H100, of which more is reached'),
  'rtx-4090': {
    value: 1.6,
    unit: "factor on an H100 SXM's joules",
    range: [1.2, 2.1],
    source: "the WAN2.1 card's about 4 minutes for a 480p clip of the 1.3B model on an RTX 4090, at its power limit",
  },
};
