/** Role markers of text transcripts: `## User`, `**User:**`, `User:` at the start of a line, outside code and comments. */
import type { Role, Span } from './model.js';
import { roleOf } from './roles.js';

export type MarkerStyle = 'heading' | 'bold' | 'label';

export interface Marker {
  readonly style: MarkerStyle;
  readonly role: Role;
  readonly roleRaw: string;
  readonly roleSpan: Span;
  /** Start of the marker's line. */
  readonly start: number;
  /** Where content may begin: after the marker. */
  readonly contentStart: number;
}

/** Words of people's transcripts beyond the roles of APIs. */
const WORDS: Readonly<Record<string, Role>> = {
  you: 'user',
  me: 'user',
  prompt: 'user',
  question: 'user',
  q: 'user',
  response: 'assistant',
  answer: 'assistant',
  a: 'assistant',
  chatgpt: 'assistant',
  claude: 'assistant',
  gemini: 'assistant',
  copilot: 'assistant',
};

const WORD = '([A-Za-z]{1,12})';
const STYLES: readonly (readonly [MarkerStyle, RegExp])[] = [
  ['heading', new RegExp(`^(#{1,6}[ \\t]+)${WORD}[ \\t]*:?[ \\t]*#*[ \\t]*$`)],
  [
    'bold',
    new RegExp(
      `^((?:_?\\*\\*|__)[ \\t]*)${WORD}[ \\t]*(?::[ \\t]*(?:\\*\\*_?|__)|(?:\\*\\*_?|__)[ \\t]*:?(?=[ \\t]*$|[ \\t]*:))[ \\t]*:?`,
    ),
  ],
  ['label', new RegExp(`^()${WORD}[ \\t]?:(?=[ \\t]|$)`)],
];

const wordRole = (word: string): Role | null => {
  const key = word.toLowerCase();
  return roleOf(key) ?? (Object.hasOwn(WORDS, key) ? WORDS[key]! : null);
};

/** The marker at the start of a line, if one stands there. */
export function markerOf(line: string, start: number, only?: MarkerStyle): Marker | null {
  for (const [style, pattern] of STYLES) {
    if (only !== undefined && style !== only) continue;
    const match = pattern.exec(line);
    const role = match && wordRole(match[2]!);
    if (!match || !role) continue;
    const roleStart = start + match[1]!.length;
    return {
      style,
      role,
      roleRaw: match[2]!,
      roleSpan: { start: roleStart, end: roleStart + match[2]!.length },
      start,
      contentStart: start + match[0].length,
    };
  }
  return null;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;
/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;

export interface MarkerScan {
  readonly markers: readonly Marker[];
  /** Whether the text ends outside code fences and comments. */
  readonly settled: boolean;
}

/** Every marker in `text[start, end)` outside code fences and HTML comments, by line; of one style or of all. */
export function* scanMarkers(
  text: string,
  start: number,
  end: number,
  only?: MarkerStyle,
): Generator<void, MarkerScan> {
  const markers: Marker[] = [];
  let fence = '';
  let inComment = false;
  let paused = start;
  for (let at = start; at < end;) {
    const lineEnd = endOfLine(text, at, end);
    // Markers and fences are short: a long line is looked at only where they could stand.
    const line = text.slice(at, Math.min(lineEnd, at + 200));
    if (inComment) inComment = !text.slice(at, lineEnd).includes('-->');
    else {
      const fenced = FENCE.exec(line);
      if (fence !== '') {
        if (fenced && fenced[1]!.startsWith(fence) && fenced[2]!.trim() === '') fence = '';
      } else if (fenced && !(fenced[1]!.startsWith('`') && fenced[2]!.includes('`'))) fence = fenced[1]!;
      else {
        const marker = markerOf(line, at, only);
        if (marker) markers.push(marker);
        inComment = opensComment(text, at, lineEnd);
      }
    }
    at = afterLine(text, lineEnd, end);
    if (at - paused < SLICE_LENGTH) continue;
    paused = at;
    yield;
  }
  return { markers, settled: fence === '' && !inComment };
}

function opensComment(text: string, start: number, end: number): boolean {
  const open = text.lastIndexOf('<!--', end);
  return open >= start && text.indexOf('-->', open) >= end;
}

/** Offset of the line break that ends the line at `at`, or `end`. */
export function endOfLine(text: string, at: number, end: number): number {
  let lf = text.indexOf('\n', at);
  if (lf === -1 || lf > end) lf = end;
  // Lone carriage returns are rare: looked for only inside the line found.
  const cr = text.slice(at, lf).indexOf('\r');
  return cr === -1 ? lf : at + cr;
}

/** Offset after a line break. */
export function afterLine(text: string, lineEnd: number, end: number): number {
  if (lineEnd >= end) return end;
  return text[lineEnd] === '\r' && text[lineEnd + 1] === '\n' ? lineEnd + 2 : lineEnd + 1;
}

/** The style that makes the text a transcript: two markers of it or more, of two roles. The first such style counts. */
export function transcriptStyle(markers: readonly Marker[]): MarkerStyle | null {
  for (const [style] of STYLES) {
    const own = markers.filter((marker) => marker.style === style);
    if (new Set(own.map(({ role }) => role)).size > 1) return style;
  }
  return null;
}
