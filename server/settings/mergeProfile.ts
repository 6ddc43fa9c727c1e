/** A profile put into the text of a `joulelens.json`, everything else in it kept as it stands, comments too. */
import {
  applyEdits,
  findNodeAtLocation,
  modify,
  parseTree,
  type FormattingOptions,
  type Node,
  type ParseError,
} from 'jsonc-parser';
import type { Profile } from '../core/index.js';
import { CONFIG_FILE, configSchema } from './configFile.js';

/** The new text, or one line on why the old one was left alone. */
export type Merged = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: string };

/**
 * Sets the profile's entries one by one: what the file's own entry of that name has beside them stays.
 * @param text of the file; empty for a new one
 */
export function mergeProfile(text: string, { name, ...profile }: Profile): Merged {
  const before = text.replace(/^\uFEFF/, '');
  if (before.trim() === '')
    return { ok: true, text: `${JSON.stringify({ profiles: { [name]: profile } }, null, 2)}\n` };
  const errors: ParseError[] = [];
  const root = parseTree(before, errors, { allowTrailingComma: true });
  if (root?.type !== 'object' || errors.length > 0) {
    return { ok: false, error: `not valid JSON, so nothing was written into it: mend it first` };
  }
  const unknown = (root.children ?? [])
    .map(({ children }) => String(children?.[0]?.value))
    .filter((key) => !Object.hasOwn(configSchema.shape, key));
  if (unknown.length > 0) {
    return { ok: false, error: `has "${unknown[0]}", which no ${CONFIG_FILE} has, so nothing was written into it` };
  }
  for (const at of [['profiles'], ['profiles', name]]) {
    const node = findNodeAtLocation(root, at);
    if (node !== undefined && node.type !== 'object') {
      return { ok: false, error: `${at.join('.')} is no object, so nothing was written into it: mend it first` };
    }
  }
  const formatting = formattingOf(before);
  const profiles = findNodeAtLocation(root, ['profiles']);
  if (profiles === undefined)
    return { ok: true, text: inserted(before, root, 'profiles', { [name]: profile }, formatting) };
  if (findNodeAtLocation(profiles, [name]) === undefined) {
    return { ok: true, text: inserted(before, profiles, name, profile, formatting) };
  }
  let after = before;
  for (const [key, value] of Object.entries(profile)) {
    const own = findNodeAtLocation(parseTree(after, [], { allowTrailingComma: true })!, ['profiles', name])!;
    after =
      findNodeAtLocation(own, [key]) === undefined
        ? inserted(after, own, key, value, formatting)
        : applyEdits(after, modify(after, ['profiles', name, key], value, { formattingOptions: formatting }));
  }
  return { ok: true, text: after };
}

/** A new first entry of an object: nothing else moves, so every comment stays with what it is of. */
function inserted(text: string, object: Node, key: string, value: unknown, formatting: Required<Formatting>): string {
  const { insertSpaces, tabSize, eol } = formatting;
  const unit = insertSpaces ? ' '.repeat(tabSize) : '\t';
  const lineStart = text.lastIndexOf('\n', object.offset) + 1;
  const outer = /^[ \t]*/.exec(text.slice(lineStart))![0];
  const json = JSON.stringify(value, null, unit).replaceAll('\n', eol + outer + unit);
  const isEmpty = (object.children ?? []).length === 0;
  const open = object.offset + 1;
  // A comment behind the brace stays behind it.
  const at = open + /^(?:[ \t]*\/\/[^\r\n]*)?/.exec(text.slice(open))![0].length;
  const entry = `${eol}${outer}${unit}${JSON.stringify(key)}: ${json}${isEmpty ? '' : ','}`;
  const rest = text.slice(at);
  // The entry ends its line.
  const end =
    isEmpty || /^[ \t]*\r?\n/.test(rest) ? (isEmpty && rest.startsWith('}') ? eol + outer : '') : eol + outer + unit;
  return text.slice(0, at) + entry + end + rest;
}

type Formatting = Pick<FormattingOptions, 'insertSpaces' | 'tabSize' | 'eol'>;

/** The file's own indentation and line ends. */
function formattingOf(text: string): Required<Formatting> {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';
  return {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 1 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}
