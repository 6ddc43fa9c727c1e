/** Globs of file paths: `*` within a folder, `**` across folders, `?` one character, `{a,b}` either. */

/** Alternatives that braces may spell out; the rest are left out. */
const MOST_ALTERNATIVES = 64;
const LONGEST_GLOB = 500;
const LONGEST_PATH = 4000;

/**
 * Whether a path (relative, forward slashes) matches. A glob without a slash matches the file name in any folder.
 * Time is at most length of glob x length of path, whatever they hold.
 */
export function matchesGlob(glob: string, path: string): boolean {
  const folders = path.slice(0, LONGEST_PATH).split('/');
  return alternatives(glob.slice(0, LONGEST_GLOB)).some((plain) => {
    const pattern = plain.replace(/^\.?\//, '').split('/');
    return matchFolders(pattern.length === 1 && plain !== '**' ? ['**', ...pattern] : pattern, folders);
  });
}

/** `a.{md,json}` as `a.md` and `a.json`; unbalanced braces stand for themselves. */
function alternatives(glob: string): string[] {
  let done: string[] = [];
  let open = [glob];
  while (open.length > 0 && done.length + open.length <= MOST_ALTERNATIVES) {
    const next: string[] = [];
    for (const each of open) {
      const braces = /^([^{}]*)\{([^{}]*)\}(.*)$/s.exec(each);
      if (braces === null) done = [...done, each];
      else for (const part of braces[2]!.split(',')) next.push(`${braces[1]}${part}${braces[3]}`);
    }
    open = next;
  }
  return done;
}

const matchFolders = (pattern: readonly string[], folders: readonly string[]): boolean =>
  matchWith(pattern, folders, (part) => part === '**', matchName);

const matchName = (pattern: string, name: string): boolean =>
  matchWith([...pattern.replace(/\*+/g, '*')], [...name], (char) => char === '*', (char, at) => char === '?' || char === at); // prettier-ignore

/** Matching with one kind of wildcard for "any run": the last one seen takes one more item whenever the rest fails. */
function matchWith<T>(
  pattern: readonly T[],
  items: readonly T[],
  isRun: (part: T) => boolean,
  matches: (part: T, item: T) => boolean,
): boolean {
  let p = 0;
  let i = 0;
  let runAt = -1;
  let runEnd = 0;
  while (i < items.length) {
    if (p < pattern.length && isRun(pattern[p]!)) {
      runAt = p++;
      runEnd = i;
    } else if (p < pattern.length && matches(pattern[p]!, items[i]!)) {
      p++;
      i++;
    } else if (runAt >= 0) {
      p = runAt + 1;
      i = ++runEnd;
    } else {
      return false;
    }
  }
  while (p < pattern.length && isRun(pattern[p]!)) p++;
  return p === pattern.length;
}
