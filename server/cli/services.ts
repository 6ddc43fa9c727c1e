/** What commands share: the core over this thread's token counter, and the profiles in force. */
import path from 'node:path';
import { existsSync } from 'node:fs';
import type { ResolvedModel } from '../core/energy/catalogue.js';
import { createJouleService, type AnalysisSettings, type JouleService, type Profile } from '../core/index.js';
import { createInlineCounter, type InlineCounter } from '../runtime/inlineCounter.js';
import {
  findConfig,
  isConfigPath,
  loadOwnModel,
  resolveSettings,
  TokenizerFinder,
  type ResolvedSettings,
  type TokenizerSetting,
} from '../settings/index.js';
import { type CliIo, CliError } from './io.js';
import { PACKAGE_ROOT } from './version.js';

/** The package carries vocabularies beside its bundles; a source tree in assets/. */
export function vocabularyFolder(): string {
  const shipped = path.join(PACKAGE_ROOT, 'dist', 'vocabularies');
  return existsSync(shipped) ? shipped : path.join(PACKAGE_ROOT, 'assets', 'vocabularies');
}

interface Services {
  readonly service: JouleService;
  readonly counter: InlineCounter;
  readonly tokenizers: TokenizerFinder;
}

let shared: Services | undefined;
/** What was said of tokenizers, which hold for every file of a command. */
const said = new WeakMap<CliIo, Set<string>>();

/** Made once per process: vocabularies take a while to load. */
export function services(): Services {
  if (!shared) {
    const counter = createInlineCounter(vocabularyFolder());
    shared = { counter, service: createJouleService({ counter }), tokenizers: new TokenizerFinder(counter) };
  }
  return shared;
}

/**
 * Profile and model in force: options first, then the nearest `joulelens.json` from the current folder upwards.
 *
 * @param file the transcript, for models by glob
 * @throws CliError for an unknown model or profile, with the nearest ones
 */
export async function analysisSettings(
  options: {
    readonly model?: string | undefined;
    readonly profile?: string | undefined;
    readonly tokenizer?: string | undefined;
  },
  file: string,
  io: CliIo,
): Promise<AnalysisSettings> {
  const { service } = services();
  const loaded = await findConfig(io.cwd);
  for (const { message, severity } of loaded.problems) {
    io.stderr.write(`joulelens: ${severity}: ${loaded.path ?? 'joulelens.json'}: ${message}\n`);
  }
  const root = loaded.path === null ? io.cwd : path.dirname(loaded.path);
  const relative = path.relative(root, path.resolve(io.cwd, file)).replaceAll('\\', '/');
  const resolved = resolveSettings(loaded.config, {}, relative);
  if (options.profile === undefined) {
    for (const problem of resolved.problems) io.stderr.write(`joulelens: error: ${problem}\n`);
  }
  const ownModels = new Map<string, ResolvedModel>();
  const model = options.model ?? resolved.model;
  if (model !== '') {
    const folder = options.model === undefined ? root : io.cwd;
    const match = isConfigPath(model) ? await loadOwnModel(model, folder) : service.catalogue.find(model);
    if (!match.ok)
      throw new CliError(`${options.model === undefined ? 'joulelens.json: model' : '--model'}: ${match.error}`);
    ownModels.set(model, match.model);
  }
  return {
    profile: options.profile === undefined ? resolved.profile : profileNamed(options.profile, resolved),
    model,
    ownModels,
    ownTokenizers: await ownTokenizers(options.tokenizer, resolved, root, io),
    ...(options.model === undefined ? {} : { overrideFile: true }),
  };
}

/** `--tokenizer` before what `joulelens.json` says, which is said on stderr where it cannot be used. */
async function ownTokenizers(option: string | undefined, { tokenizers }: ResolvedSettings, root: string, io: CliIo) {
  const finder = services().tokenizers;
  const given: TokenizerSetting[] = option === undefined ? [] : [{ pattern: '*', path: option, source: 'settings' }];
  const found = [await finder.find(given, io.cwd), await finder.find(tokenizers, root)];
  const known = said.get(io) ?? new Set<string>();
  said.set(io, known);
  for (const { setting, message } of found.flatMap(({ problems }) => problems)) {
    const name = setting.source === 'settings' ? '--tokenizer' : `joulelens.json: tokenizers.${setting.pattern}`;
    const line = `joulelens: error: ${name}: ${message}\n`;
    if (!known.has(line)) io.stderr.write(line);
    known.add(line);
  }
  return found.flatMap(({ own }) => own);
}

/** A profile by name: built in, or of the nearest `joulelens.json`. @throws CliError that lists the profiles there are */
export async function findProfile(name: string, io: CliIo): Promise<Profile> {
  const { config, problems, path: file } = await findConfig(io.cwd);
  for (const { message, severity } of problems) {
    io.stderr.write(`joulelens: ${severity}: ${file ?? 'joulelens.json'}: ${message}\n`);
  }
  return profileNamed(name, resolveSettings(config, {}));
}

/** @throws CliError that lists the profiles there are */
export function profileNamed(name: string, { profiles }: ResolvedSettings, option = '--profile'): Profile {
  const found = profiles.find(({ profile }) => profile.name === name);
  if (found) return found.profile;
  throw new CliError(
    `${option}: unknown profile "${name}"; there are: ${profiles.map((each) => each.profile.name).join(', ')}`,
  );
}
