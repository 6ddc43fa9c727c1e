/** Calls of a diffusers video pipeline in Python: `pipe = WanPipeline.from_pretrained("...")`, then `pipe(...)`. */
import type { VideoSettings } from '../../energy/video/plan.js';
import { videoModelNamed } from './modelNames.js';
import type { AskedSettings, NamedVideoModel, VideoRequest } from './model.js';
import { argumentsIn, closingBracket, maskedPython } from './pythonText.js';

/** Arguments of the pipelines' calls. */
const ARGUMENTS: Readonly<Record<string, keyof VideoSettings>> = {
  width: 'width',
  height: 'height',
  num_frames: 'frames',
  num_inference_steps: 'steps',
  guidance_scale: 'guidance',
};

/** Defaults of the calls themselves, where they are not the model's; and the one model of a class that has one. */
interface PipelineClass {
  readonly pattern: RegExp;
  readonly defaults: { readonly [K in keyof VideoSettings]?: number };
  readonly only?: string;
}
const CLASSES: readonly PipelineClass[] = [
  {
    pattern: /^(?:Wan|SkyReelsV2)\w*Pipeline$/,
    defaults: { width: 832, height: 480, frames: 81, steps: 50, guidance: 5 },
  },
  { pattern: /^HunyuanVideo15\w*Pipeline$/, defaults: {}, only: 'hunyuanvideo-1.5' },
  {
    pattern: /^HunyuanVideo\w*Pipeline$/,
    defaults: { width: 1280, height: 720, frames: 129, steps: 50, guidance: 6 },
    only: 'hunyuanvideo',
  },
  { pattern: /^CogVideoX\w*Pipeline$/, defaults: { steps: 50, guidance: 6 } },
  {
    pattern: /^MochiPipeline$/,
    defaults: { width: 848, height: 480, frames: 19, steps: 64, guidance: 4.5 },
    only: 'mochi-1',
  },
  {
    pattern: /^LTX(?!\w*Upsampl)\w*Pipeline$/,
    defaults: { width: 704, height: 512, frames: 161, steps: 50, guidance: 3 },
  },
  {
    pattern: /^AnimateDiff\w*Pipeline$/,
    defaults: { width: 512, height: 512, frames: 16, steps: 50, guidance: 7.5 },
    only: 'animatediff',
  },
  {
    pattern: /^AllegroPipeline$/,
    defaults: { width: 1280, height: 720, frames: 88, steps: 100, guidance: 7.5 },
    only: 'allegro',
  },
];
/** Classes that load whatever the id names. */
const GENERIC = /^(?:DiffusionPipeline|AutoPipelineForText2Video)$/;

interface Pipeline {
  readonly variable: string;
  readonly from: number;
  readonly model: NamedVideoModel;
  readonly defaults: PipelineClass['defaults'];
}

const LOADING =
  /(?:^|[\n;])[ \t]*((?:\w+\.)*\w+)[ \t]*(?::[^=\n]+)?=[ \t]*\(?\s*((?:\w+\.)*)(\w+)\.from_pretrained[ \t]*\(/g;
const CONSTANT = /(?:^|\n)[ \t]*(\w+)[ \t]*(?::[ \t]*\w+[ \t]*)?=[ \t]*([^\n#]+)/g;

/** Literals that are assigned to plain names; the last assignment counts. */
function constantsOf(text: string, masked: string): ReadonlyMap<string, string> {
  const constants = new Map<string, string>();
  for (const match of masked.matchAll(CONSTANT)) {
    // A comment after it is blank in the masked text.
    const start = match.index + match[0].length - match[2]!.length;
    const literal = text.slice(start, start + match[2]!.trimEnd().length);
    if (/^(?:[\d_]+(?:\.\d*)?|r?"[^"\n]*"|r?'[^'\n]*')$/.test(literal)) constants.set(match[1]!, literal);
  }
  return constants;
}

const unquoted = (literal: string | undefined): string | null =>
  /^r?(["'])(.*)\1$/s.exec(literal?.trim() ?? '')?.[2] ?? null;

/** A number, products and sums of numbers, or the name of one. */
function numberOf(source: string, constants: ReadonlyMap<string, string>): number | null {
  const text = source.trim();
  const direct = /^[\d_]+(?:\.\d*)?$/.test(text) ? Number(text.replaceAll('_', '')) : null;
  if (direct !== null) return Number.isFinite(direct) ? direct : null;
  const named = constants.get(text);
  if (named !== undefined) return /^[\d_]+(?:\.\d*)?$/.test(named) ? Number(named.replaceAll('_', '')) : null;
  const sum = /^(\d+)\s*\*\s*(\d+)(?:\s*\+\s*(\d+))?$/.exec(text);
  return sum ? Number(sum[1]) * Number(sum[2]) + Number(sum[3] ?? 0) : null;
}

/** All calls in a Python source, in the order of the file. */
export function diffusersCalls(text: string): VideoRequest[] {
  const masked = maskedPython(text);
  const constants = constantsOf(text, masked);
  const pipelines: Pipeline[] = [];
  for (const match of masked.matchAll(LOADING)) {
    const open = match.index + match[0].length;
    const model = loadedModel(text, masked, open, constants);
    const name = match[3]!;
    const known = CLASSES.find(({ pattern }) => pattern.test(name));
    if (known === undefined && !(GENERIC.test(name) && model.id !== null)) continue;
    pipelines.push({
      variable: match[1]!,
      from: open,
      model: model.id === null && known?.only !== undefined ? { id: known.only, name: model.name } : model,
      defaults: known?.defaults ?? {},
    });
  }
  if (pipelines.length === 0) return [];
  const names = [...new Set(pipelines.map(({ variable }) => variable))];
  const calls = new RegExp(`(?<![\\w.])(${names.map((name) => name.replaceAll('.', '\\.')).join('|')})[ \\t]*\\(`, 'g');
  const found: VideoRequest[] = [];
  for (const match of masked.matchAll(calls)) {
    if (/\b(?:def|class)[ \t]+$/.test(masked.slice(Math.max(0, match.index - 12), match.index))) continue;
    // The last that was loaded into the name before the call.
    const pipeline = pipelines.filter(({ variable, from }) => variable === match[1] && from <= match.index).at(-1);
    if (pipeline !== undefined)
      found.push(callOf(text, masked, match.index, match.index + match[0].length, pipeline, constants));
  }
  return found;
}

function loadedModel(
  text: string,
  masked: string,
  open: number,
  constants: ReadonlyMap<string, string>,
): NamedVideoModel {
  const [first] = argumentsIn(masked, open, closingBracket(masked, open));
  if (first === undefined) return { id: null, name: null };
  const source = text
    .slice(first.start, first.end)
    .trim()
    .replace(/^pretrained_model_name_or_path\s*=\s*/, '');
  const name = unquoted(source) ?? unquoted(constants.get(source));
  return { id: name === null ? null : videoModelNamed(name), name };
}

function callOf(
  text: string,
  masked: string,
  start: number,
  open: number,
  pipeline: Pipeline,
  constants: ReadonlyMap<string, string>,
): VideoRequest {
  const end = closingBracket(masked, open);
  const asked: AskedSettings = { ...pipeline.defaults };
  const notes: string[] = [];
  const said = new Set<string>();
  let clips = 1;
  for (const argument of argumentsIn(masked, open, end)) {
    // Comments between arguments are blank in the masked text, and numbers are as they stand.
    const [, name, value] = /^\s*(\w+)\s*=(?!=)([^]*)$/.exec(masked.slice(argument.start, argument.end)) ?? [];
    if (name === undefined || value === undefined) continue;
    const number = numberOf(value, constants);
    if (name === 'num_videos_per_prompt' && number !== null) clips = Math.max(1, Math.round(number));
    const field = ARGUMENTS[name];
    if (field === undefined) continue;
    said.add(field);
    if (number !== null) asked[field] = number;
    else notes.push(`${name} is no literal here: taken as the pipeline’s default`);
  }
  const defaulted = (Object.keys(pipeline.defaults) as (keyof VideoSettings)[]).filter((field) => !said.has(field));
  if (defaulted.length > 0) {
    notes.push(
      `the pipeline’s defaults: ${defaulted.map((field) => `${field} ${pipeline.defaults[field]}`).join(', ')}`,
    );
  }
  return {
    kind: 'diffusers',
    span: { start, end: Math.min(text.length, end + 1) },
    anchor: { start, end: open },
    model: pipeline.model,
    asked,
    clips,
    isSingleStage: true,
    notes,
  };
}
