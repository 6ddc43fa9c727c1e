/** Releases of a closed family that are newer than the catalogue: figured as the one before. */
import { shortName } from './nearest.js';

/** Words that name a release or a way of serving it, not another model. */
const PASSING_WORDS = new Set([
  'latest',
  'preview',
  'thinking',
  'chat',
  'codex',
  'exp',
  'anthropic',
  'us',
  'eu',
  'global',
  'apac',
]);
/** A release date, or a revision of one (`20250929`, `2025`, `v1`). */
const DATE_OR_REVISION = /^(\d{4,}|v\d+)$/;

/** What an id says of its family and its place in it: `claude-sonnet-4.5` is `claude sonnet`, 4, 5. */
interface Release {
  readonly family: string;
  readonly version: readonly number[];
}

function releaseOf(id: string): Release | null {
  const words = shortName(id.toLowerCase())
    .replace(/:\d+$/, '')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !PASSING_WORDS.has(word));
  const version: number[] = [];
  const family: string[] = [];
  let isPast = false;
  for (const word of words) {
    const isNumber = /^\d{1,2}$/.test(word);
    // A number after the version and a word is of a date: `gemini-2.5-flash-05-20`.
    if (DATE_OR_REVISION.test(word) || (isNumber && isPast)) break;
    if (isNumber) {
      version.push(Number(word));
    } else {
      family.push(word);
      isPast = version.length > 0;
    }
  }
  return version.length === 0 || version.length > 2 ? null : { family: family.join(' '), version };
}

const compare = (a: Release, b: Release): number =>
  a.version[0]! - b.version[0]! || (a.version[1] ?? 0) - (b.version[1] ?? 0);

/**
 * The id among `ids` that a closed model's unknown id is the successor of: the newest release of its family that is not
 * newer than it. Null for other families, and for releases older than all.
 */
export function releaseBefore(id: string, ids: readonly string[]): string | null {
  const asked = releaseOf(id);
  if (asked === null) return null;
  let best: { readonly id: string; readonly release: Release } | null = null;
  for (const each of ids) {
    const release = releaseOf(each);
    if (release === null || release.family !== asked.family || compare(release, asked) > 0) continue;
    if (best === null || compare(release, best.release) > 0) best = { id: each, release };
  }
  return best?.id ?? null;
}
