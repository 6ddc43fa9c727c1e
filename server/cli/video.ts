/** `joulelens video`: one clip from its size, frames and steps, or a stream of them. */
import type { CommandHelp } from './args.js';
import { numberOption, parseCommand } from './args.js';
import type { Command } from './command.js';
import { createVideoPredictor, type VideoPrediction } from '../core/energy/video/predictVideo.js';
import { formatInterval, formatJoules, formatSeconds, formatWattHours } from '../core/energy/units.js';
import { readJsonFile } from './input.js';
import { CliError, ExitCode, writeLine } from './io.js';
import { answerRows } from './answerRows.js';

const help: CommandHelp = {
  usage:
    'joulelens video (--model M | --config FILE) [--width W --height H --frames F --steps S] [options] | --rows FILE',
  summary: 'Joules and minutes of a generated video clip; --rows for many, JSON Lines in and out.',
  rows: [
    ['--model M', 'wan2.1-t2v-14b, hunyuanvideo, cogvideox-5b, mochi-1, ... or a Hugging Face id'],
    ['--config FILE', "a diffusion transformer's config.json, in place of --model; may carry its VAE's as `vae`"],
    ['--width W, --height H', "pixels; default: the model's usual size"],
    ['--frames F', 'frames of the clip'],
    ['--steps S', 'denoising steps (LTX-Video: those of both stages together)'],
    ['--guidance G', 'guidance scale; above 1 costs a second pass, unless the model is guidance-distilled'],
    ['--gpus N', '1 to 8 that share one clip'],
    ['--ulysses N', 'how many of them split the heads; the rest is the ring degree'],
    ['--gpu G', 'h100-sxm, a100-80gb, ...; default: h100-sxm, the one that was measured'],
    ['--engine E', 'diffusers or xdit; default: between the two'],
    ['--rows FILE', 'JSON Lines of such rows (model or config, width, height, frames, ...); - for standard input'],
    ['--json', 'one JSON line'],
  ],
};

const options = {
  model: { type: 'string' },
  config: { type: 'string' },
  width: { type: 'string' },
  height: { type: 'string' },
  frames: { type: 'string' },
  steps: { type: 'string' },
  guidance: { type: 'string' },
  gpus: { type: 'string' },
  ulysses: { type: 'string' },
  gpu: { type: 'string' },
  engine: { type: 'string' },
  rows: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const videoCommand: Command = {
  name: 'video',
  help,
  async run(args, io) {
    const { values, positionals } = parseCommand(args, options, help);
    if (positionals.length > 0) {
      throw new CliError(`video takes no FILE, got "${positionals[0]}"; usage: ${help.usage}`);
    }
    const { rows, json: _json, ...flags } = values;
    const predict = createVideoPredictor();
    if (rows !== undefined) {
      const [flag] = Object.keys(flags);
      if (flag !== undefined) throw new CliError(`--rows: each row says its own ${flag}; leave --${flag} out`);
      return answerRows(rows, io, predict);
    }
    if (values.model !== undefined && values.config !== undefined) {
      throw new CliError('video takes --model or --config, not both');
    }
    const count = (name: 'width' | 'height' | 'frames' | 'steps' | 'gpus' | 'ulysses') =>
      numberOption(name, values[name], { integer: true });
    const row = {
      model: values.model,
      config: values.config === undefined ? undefined : await readJsonFile('config', values.config, io),
      width: count('width'),
      height: count('height'),
      frames: count('frames'),
      steps: count('steps'),
      guidance: numberOption('guidance', values.guidance),
      gpus: count('gpus'),
      ulysses: count('ulysses'),
      gpu: values.gpu,
      engine: values.engine,
    };
    const result = predict(Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)));
    if ('error' in result) throw new CliError(result.error);
    await writeLine(io.stdout, values.json === true ? JSON.stringify(result) : videoText(result));
    return ExitCode.fine;
  },
};

const TERMS = {
  textEncoder: 'text encoder',
  linear: 'linear layers',
  selfAttention: 'self-attention',
  crossAttention: 'cross-attention',
  elementwise: 'element-wise and launches',
  vae: 'VAE',
} as const;

function videoText(result: VideoPrediction): string {
  const a = result.assumptions;
  const parts = (Object.keys(TERMS) as (keyof typeof TERMS)[])
    .filter((name) => result.terms[name] > 0.0005 * result.gpuJoules)
    .map((name) => `${TERMS[name]} ${((100 * result.terms[name]) / result.gpuJoules).toFixed(1)} %`);
  const paper =
    result.paperGpuWattHours === null
      ? []
      : [`  published formula: ${formatWattHours(result.paperGpuWattHours * 3600)}`];
  return [
    `predicted ${formatJoules(result.gpuJoules)} on the GPUs (90 % ${formatInterval(result.interval90)}, ${formatWattHours(result.gpuJoules)}), ${formatSeconds(result.seconds)}`,
    `  ${parts.join(', ')}`,
    `  host ${formatJoules(result.hostJoules)}`,
    ...paper,
    `  ${a.model}, ${a.width} x ${a.height}, ${a.frames} frames, ${a.steps} steps, guidance ${a.guidance} (${a.passes} ${a.passes === 1 ? 'pass' : 'passes'} a step), ${a.gpus} x ${a.gpu}, ${a.latentTokens} latent tokens`,
    `  ${result.confidence}`,
    ...a.notes.map((note) => `  assumed: ${note}`),
    ...result.warnings.map((warning) => `  warning: ${warning}`),
  ].join('\n');
}
