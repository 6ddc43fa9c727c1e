/** Figures of "Video Killed the Energy Budget" (arXiv 2509.19222) and of its authors' repository: quoted, never fitted. */

/** A row of Tables 2 and 4: the seven models at their usual settings, one H100, Diffusers. */
export interface Table4Row {
  readonly model: string;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly steps: number;
  readonly seconds: number;
  readonly gpuWattHours: number;
}

export const TABLE_4: readonly Table4Row[] = [
  { model: 'wan2.1-t2v-14b', width: 1280, height: 720, frames: 81, steps: 50, seconds: 1875, gpuWattHours: 359.7 },
  { model: 'wan2.1-t2v-1.3b', width: 1280, height: 720, frames: 81, steps: 50, seconds: 410, gpuWattHours: 78.8 },
  { model: 'mochi-1', width: 848, height: 480, frames: 84, steps: 64, seconds: 263, gpuWattHours: 44.7 },
  { model: 'cogvideox-5b', width: 720, height: 480, frames: 49, steps: 50, seconds: 124, gpuWattHours: 21.6 },
  { model: 'cogvideox-2b', width: 720, height: 480, frames: 49, steps: 50, seconds: 50.6, gpuWattHours: 8.3 },
  // 9.7 s leaves out the second stage: 3.16 Wh in 9.7 s would be 1,173 W. The authors' own runs add up to 18.0 s.
  { model: 'ltx-video-0.9.7', width: 704, height: 512, frames: 121, steps: 40, seconds: 9.7, gpuWattHours: 3.16 },
  { model: 'animatediff', width: 512, height: 512, frames: 16, steps: 4, seconds: 0.68, gpuWattHours: 0.115 },
];

/** Mean GPU joules of LTX-Video's stages over ten prompts: in the authors' results file, not in the paper. */
export const LTX_STAGE_JOULES = [6797.7, 4657.6] as const;

/** What the paper prints of its formula or measures at its base point. */
export const PAPER_POINTS = {
  latentTokens: 76_500,
  seconds: 410,
  gpuWattHours: 78.8,
  attentionBoundTokens: 295,
  projectionBoundTokens: 590,
} as const;

/** Seconds of a clip at a model's usual settings, as its card states them ("about"). */
export const CARD_SECONDS: readonly { readonly model: string; readonly gpu: string; readonly seconds: number }[] = [
  { model: 'cogvideox-2b', gpu: 'h100-sxm', seconds: 45 },
  { model: 'cogvideox-5b', gpu: 'h100-sxm', seconds: 90 },
  { model: 'cogvideox1.5-5b', gpu: 'h100-sxm', seconds: 550 },
  { model: 'cogvideox-2b', gpu: 'a100-80gb', seconds: 90 },
  { model: 'cogvideox-5b', gpu: 'a100-80gb', seconds: 180 },
  { model: 'cogvideox1.5-5b', gpu: 'a100-80gb', seconds: 1000 },
  { model: 'wan2.1-t2v-1.3b', gpu: 'rtx-4090', seconds: 240 },
];
