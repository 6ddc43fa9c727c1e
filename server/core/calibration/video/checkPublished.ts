/** Our figures and the published formula's beside what the paper and the model cards print. */
import { gpuById } from '../../energy/gpus.js';
import { createVideoCatalogue, type VideoModel } from '../../energy/video/catalogue.js';
import type { VideoCoefficients } from '../../energy/video/coefficients.js';
import { paperEnergy, paperFlops, paperTokens, paperWan, PAPER_PEAK } from '../../energy/video/paperModel.js';
import { totalOf, videoTerms } from '../../energy/video/physics.js';
import { continuousGrid } from '../../energy/video/plan.js';
import { predictClip } from '../../energy/video/predictVideo.js';
import { percentOff } from '../metrics.js';
import { fitBase, type VideoCalibration } from './calibrateVideo.js';
import { CARD_SECONDS, LTX_STAGE_JOULES, PAPER_POINTS, TABLE_4 } from './published.js';
import type { VideoCase } from './rows.js';
import type { CardCheck, PaperPoint, Table4Check, VideoReport } from './videoReport.js';

function modelOf(id: string): VideoModel {
  const match = createVideoCatalogue().find(id);
  if (!match.ok) throw new Error(match.error);
  return match.model;
}

const wanSmall = (): VideoModel => modelOf('wan2.1-t2v-1.3b');

/** The points that the paper prints. */
export function checkPaper(): PaperPoint[] {
  const c = paperWan(wanSmall().arch);
  const clip = { width: 1280, height: 720, frames: 81 };
  const tokens = paperTokens(c, clip);
  const { seconds, gpuWattHours } = paperEnergy(paperFlops(c, tokens, 50, 2, clip).total);
  const balance = PAPER_PEAK / gpuById('h100-sxm').bandwidthBytesPerSecond;
  const point = (what: string, unit: string, printed: number, formula: number): PaperPoint => ({
    what,
    unit,
    printed,
    formula,
    offPercent: percentOff(formula, printed),
  });
  return [
    point('latent tokens, 1280 x 720, 81 frames', '', PAPER_POINTS.latentTokens, tokens),
    point('seconds, 50 steps (printed: measured)', 's', PAPER_POINTS.seconds, seconds),
    point('GPU energy, 50 steps (printed: measured)', 'Wh', PAPER_POINTS.gpuWattHours, gpuWattHours),
    point('tokens from which attention is bound by arithmetic', '', PAPER_POINTS.attentionBoundTokens, balance),
    point('tokens from which projections are', '', PAPER_POINTS.projectionBoundTokens, 2 * balance),
  ];
}

/** Local slopes of log energy in log latent tokens. */
export function slopesOf({ base }: VideoCoefficients): VideoReport['slopes'] {
  const { arch } = wanSmall();
  const c = paperWan(arch);
  return [
    [256, 256],
    [832, 480],
    [1280, 720],
    [1920, 1088],
    [3520, 1984],
  ].map(([width, height]) => {
    const clip = { width: width!, height: height!, frames: 81 };
    const at = (k: number) => ({ ...clip, width: clip.width * k });
    const slope = (of: (k: number) => number): number => Math.log(of(1.001) / of(1 / 1.001)) / Math.log(1.001 ** 2);
    return {
      size: `${width} x ${height}`,
      tokens: Math.round(paperTokens(c, clip)),
      formula: slope((k) => paperFlops(c, paperTokens(c, at(k)), 50, 2, at(k)).total),
      ours: slope((k) =>
        totalOf(videoTerms(arch, [{ grid: continuousGrid(arch, at(k)), clip: at(k), steps: 50 }], 2, at(k), base)),
      ),
    };
  });
}

/** The measured models of the paper's Table 4. */
export function checkTable4({ cases, coefficients }: VideoCalibration): Table4Check[] {
  return TABLE_4.map((row) => {
    const model = modelOf(row.model);
    const { width, height, frames, steps } = row;
    const asked = { width, height, frames, steps };
    const told = predictClip(model, { ...asked, engine: 'diffusers' }, coefficients);
    const untold = predictClip(model, asked, coefficients);
    const without = { ...coefficients, base: fitBase(cases.filter((c) => c.model !== row.model)), ownFactors: {} };
    const leftOut = predictClip(model, { ...asked, engine: 'diffusers' }, without);
    return {
      model: row.model,
      measuredWattHours: row.gpuWattHours,
      formulaWattHours: told.paperGpuWattHours,
      wattHours: told.gpuWattHours,
      offPercent: percentOff(told.gpuWattHours, row.gpuWattHours),
      untoldOffPercent: percentOff(untold.gpuWattHours, row.gpuWattHours),
      leftOutOffPercent: percentOff(leftOut.gpuWattHours, row.gpuWattHours),
      interval90WattHours: [untold.interval90[0] / 3600, untold.interval90[1] / 3600],
      measuredSeconds: row.seconds,
      seconds: told.seconds,
    };
  });
}

/** The stages of LTX-Video apart: the fit saw their sum alone. */
export function checkLtx(cases: readonly VideoCase[], { base }: VideoCoefficients): VideoReport['ltxStages'] {
  const ltx = cases.find((c) => c.model === 'ltx-video-0.9.7')!;
  const { arch } = ltx.video;
  const [first, second] = ltx.plan.stages;
  const nothing = { width: 0, height: 0, frames: 0 };
  const joules = [
    totalOf(videoTerms(arch, [first!], ltx.plan.passes, nothing, base)),
    totalOf(videoTerms(arch, [second!], ltx.plan.passes, ltx.plan.decoded, base)),
  ];
  return ['generate, 30 steps', 'refine, 4 of 10 steps, and decode'].map((stage, i) => ({
    stage,
    measuredJoules: LTX_STAGE_JOULES[i]!,
    predictedJoules: joules[i]!,
    offPercent: percentOff(joules[i]!, LTX_STAGE_JOULES[i]!),
  }));
}

/** Seconds that model cards state. */
export function checkCards(coefficients: VideoCoefficients): CardCheck[] {
  return CARD_SECONDS.map(({ model, gpu, seconds: stated }) => {
    const { seconds } = predictClip(modelOf(model), { gpu }, coefficients);
    return { model, gpu, statedSeconds: stated, seconds, offPercent: percentOff(seconds, stated) };
  });
}
