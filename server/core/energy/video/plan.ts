/** From the clip that is asked for to what runs: sizes rounded to the latent grid, passes, steps of each stage. */
import type { VideoArchitecture } from './architecture.js';
import type { LatentGrid } from './work.js';

/** Pixels and frames. */
export interface ClipSize {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

/** What is asked for, complete. */
export interface VideoSettings extends ClipSize {
  /** Denoising steps. */
  readonly steps: number;
  /** Guidance scale. */
  readonly guidance: number;
}

/** A pipeline that makes a small clip first, enlarges it, and runs a few more steps on the large one. */
export interface TwoStagePipeline {
  /** Size of the first clip over the one asked for; its sides are rounded down to the grid, and doubled for the second. */
  readonly downscale: number;
  /** Share of the steps that the first clip gets. */
  readonly firstShare: number;
  /** Share of the second stage's steps that run: it starts from the enlarged clip, not from noise. */
  readonly strength: number;
}

/** Denoising at one size. */
export interface Stage {
  readonly grid: LatentGrid;
  readonly clip: ClipSize;
  readonly steps: number;
}

export interface VideoPlan {
  readonly stages: readonly Stage[];
  /** Passes of the denoiser per step. */
  readonly passes: number;
  /** What the decoder puts out. */
  readonly decoded: ClipSize;
  /** The clip as it was counted. */
  readonly clip: ClipSize;
  /** Rounding that happened, one clear line each. */
  readonly notices: readonly string[];
}

/** Pixels that make one token in each direction. */
export const tokenPixels = (arch: VideoArchitecture): number =>
  arch.vae.spatialCompression * (arch.denoiser.kind === 'transformer' ? arch.denoiser.patch[1] : 1);

/** Tokens of a clip, not rounded: one latent frame for the first frame and one for every `temporalCompression` after it. */
export function continuousGrid(arch: VideoArchitecture, clip: ClipSize): LatentGrid {
  const pixels = tokenPixels(arch);
  const time = arch.denoiser.kind === 'transformer' ? arch.denoiser.patch[0] : 1;
  const frames =
    arch.vae.temporalCompression === 1 ? clip.frames : 1 + (clip.frames - 1) / arch.vae.temporalCompression;
  return { frames: frames / time, perFrame: (clip.width * clip.height) / (pixels * pixels) };
}

/** Tokens of a clip whose sides are on the grid: part frames are padded to whole ones. */
function wholeGrid(arch: VideoArchitecture, clip: ClipSize): LatentGrid {
  const { frames, perFrame } = continuousGrid(arch, clip);
  return { frames: Math.ceil(frames - 1e-9), perFrame: Math.round(perFrame) };
}

function roundedSide(name: 'width' | 'height', value: number, multiple: number, notices: string[]): number {
  const rounded = Math.max(1, Math.round(value / multiple)) * multiple;
  if (rounded !== value) notices.push(`${name} ${value} is not a multiple of ${multiple}: counted as ${rounded}`);
  return rounded;
}

function roundedFrames(arch: VideoArchitecture, frames: number, notices: string[]): number {
  const t = arch.vae.temporalCompression;
  const whole = Math.max(1, Math.round(frames));
  const latent = arch.frameRounding === 'near' ? Math.floor(whole / t) : Math.floor((whole - 1) / t);
  const rounded = t === 1 ? whole : (whole - 1) % t === 0 ? whole : latent * t + 1;
  if (rounded !== frames) {
    const rule = t === 1 ? 'a whole number' : `one more than a multiple of ${t}`;
    // The nearest may have one latent frame more, as the pipeline makes it.
    const same = arch.frameRounding === 'down' && t > 1 ? ', which has the same latent frames' : '';
    notices.push(`frames ${frames} is not ${rule}: counted as ${rounded}${same}`);
  }
  return rounded;
}

/** @param settings checked: positive, finite */
export function planVideo(arch: VideoArchitecture, settings: VideoSettings, pipeline?: TwoStagePipeline): VideoPlan {
  const notices: string[] = [];
  const passes = passesOf(arch, settings.guidance);
  const multiple = tokenPixels(arch);
  const frames = roundedFrames(arch, settings.frames, notices);
  if (pipeline === undefined) {
    const width = roundedSide('width', settings.width, multiple, notices);
    const height = roundedSide('height', settings.height, multiple, notices);
    const clip = { width, height, frames };
    return {
      stages: [{ grid: wholeGrid(arch, clip), clip, steps: settings.steps }],
      passes,
      decoded: clip,
      clip,
      notices,
    };
  }
  const down = (value: number): number =>
    Math.max(1, Math.floor(Math.floor(value * pipeline.downscale + 1e-9) / multiple)) * multiple;
  const first: ClipSize = { width: down(settings.width), height: down(settings.height), frames };
  const second: ClipSize = { width: 2 * first.width, height: 2 * first.height, frames };
  const firstSteps = Math.round(settings.steps * pipeline.firstShare);
  const listed = settings.steps - firstSteps;
  notices.push(
    `two stages: ${firstSteps} steps at ${first.width} x ${first.height}, then ${listed} refining steps at ` +
      `${second.width} x ${second.height}, of which ${Math.floor(listed * pipeline.strength)} run (strength ${pipeline.strength})`,
  );
  return {
    stages: [
      { grid: wholeGrid(arch, first), clip: first, steps: firstSteps },
      { grid: wholeGrid(arch, second), clip: second, steps: Math.floor(listed * pipeline.strength) },
    ],
    passes,
    decoded: second,
    clip: { width: settings.width, height: settings.height, frames },
    notices,
  };
}

/** Passes per step: guidance above 1 runs the denoiser without the prompt as well, unless it is distilled into the weights. */
export const passesOf = (arch: VideoArchitecture, guidance: number): number =>
  guidance > 1 && !arch.isGuidanceDistilled ? arch.guidedPasses : 1;
