/** Role markers of text transcripts: `## User`, `**User:**`, `User:` at the start of a line. */
import type { Role, Span } from '../model.js';
import { roleOf } from '../roles.js';

export type MarkerStyle = 'heading' | 'bold' | 'label';

export interface Marker {
  readonly style: MarkerStyle;
  /** 1 to 6 for headings; above 0 for a bold label that is in italics too (`_**User**_`), else 0. */
  readonly level: number;
  readonly role: Role;
  readonly roleRaw: string;
  readonly roleSpan: Span;
  /** Start of the marker's line. */
  readonly start: number;
  /** Where content may begin: right after the marker. */
  readonly contentStart: number;
  /** Whether the line before is blank, or there is none. */
  readonly afterBlank: boolean;
  /** Whether it stands in a `<details>` block. */
  readonly folded: boolean;
}

/** What a marker's surroundings say of it. */
export type MarkerPlace = Pick<Marker, 'afterBlank' | 'folded'>;

const NOWHERE: MarkerPlace = { afterBlank: false, folded: false };

/** Words of people's transcripts beyond the roles of APIs. */
const WORDS: ReadonlyMap<string, Role> = new Map([
  ['you', 'user'],
  ['me', 'user'],
  ['prompt', 'user'],
  ['question', 'user'],
  ['instruction', 'user'],
  ['q', 'user'],
  ['response', 'assistant'],
  ['answer', 'assistant'],
  ['a', 'assistant'],
  ['chatgpt', 'assistant'],
  ['claude', 'assistant'],
  ['gemini', 'assistant'],
  ['copilot', 'assistant'],
  ['grok', 'assistant'],
  ['deepseek', 'assistant'],
  ['agent', 'assistant'],
]);

const wordRole = (word: string): Role | null => WORDS.get(word.toLowerCase()) ?? roleOf(word);

/** An emoji or a sign before the word, and a time or a number in brackets after it. */
const SIGN = '(?:[^\\w\\s#*]{1,8}[ \\t]*)?';
const WORD = '([A-Za-z]{1,12})(?:[ \\t]+said)?';
const REMARK = '(?:[ \\t]*\\([^()\\r\\n]{0,60}\\))?';
const OPEN = '(?:_\\*\\*|\\*\\*_|\\*\\*|__)';
const CLOSE = '(?:\\*\\*_|_\\*\\*|\\*\\*|__)';
const LINE_END = '[ \\t]*(?=[\\r\\n]|$)';

const HEADING = new RegExp(
  ` {0,3}(#{1,6})[ \\t]+${SIGN}(?:${OPEN})?${SIGN}${WORD}${REMARK}[ \\t]*:?(?:${CLOSE})?[ \\t]*:?[ \\t]*#*${LINE_END}`,
  'y',
);
const BOLD = new RegExp(
  ` {0,3}(?=(_\\*\\*|\\*\\*_)?)${OPEN}[ \\t]*${SIGN}${WORD}${REMARK}[ \\t]*(?:[:：][ \\t]*${CLOSE}|${CLOSE}[ \\t]*[:：]|${CLOSE}${LINE_END})`,
  'y',
);
const LABEL = new RegExp(`()${WORD}[ \\t]?[:：](?=[ \\t\\r\\n]|$)`, 'y');

const HASH = 35;
const STAR = 42;
const UNDERSCORE = 95;
const SPACE = 32;

/** Which style a line can have, by its first character that is no space. */
function styleAt(text: string, start: number): readonly [MarkerStyle, RegExp] | null {
  let at = start;
  while (at < start + 3 && text.charCodeAt(at) === SPACE) at++;
  const code = text.charCodeAt(at);
  if (code === HASH) return ['heading', HEADING];
  if (code === STAR || code === UNDERSCORE) return ['bold', BOLD];
  const letter = code | 32;
  return at === start && letter >= 97 && letter <= 122 ? ['label', LABEL] : null;
}

/** The role marker that begins at `start`, the start of a line; null if none does. */
export function roleMarkerAt(text: string, start: number, place = NOWHERE): Marker | null {
  const found = styleAt(text, start);
  if (!found) return null;
  const [style, pattern] = found;
  pattern.lastIndex = start;
  const match = pattern.exec(text);
  const role = match && wordRole(match[2]!);
  if (!match || !role) return null;
  const roleRaw = match[2]!;
  // Nothing before the word has letters.
  const roleStart = start + match[0].indexOf(roleRaw);
  return {
    style,
    level: match[1]?.length ?? 0,
    role,
    roleRaw,
    roleSpan: { start: roleStart, end: roleStart + roleRaw.length },
    start,
    contentStart: start + match[0].length,
    ...place,
  };
}

/** A first name, or up to three names in bold. */
const NAME = "\\p{Lu}[\\p{L}'’-]{1,11}";
const BOLD_NAME = new RegExp(
  ` {0,3}${OPEN}[ \\t]*(${NAME}(?: ${NAME}){0,2})[ \\t]*(?:[:：][ \\t]*${CLOSE}|${CLOSE}[ \\t]*[:：]|${CLOSE}${LINE_END})`,
  'uy',
);
const LABEL_NAME = new RegExp(`(${NAME})[:：](?=[ \\t\\r\\n]|$)`, 'uy');
const CAPITAL = /\p{Lu}/uy;

/** A bold or line label that may be somebody's name; whether it is one, only the others can tell. */
export function nameMarkerAt(text: string, start: number, place = NOWHERE): Marker | null {
  const style = styleAt(text, start)?.[0];
  if (style === 'heading') return null;
  CAPITAL.lastIndex = start;
  if (style !== 'bold' && !CAPITAL.test(text)) return null;
  const pattern = style === 'bold' ? BOLD_NAME : LABEL_NAME;
  pattern.lastIndex = start;
  const match = pattern.exec(text);
  if (!match) return null;
  const roleStart = start + match[0].indexOf(match[1]!);
  return {
    style: style === 'bold' ? 'bold' : 'label',
    level: 0,
    role: 'user',
    roleRaw: match[1]!,
    roleSpan: { start: roleStart, end: roleStart + match[1]!.length },
    start,
    contentStart: start + match[0].length,
    ...place,
  };
}

/** The marker that begins at `start`, a role's or a name's. */
export const markerAt = (text: string, start: number): Marker | null =>
  roleMarkerAt(text, start) ?? nameMarkerAt(text, start);

/**
 * Words that are headings of manuals, papers, bug reports and FAQs too (`## Model`, `## System`, `**Q:**`). As headings
 * and bold labels they need a plainer word beside them; as line labels (`Q: ...`) they speak for themselves.
 */
const COMMON: ReadonlySet<string> = new Set(
  'system tool function model you me prompt question instruction agent q answer a'.split(' '),
);

const isPlain = ({ style, roleRaw }: Marker): boolean => style === 'label' || !COMMON.has(roleRaw.toLowerCase());

/** Whether markers of one style are a conversation: two roles, and so two markers, at least, and a plain word. */
const isConversation = (markers: readonly Marker[]): boolean =>
  markers.some(({ role }) => role !== markers[0]!.role) && markers.some(isPlain);

/** Whether the text begins with a plain role, whose turn may be longer than what was read of it. */
export const beginsWithRole = (text: string, start: number, [first]: readonly Marker[]): boolean =>
  first !== undefined &&
  first.style !== 'label' &&
  (isPlain(first) || first.role === 'system') &&
  text.slice(start, first.start).trim() === '';

/** Headings of one level; before its first, also a higher one (`# System` above `## User`). */
function headingsOf(markers: readonly Marker[], level: number): Marker[] {
  const first = markers.findIndex((marker) => marker.level === level);
  return markers.filter((marker, at) => marker.level === level || (at < first && marker.level < level));
}

/** `Model: some-name` above the first turn names a model, not a reply. */
function withoutModelLine(markers: readonly Marker[]): readonly Marker[] {
  const first = markers.findIndex(({ roleRaw }) => roleRaw.toLowerCase() !== 'model');
  return first > 0 ? markers.slice(first) : markers;
}

/** How often user or assistant follows itself, whatever else stands between. */
function repeats(markers: readonly Marker[]): number {
  let last = '';
  let count = 0;
  for (const { role } of markers) {
    if (role !== 'user' && role !== 'assistant') continue;
    if (role === last) count++;
    last = role;
  }
  return count;
}

const inCapitals = ({ roleRaw }: Marker): boolean => roleRaw === roleRaw.toUpperCase();

/**
 * Line labels without those that a turn quotes. Where user and assistant take turns better by the stricter ones among
 * them (those after a blank line, as in `\n\nHuman:`, or those in capitals), the others are content.
 */
function labelsOf(markers: readonly Marker[]): readonly Marker[] {
  const labels = withoutModelLine(markers);
  const all = repeats(labels);
  if (all === 0) return labels;
  for (const isStrict of [({ afterBlank }: Marker) => afterBlank, inCapitals]) {
    const strict = labels.filter(isStrict);
    if (strict[0] !== labels[0] || repeats(strict) >= all) continue;
    if (strict.some(({ role }) => role === 'user') && strict.some(({ role }) => role === 'assistant')) return strict;
  }
  return labels;
}

/** The markers with those of one name beside them, where the assistant follows each of them and no user is named. */
function withSpeaker(markers: readonly Marker[], names: readonly Marker[]): readonly Marker[] {
  const replies = markers.filter(({ role }) => role === 'assistant');
  if (replies.length === 0 || !replies.some(isPlain) || markers.some(({ role }) => role === 'user')) return markers;
  const asked = names.filter(({ start }) => start < replies[0]!.start).at(-1)?.roleRaw;
  const own = names.filter(({ roleRaw }) => roleRaw === asked);
  if (own.length < 2) return markers;
  const both = [...markers, ...own].sort((a, b) => a.start - b.start);
  const isAnswered = both.every(({ roleRaw }, at) => roleRaw !== asked || both[at + 1]?.roleRaw !== asked);
  return isAnswered ? both : markers;
}

const ASKED: ReadonlySet<string> = new Set(['q', 'question']);
const ANSWERED: ReadonlySet<string> = new Set(['a', 'answer']);

/** Below `# User`, a question and its answer are what a prompt is about, not turns of it. */
function withoutQuoted(markers: readonly Marker[]): readonly Marker[] {
  const words = markers.map(({ roleRaw }) => roleRaw.toLowerCase());
  const isMixed =
    words.some((word) => ASKED.has(word)) &&
    words.some((word) => word === 'user' || word === 'human') &&
    words.some((word) => ANSWERED.has(word));
  return isMixed ? markers.filter((_, at) => !ASKED.has(words[at]!) && !ANSWERED.has(words[at]!)) : markers;
}

/** Where labels in bold italics are a conversation, as exporters write them, those in bold alone are content. */
function exported(bold: readonly Marker[]): readonly Marker[] {
  const italic = bold.filter(({ level }) => level > 0);
  return isConversation(italic) ? italic : bold;
}

function candidatesOf(markers: readonly Marker[], names: readonly Marker[]): (readonly Marker[])[] {
  const of = (all: readonly Marker[], style: MarkerStyle): Marker[] => all.filter((marker) => marker.style === style);
  const headings = of(markers, 'heading');
  const levels = [...new Set(headings.map(({ level }) => level))];
  return [
    ...levels.map((level) => withoutQuoted(headingsOf(headings, level))),
    withSpeaker(exported(of(markers, 'bold')), of(names, 'bold')),
    withSpeaker(labelsOf(of(markers, 'label')), of(names, 'label')),
  ];
}

/** All markers of a text outside code and comments, in order: of roles, and what may be names. */
export interface Markers {
  readonly markers: readonly Marker[];
  readonly names: readonly Marker[];
}

/**
 * The markers that make the text a transcript: two or more of one style, with two roles or more, and a word that is
 * a role and little else; where several styles do, the one that begins first, since it holds the others. Those in
 * `<details>` blocks count only where the rest is no transcript.
 *
 * @returns null where no style has two roles
 */
export function turnMarkers({ markers, names }: Markers): readonly Marker[] | null {
  const open = firstOf(candidatesOf(markers.filter(isOpen), names.filter(isOpen)).filter(isConversation));
  if (open !== null || markers.every(isOpen)) return open;
  return firstOf(candidatesOf(markers, names).filter(isConversation));
}

const isOpen = ({ folded }: Marker): boolean => !folded;

/** Any markers of one style: for a text that the user declared to be a transcript. */
export const anyMarkers = ({ markers, names }: Markers): readonly Marker[] | null =>
  firstOf(candidatesOf(markers, names).filter((each) => each.length > 0));

function firstOf(candidates: readonly (readonly Marker[])[]): readonly Marker[] | null {
  let best: readonly Marker[] | null = null;
  for (const each of candidates) if (!best || each[0]!.start < best[0]!.start) best = each;
  return best;
}
