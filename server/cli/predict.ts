/** `joulelens predict`: one request from its numbers alone, or a stream of them. */
import { createPredictor, type PredictionRow } from '../core/energy/predict.js';
import { formatInterval, formatJoules, formatWattHours } from '../core/energy/units.js';
import { batchOption, type CommandHelp, numberOption, parseCommand } from './args.js';
import { readJsonFile } from './input.js';
import { CliError, ExitCode, writeLine } from './io.js';
import { predictRows } from './predictRows.js';
import { findProfile } from './services.js';
import type { Command } from './command.js';

const help: CommandHelp = {
  usage: 'joulelens predict (--model M | --config FILE) --in N --out N [options] | --rows FILE',
  summary: 'Joules and seconds of a request from its token counts; --rows for many, JSON Lines in and out.',
  rows: [
    ['--model M', 'catalogue id or short name'],
    ['--config FILE', "a model's public config.json, in place of --model"],
    ['--in N', 'tokens of the prompt'],
    ['--out N', 'tokens of the reply'],
    ['--cached N', 'of the prompt, tokens served by the prefix cache'],
    ['--batch B', 'concurrent requests: a number, or a range such as 8..128'],
    ['--gpus N', 'GPUs of the replica; default: as few as hold the weights'],
    ['--gpu G', 'h100-sxm, h200-sxm, a100-80gb, ...'],
    ['--precision P', 'bf16, fp8, int4, ...; default: as the config says'],
    ['--engine E', 'vllm-0.11, tgi, transformers, ...'],
    ['--profile P', 'assumptions for what is left open: built in, or of joulelens.json; default shared-server'],
    ['--tp N, --ep N, --pp N', 'tensor, expert and pipeline parallel'],
    ['--rows FILE', 'JSON Lines of such rows (model or config, in, out, ...); - for standard input'],
    ['--json', 'one JSON line'],
  ],
};

const options = {
  model: { type: 'string' },
  config: { type: 'string' },
  in: { type: 'string' },
  out: { type: 'string' },
  cached: { type: 'string' },
  batch: { type: 'string' },
  gpus: { type: 'string' },
  gpu: { type: 'string' },
  precision: { type: 'string' },
  engine: { type: 'string' },
  tp: { type: 'string' },
  ep: { type: 'string' },
  pp: { type: 'string' },
  profile: { type: 'string' },
  rows: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const predictCommand: Command = {
  name: 'predict',
  help,
  async run(args, io) {
    const { values, positionals } = parseCommand(args, options, help);
    if (positionals.length > 0)
      throw new CliError(`predict takes no FILE, got "${positionals[0]}"; usage: ${help.usage}`);
    const { rows, json: _json, profile: profileName, ...flags } = values;
    const profile = profileName === undefined ? {} : { profile: await findProfile(profileName, io) };
    if (rows !== undefined) {
      const [flag] = Object.keys(flags);
      if (flag !== undefined) throw new CliError(`--rows: each row says its own ${flag}; leave --${flag} out`);
      return predictRows(rows, io, profile);
    }
    if (values.model !== undefined && values.config !== undefined) {
      throw new CliError('predict takes --model or --config, not both');
    }
    const count = (name: 'in' | 'out' | 'cached' | 'gpus' | 'tp' | 'ep' | 'pp') =>
      numberOption(name, values[name], { integer: true });
    const row = {
      ...(values.model === undefined ? {} : { model: values.model }),
      ...(values.config === undefined ? {} : { config: await readJsonFile('config', values.config, io) }),
      in: count('in'),
      out: count('out'),
      cached: count('cached'),
      batch: batchOption(values.batch),
      gpus: count('gpus'),
      gpu: values.gpu,
      precision: values.precision,
      engine: values.engine,
      tp: count('tp'),
      ep: count('ep'),
      pp: count('pp'),
    };
    const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
    const result = createPredictor(profile)(given);
    if ('error' in result) throw new CliError(result.error);
    await writeLine(io.stdout, values.json ? JSON.stringify(result) : predictionText(result));
    return ExitCode.fine;
  },
};

function predictionText(result: PredictionRow): string {
  const { assumptions } = result;
  const batch = typeof assumptions.batch === 'number' ? assumptions.batch : assumptions.batch.join('-');
  return [
    `predicted ${formatJoules(result.gpuJoules)} on the GPUs (90 % ${formatInterval(result.interval90)}, ${formatWattHours(result.gpuJoules)})`,
    `  prefill ${formatJoules(result.prefillJoules)}, decode ${formatJoules(result.decodeJoules)}`,
    `  host ${formatJoules(result.hostJoules)}; with facility ${formatJoules(result.totalJoules)}`,
    `  ${assumptions.model}, ${assumptions.gpus} x ${assumptions.gpu}, ${assumptions.engine}, ${assumptions.precision}, batch ${batch}`,
    `  ${result.confidence}`,
    ...assumptions.notes.map((note) => `  assumed: ${note}`),
    ...result.warnings.map((warning) => `  warning: ${warning}`),
  ].join('\n');
}
