/** Constants of the video equation that are stated, not fitted. */
import type { StatedCoefficient } from '../../energy/coefficients.js';

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
    source: 'judgement: joules per FLOP scaled by peak and power of another GPU, none of which was measured',
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
