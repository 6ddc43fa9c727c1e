/** Globs of file paths: `*` within a folder, `**` across folders, `?` one character, `{a,b}` either. */

const compiled = new Map<string, RegExp>();

/**
 * Whether a path (relative, forward slashes) matches. A glob without a slash matches the file name in any folder.
 * Linear: `*` never crosses a slash, and runs of stars count as one.
 */
export function matchesGlob(glob: string, path: string): boolean {
  let pattern = compiled.get(glob);
  if (pattern === undefined) {
    if (compiled.size > 500) compiled.clear();
    compiled.set(glob, (pattern = new RegExp(`^${toRegExp(glob.slice(0, 500))}$`)));
  }
  return pattern.test(path.slice(0, 2000));
}

function toRegExp(glob: string): string {
  const anywhere = glob.includes('/') ? glob.replace(/^\.?\//, '') : `**/${glob}`;
  const braces = (anywhere.match(/[{}]/g) ?? []).join('');
  const alternatives = /^(\{\})*$/.test(braces);
  return anywhere.replace(/(?:\*\*\/)+|\*{2,}|\*|\?|[{},]|[\\^$.|+()[\]]/g, (token) => {
    if (token.endsWith('/')) return '(?:[^/]+/)*';
    if (token === '*') return '[^/]*';
    if (token.startsWith('**')) return '.*';
    if (token === '?') return '[^/]';
    if (token === '{') return alternatives ? '(?:' : '\\{';
    if (token === '}') return alternatives ? ')' : '\\}';
    if (token === ',') return alternatives && braces !== '' ? '|' : ',';
    return `\\${token}`;
  });
}
