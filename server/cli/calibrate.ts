/** `joulelens calibrate`: saved measurements of an endpoint to a profile that is exact for it. */
import { readFile, writeFile } from 'node:fs/promises';
import { calibrateEndpoint, type EndpointCalibration } from '../core/calibration/endpoint/calibrateEndpoint.js';
import { calibratedProfile } from '../core/calibration/endpoint/calibratedProfile.js';
import type { MeasuredRequest, RowProblem } from '../core/calibration/endpoint/measuredRequests.js';
import { observe, servedOf, type Observation } from '../core/calibration/endpoint/observations.js';
import { readMeasurementFile } from '../core/calibration/endpoint/readMeasurements.js';
import { calibrationMarkdown, calibrationWarnings } from '../core/calibration/endpoint/report.js';
import { selectRequests } from '../core/calibration/endpoint/selectRequests.js';
import type { ModelMatch } from '../core/energy/catalogue.js';
import { engineSchema, gpuSchema, precisionSchema } from '../core/energy/profileSchema.js';
import type { Batch, Profile } from '../core/index.js';
import { findConfig, isConfigPath, loadOwnModel, mergeProfile, resolveSettings } from '../settings/index.js';
import { batchOption, numberOption, parseCommand, type CommandHelp } from './args.js';
import type { Command } from './command.js';
import { fileError, readInput, resolvePath } from './input.js';
import { CliError, ExitCode, writeLine, type CliIo } from './io.js';
import { profileNamed, services } from './services.js';

const help: CommandHelp = {
  usage: 'joulelens calibrate --from FILE... --profile NAME [--out FILE] [options]',
  summary: 'An endpoint profile from saved measurements, with its error on measurements held back.',
  rows: [
    ['--from FILE...', 'what measure --json printed (JSON or JSON Lines), a history export, or rows: {model, in, out, batch, joules}'],
    ['--profile NAME', 'name of the profile to make'],
    ['--out FILE', 'joulelens.json to put it into; the rest of the file stays as it is. Default: nothing is written'],
    ['--base P', 'profile to start from; default: NAME where it exists, else the one in force'],
    ['--model M', 'model of rows that name none; rows that name another are left out'],
    ['--batch B', 'requests at once of rows that do not say, and the batch of the profile: a number, or a range such as 8..128'],
    ['--gpu G, --gpus N', 'GPU and how many, in place of the base profile\'s'],
    ['--engine E, --precision P', 'the same'],
    ['--scope S', 'use measurements of this scope alone'],
    ['--json', 'one JSON line'],
  ],
}; // prettier-ignore

const options = {
  from: { type: 'string', multiple: true },
  profile: { type: 'string' },
  out: { type: 'string' },
  base: { type: 'string' },
  model: { type: 'string' },
  batch: { type: 'string' },
  gpu: { type: 'string' },
  gpus: { type: 'string' },
  engine: { type: 'string' },
  precision: { type: 'string' },
  scope: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** Rows without which there is nothing to fit. */
const FEWEST_ROWS = 3;
/** Lines on bad rows; the rest are counted. */
const MOST_LINES = 20;

export const calibrateCommand: Command = {
  name: 'calibrate',
  help,
  async run(args, io) {
    const { values, positionals } = parseCommand(args, options, help);
    const files = [...(values.from ?? []), ...positionals];
    if (values.from === undefined) throw new CliError(`calibrate: --from FILE is needed; usage: ${help.usage}`);
    if (values.profile === undefined || values.profile.trim() === '') {
      throw new CliError(`calibrate: --profile NAME is needed, the name of the profile to make; usage: ${help.usage}`);
    }
    const batch = batchOption(values.batch);
    const base = await baseProfile(values.profile, values, batch, io);
    const read = await readFiles(files, io);
    const found = await modelFinder(values.model, io);
    const selected = selectFrom(read.requests, values.scope, found);
    const observed = observe(selected.requests, {
      profile: base,
      ...(values.model === undefined ? {} : { model: values.model }),
      ...(batch === undefined ? {} : { batch: typeof batch === 'number' ? batch : Math.sqrt(batch[0] * batch[1]) }),
      findModel: found.find,
    });
    const problems = [...read.problems, ...selected.problems, ...observed.problems];
    sayProblems(problems, io);
    const { observations } = observed;
    if (observations.length < FEWEST_ROWS) {
      throw new CliError(
        `calibrate: ${observations.length} usable measurement${observations.length === 1 ? '' : 's'} in ${files.join(', ')}; at least ${FEWEST_ROWS} are needed`,
      );
    }
    refuseSeveralDeployments(observations);
    const result = calibrateEndpoint(observations);
    const profile = calibratedProfile(values.profile, base, observations, result.calibration, batch);
    if (values.out !== undefined) await writeProfile(values.out, profile, io);
    const notes = [
      ...observed.notes,
      ...(selected.leftOut > 0 ? [`${selected.leftOut} rows of another model or scope were left out`] : []),
    ];
    await writeLine(
      io.stdout,
      values.json === true
        ? JSON.stringify(jsonReport(result, profile, values.out, problems, notes))
        : textReport(result, profile, values.out, notes),
    );
    return ExitCode.fine;
  },
};

async function readFiles(files: readonly string[], io: CliIo) {
  const requests: MeasuredRequest[] = [];
  const problems: RowProblem[] = [];
  for (const file of files) {
    const { text } = await readInput(file, io);
    const read = readMeasurementFile(file, text);
    requests.push(...read.requests);
    problems.push(...read.problems);
  }
  return { requests, problems };
}

interface Finder {
  find(id: string): ModelMatch;
  /** Canonical id of the model that was asked for; null for any. */
  readonly wanted: string | null;
}

async function modelFinder(model: string | undefined, io: CliIo): Promise<Finder> {
  const { catalogue } = services().service;
  if (model === undefined) return { find: (id) => catalogue.find(id), wanted: null };
  const match = isConfigPath(model) ? await loadOwnModel(model, io.cwd) : catalogue.find(model);
  if (!match.ok) throw new CliError(`--model: ${match.error}`);
  return { find: (id) => (id === model ? match : catalogue.find(id)), wanted: match.model.id };
}

function selectFrom(requests: readonly MeasuredRequest[], scope: string | undefined, { find, wanted }: Finder) {
  const isWanted = ({ model, config }: MeasuredRequest): boolean => {
    if (wanted === null || model === undefined) return true;
    const match = config === undefined ? find(model) : null;
    return match === null || !match.ok || match.model.id === wanted;
  };
  try {
    return selectRequests(requests, { isWanted, ...(scope === undefined ? {} : { scope }) });
  } catch (error) {
    throw new CliError(`calibrate: ${(error as Error).message.replace('with scope', 'with --scope')}`);
  }
}

interface BaseOptions {
  readonly base?: string | undefined;
  readonly gpu?: string | undefined;
  readonly gpus?: string | undefined;
  readonly engine?: string | undefined;
  readonly precision?: string | undefined;
}

/** The assumptions that rows are predicted under where they say nothing else. */
async function baseProfile(name: string, given: BaseOptions, batch: Batch | undefined, io: CliIo): Promise<Profile> {
  const loaded = await findConfig(io.cwd);
  for (const { message, severity } of loaded.problems) {
    io.stderr.write(`joulelens: ${severity}: ${loaded.path ?? 'joulelens.json'}: ${message}\n`);
  }
  const resolved = resolveSettings(loaded.config, {});
  const own = resolved.profiles.find(({ profile }) => profile.name === name)?.profile;
  const base = given.base === undefined ? (own ?? resolved.profile) : profileNamed(given.base, resolved, '--base');
  const gpus = numberOption('gpus', given.gpus, { min: 1, integer: true });
  const gpu = idOption('gpu', gpuSchema, given.gpu);
  const engine = idOption('engine', engineSchema, given.engine);
  const precision = idOption('precision', precisionSchema, given.precision);
  return {
    ...base,
    ...(batch === undefined ? {} : { batch }),
    ...(gpus === undefined ? {} : { gpus }),
    ...(gpu === undefined ? {} : { gpu }),
    ...(engine === undefined ? {} : { engine }),
    ...(precision === undefined ? {} : { precision }),
  };
}

interface IdSchema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { issues: { message: string }[] } };
}

function idOption<T>(name: string, schema: IdSchema<T>, value: string | undefined): T | undefined {
  if (value === undefined) return undefined;
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  throw new CliError(`--${name}: ${checked.error.issues[0]?.message ?? 'unknown'}`);
}

function sayProblems(problems: readonly RowProblem[], io: CliIo): void {
  for (const { place, message } of problems.slice(0, MOST_LINES)) io.stderr.write(`joulelens: ${place}: ${message}\n`);
  const more = problems.length - MOST_LINES;
  if (more > 0) io.stderr.write(`joulelens: and ${more} more rows that cannot be used\n`);
}

function refuseSeveralDeployments(observations: readonly Observation[]): void {
  const counts = new Map<string, number>();
  for (const one of observations) {
    const { gpus, gpu, engine, precision, tp, ep, pp } = servedOf(one);
    const key = `${one.model.id} on ${gpus} x ${gpu}, ${engine}, ${precision}, tp ${tp}, ep ${ep}, pp ${pp}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  if (new Set(observations.map((one) => JSON.stringify(servedOf(one)))).size === 1) return;
  const list = [...counts].map(([key, count]) => `${count} of ${key}`).join('; ');
  throw new CliError(
    `calibrate: the measurements are of several deployments (${list}): choose one with --model, or split the file`,
  );
}

/** Puts the profile into a `joulelens.json`; what else it holds is left as it is. */
async function writeProfile(out: string, profile: Profile, io: CliIo): Promise<void> {
  const file = resolvePath(out, io);
  let text = '';
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw fileError(`--out ${out}`, error as NodeJS.ErrnoException);
  }
  const merged = mergeProfile(text, profile);
  if (!merged.ok) throw new CliError(`--out ${out}: ${merged.error}`);
  try {
    await writeFile(file, merged.text);
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'its folder does not exist' : (error as Error).message;
    throw new CliError(`--out ${out}: ${reason}`);
  }
}

function jsonReport(
  result: EndpointCalibration,
  { name, ...profile }: Profile,
  out: string | undefined,
  problems: readonly RowProblem[],
  notes: readonly string[],
): object {
  const { before, after, heldBack } = result;
  return {
    name,
    profile,
    out: out ?? null,
    heldBack: before === null || after === null ? null : { uncalibrated: before, calibrated: after },
    rows: heldBack.map((row) => ({
      place: row.observation.request.place,
      model: row.observation.model.id,
      in: row.observation.shape.tokensIn,
      cached: row.observation.shape.tokensCached,
      out: row.observation.shape.tokensOut,
      batch: row.observation.batch,
      measuredJoules: row.observation.request.joules,
      uncalibrated: row.before,
      calibrated: row.after,
    })),
    notUsed: problems,
    warnings: [...notes, ...calibrationWarnings(result)],
  };
}

function textReport(
  result: EndpointCalibration,
  profile: Profile,
  out: string | undefined,
  notes: readonly string[],
): string {
  const { name, ...fields } = profile;
  const use =
    out === undefined
      ? `Not written (no --out). The profile, for "profiles" of joulelens.json or the setting joulelens.profiles:\n\n${JSON.stringify({ [name]: fields }, null, 2)}`
      : `Written to ${out}. Use it: joulelens annotate FILE --profile ${name}, or "profile": ${JSON.stringify(name)} in that file, or Joule Lens: Choose Profile in VS Code.`;
  const markdown = calibrationMarkdown(result, { title: `Calibration of profile ${name}` });
  return [markdown, ...notes.map((note) => `- ${note}.`), use].join('\n');
}
