/** Built-in profiles, `joulelens.json` and the user's settings merged into what holds for one file. */
import { z } from 'zod';
import { BUILT_IN_PROFILES, DEFAULT_PROFILE } from '../core/data/index.js';
import { unknownIdMessage } from '../core/energy/nearest.js';
import { profileSchema } from '../core/energy/profileSchema.js';
import type { Profile } from '../core/index.js';
import { settingMessage, type ConfigFile } from './configFile.js';
import { matchesGlob } from './glob.js';

export type ProfileSource = 'built in' | 'joulelens.json' | 'settings';

export interface SourcedProfile {
  readonly profile: Profile;
  readonly source: ProfileSource;
}

/** What the user set by hand: VS Code's settings, or options of the command line. Everything unchecked. */
export interface UserSettings {
  readonly profile?: unknown;
  readonly model?: unknown;
  readonly profiles?: unknown;
  readonly tokenizers?: unknown;
}

/** A tokenizer.json for models by pattern. */
export interface TokenizerSetting {
  readonly pattern: string;
  readonly path: string;
  readonly source: 'joulelens.json' | 'settings';
}

/** What holds for one file. */
export interface ResolvedSettings {
  readonly profile: Profile;
  readonly profileSource: ProfileSource;
  /** Catalogue id or path of a config.json; empty where nobody chose one. */
  readonly model: string;
  /** The user's own first, then the file's; the first whose pattern matches holds. */
  readonly tokenizers: readonly TokenizerSetting[];
  /** Every profile that can be chosen. */
  readonly profiles: readonly SourcedProfile[];
  /** One line for each user setting that is wrong; it is ignored and everything else goes on. */
  readonly problems: readonly string[];
}

/**
 * Merges, later ones over earlier ones: built-in profiles, the workspace's file, the user's settings.
 * The user's choice of profile and model goes before the file's; models by glob go before the file's one model.
 * @param path Path of the file relative to the workspace root, forward slashes; empty for an untitled one.
 */
export function resolveSettings(config: ConfigFile, user: UserSettings, path = ''): ResolvedSettings {
  const problems: string[] = [];
  const profiles = new Map<string, SourcedProfile>();
  for (const profile of BUILT_IN_PROFILES) profiles.set(profile.name, { profile, source: 'built in' });
  for (const profile of config.profiles) profiles.set(profile.name, { profile, source: 'joulelens.json' });
  for (const profile of readUserProfiles(user.profiles, problems)) {
    profiles.set(profile.name, { profile, source: 'settings' });
  }
  const chosen =
    choose(profiles, text(user.profile, 'joulelens.profile', problems), 'joulelens.profile', problems) ??
    choose(profiles, config.profile ?? '', 'joulelens.json: profile', problems) ??
    profiles.get(DEFAULT_PROFILE)!;
  const globbed = config.models.find(([glob]) => path !== '' && matchesGlob(glob, path))?.[1];
  const model = text(user.model, 'joulelens.model', problems) || globbed || config.model || '';
  return {
    profile: chosen.profile,
    profileSource: chosen.source,
    model,
    tokenizers: [
      ...readUserTokenizers(user.tokenizers, problems),
      ...config.tokenizers.map(([pattern, path]) => ({ pattern, path, source: 'joulelens.json' as const })),
    ],
    profiles: [...profiles.values()],
    problems,
  };
}

/** The user's own tokenizers, each on its own: a bad one is named and left out. */
function readUserTokenizers(value: unknown, problems: string[]): TokenizerSetting[] {
  if (value === undefined || value === null) return [];
  const object = z.record(z.string(), z.unknown()).safeParse(value);
  if (!object.success) {
    problems.push('joulelens.tokenizers: expected an object of paths by model pattern; this setting is ignored');
    return [];
  }
  return Object.entries(object.data).flatMap(([pattern, path]) => {
    const read = text(path, `joulelens.tokenizers.${pattern}`, problems);
    return read === '' || pattern.trim() === '' ? [] : [{ pattern, path: read, source: 'settings' as const }];
  });
}

/** The user's own profiles, each on its own: a bad one is named and left out. */
function readUserProfiles(value: unknown, problems: string[]): Profile[] {
  if (value === undefined || value === null) return [];
  const object = z.record(z.string(), z.unknown()).safeParse(value);
  if (!object.success) {
    problems.push('joulelens.profiles: expected an object of profiles by name; this setting is ignored');
    return [];
  }
  return Object.entries(object.data).flatMap(([name, raw]) => {
    const result = profileSchema.safeParse(raw);
    if (result.success) return [{ name, ...result.data } as Profile];
    problems.push(settingMessage(`joulelens.profiles.${name}`, result.error.issues[0]!, raw));
    return [];
  });
}

function text(value: unknown, key: string, problems: string[]): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value.trim();
  problems.push(`${key}: expected text (it is ${JSON.stringify(value)?.slice(0, 60)}); this setting is ignored`);
  return '';
}

function choose(
  profiles: ReadonlyMap<string, SourcedProfile>,
  name: string,
  key: string,
  problems: string[],
): SourcedProfile | null {
  if (name === '') return null;
  const found = profiles.get(name);
  if (found === undefined) problems.push(`${key}: ${unknownIdMessage('profile', name, [...profiles.keys()])}; ignored`);
  return found ?? null;
}
