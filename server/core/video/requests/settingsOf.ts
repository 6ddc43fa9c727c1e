/** Size, frames, steps and guidance of a request under the names that the common APIs give them. */
import type { AskedSettings } from './model.js';
import { numberIn, textOf, valueAt, type MapValue } from './values.js';

const FRAMES = ['num_frames', 'video_length', 'frame_num', 'frames_num', 'n_frames', 'frames'];
const STEPS = ['num_inference_steps', 'infer_steps', 'sample_steps', 'sampling_steps', 'num_steps', 'steps'];
const GUIDANCE = [
  'guidance_scale',
  'guide_scale',
  'sample_guide_scale',
  'embedded_guidance_scale',
  'cfg_scale',
  'cfg',
  'guidance',
];
const SECONDS = ['duration', 'seconds', 'duration_seconds', 'video_duration'];
const CLIPS = ['num_videos_per_prompt', 'num_videos', 'num_outputs', 'n', 'batch_size'];
const SIZES = ['size', 'resolution', 'video_size', 'image_size', 'dimensions'];

/** Names of a number of frames that hardly anything but video has. */
export const SURE_FRAMES: ReadonlySet<string> = new Set(FRAMES.slice(0, 4));

/** Short sides of named resolutions, and the sides that models are run at. */
const NAMED: Readonly<Record<string, readonly [long: number, short: number]>> = {
  '360p': [640, 368],
  '480p': [832, 480],
  '540p': [960, 544],
  '580p': [1024, 576],
  '720p': [1280, 720],
  '768p': [1360, 768],
  '1080p': [1920, 1088],
  '1k': [1280, 720],
  '2k': [2560, 1440],
  '4k': [3840, 2160],
};

/** What a request says of its clip. */
export interface SaidSettings {
  readonly asked: AskedSettings;
  readonly clips: number;
  readonly notes: readonly string[];
  /** How many of size, frames, steps and length it says. */
  readonly said: number;
}

const firstNumber = (maps: readonly MapValue[], keys: readonly string[]): number | null => {
  for (const map of maps) {
    for (const key of keys) {
      const value = numberIn(valueAt(map, key));
      if (value !== null) return value;
    }
  }
  return null;
};

const firstText = (maps: readonly MapValue[], keys: readonly string[]): string | null => {
  for (const map of maps) {
    for (const key of keys) {
      const value = textOf(valueAt(map, key));
      if (value !== null) return value;
    }
  }
  return null;
};

/**
 * @param maps the request's own object first, then objects of parameters inside it
 * @param fps frames per second of the model, for a length in seconds
 */
export function settingsOf(maps: readonly MapValue[], fps: number | null): SaidSettings {
  const asked: AskedSettings = {};
  const notes: string[] = [];
  const size = sizeOf(maps, notes);
  if (size !== null) [asked.width, asked.height] = size;
  const frames = firstNumber(maps, FRAMES);
  const seconds = firstNumber(maps, SECONDS);
  if (frames !== null) asked.frames = frames;
  else if (seconds !== null) {
    const rate = firstNumber(maps, ['fps', 'frames_per_second', 'frame_rate']) ?? fps;
    if (rate !== null) {
      asked.frames = Math.round(seconds * rate) + 1;
      notes.push(`${seconds} s at ${rate} frames a second: ${asked.frames} frames`);
    }
  }
  const steps = firstNumber(maps, STEPS);
  if (steps !== null) asked.steps = steps;
  const guidance = firstNumber(maps, GUIDANCE);
  if (guidance !== null) asked.guidance = guidance;
  return {
    asked,
    clips: Math.max(1, Math.round(firstNumber(maps, CLIPS) ?? 1)),
    notes,
    said: [size, frames ?? seconds, steps].filter((each) => each !== null).length,
  };
}

/** Width and height: two numbers, `832x480`, an object, or a named resolution with its aspect ratio. */
function sizeOf(maps: readonly MapValue[], notes: string[]): readonly [number, number] | null {
  const [width, height] = [firstNumber(maps, ['width']), firstNumber(maps, ['height'])];
  if (width !== null && height !== null) return [width, height];
  for (const map of maps) {
    for (const key of SIZES) {
      const value = valueAt(map, key);
      if (value?.kind !== 'map') continue;
      const inside = [numberIn(valueAt(value, 'width')), numberIn(valueAt(value, 'height'))] as const;
      if (inside[0] !== null && inside[1] !== null) return [inside[0], inside[1]];
    }
  }
  const text = firstText(maps, SIZES)?.trim().toLowerCase();
  if (text === undefined) return null;
  const pair = /^(\d{2,5})\s*[x*×]\s*(\d{2,5})$/.exec(text);
  if (pair) return [Number(pair[1]), Number(pair[2])];
  const named = NAMED[text];
  if (named === undefined) return null;
  const ratio = /^(\d+)\s*:\s*(\d+)$/.exec(firstText(maps, ['aspect_ratio', 'ratio'])?.trim() ?? '16:9');
  const [a, b] = ratio ? [Number(ratio[1]), Number(ratio[2])] : [16, 9];
  const [long, short] = named;
  const found: readonly [number, number] =
    a === b
      ? [16 * Math.round(Math.sqrt(long * short) / 16), 16 * Math.round(Math.sqrt(long * short) / 16)]
      : a > b
        ? [long, short]
        : [short, long];
  notes.push(`${text}, ${a}:${b}: counted as ${found[0]} x ${found[1]}`);
  return found;
}
