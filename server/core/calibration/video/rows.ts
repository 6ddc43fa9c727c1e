/** Measured clips, as cases of the video equation. */
import measurements from '../../data/videoMeasurements.json';
import { createVideoCatalogue, type VideoCatalogue, type VideoModel } from '../../energy/video/catalogue.js';
import { planVideo, type VideoPlan, type VideoSettings } from '../../energy/video/plan.js';
import type { VideoSoftware } from '../../energy/video/predictVideo.js';

/** Columns of the generated data file. */
export const VIDEO_COLUMNS = [
  'source',
  'model',
  'gpus',
  'ulysses',
  'ring',
  'batch',
  'width',
  'height',
  'frames',
  'steps',
  'statedSteps',
  'guidance',
  'joules',
  'seconds',
] as const;

export type VideoSource = 'benchlab' | 'mlenergy';

/** One measured clip; a mean over the batch where several ran at once. All GPUs together. */
export interface VideoRow {
  readonly source: VideoSource;
  readonly software: VideoSoftware;
  /** Catalogue id. */
  readonly model: string;
  readonly gpus: number;
  /** How the sequence was split over the GPUs. */
  readonly ulysses: number;
  readonly ring: number;
  readonly batch: number;
  readonly settings: VideoSettings;
  /** Steps as the source says; `settings.steps` is what ran. */
  readonly statedSteps: number;
  readonly joules: number;
  /** GPU-busy seconds of one clip. */
  readonly seconds: number;
  readonly video: VideoModel;
  readonly plan: VideoPlan;
}

interface VideoMeasurementsFile {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

const SOFTWARE: Readonly<Record<VideoSource, VideoSoftware>> = { benchlab: 'diffusers', mlenergy: 'xdit' };

/** Reads the generated data file. @throws Error naming the model that the catalogue lacks. */
export function readVideoMeasurements(
  file: VideoMeasurementsFile = measurements as unknown as VideoMeasurementsFile,
  catalogue: VideoCatalogue = createVideoCatalogue(),
): VideoRow[] {
  const at = Object.fromEntries(VIDEO_COLUMNS.map((name) => [name, file.columns.indexOf(name)]));
  return file.rows.map((cells) => {
    const number = (name: (typeof VIDEO_COLUMNS)[number]): number => Number(cells[at[name]!]);
    const match = catalogue.find(String(cells[at.model!]));
    if (!match.ok) throw new Error(`video measurements: ${match.error}`);
    const video = match.model;
    const source = String(cells[at.source!]) as VideoSource;
    const settings: VideoSettings = {
      width: number('width'),
      height: number('height'),
      frames: number('frames'),
      steps: number('steps'),
      guidance: (cells[at.guidance!] as number | null) ?? video.defaults!.guidance,
    };
    return {
      source,
      software: SOFTWARE[source],
      model: video.id!,
      gpus: number('gpus'),
      ulysses: number('ulysses'),
      ring: number('ring'),
      batch: number('batch'),
      settings,
      statedSteps: number('statedSteps'),
      joules: number('joules'),
      seconds: number('seconds'),
      video,
      plan: planVideo(video.arch, settings, video.pipeline),
    };
  });
}

/** A configuration: rows of one model, laboratory, setting and split of GPUs, averaged over prompts and batches. */
export interface VideoCase extends Omit<VideoRow, 'batch'> {
  readonly rows: number;
}

const keyOf = (r: VideoRow): string =>
  [r.source, r.model, r.gpus, r.ulysses, r.ring, ...Object.values(r.settings)].join(' ');

/** Configurations in the order in which they first appear; geometric means. */
export function videoCases(rows: readonly VideoRow[]): VideoCase[] {
  const groups = new Map<string, VideoRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [row]);
    else list.push(row);
  }
  return [...groups.values()].map((list) => {
    const { batch: _batch, ...first } = list[0]!;
    const geometric = (of: (r: VideoRow) => number): number =>
      Math.exp(list.reduce((sum, r) => sum + Math.log(of(r)), 0) / list.length);
    return { ...first, joules: geometric((r) => r.joules), seconds: geometric((r) => r.seconds), rows: list.length };
  });
}

/** Width x height x frames of a case. */
export const sizeOf = ({ settings: s }: VideoCase): string => `${s.width} x ${s.height} x ${s.frames}`;
