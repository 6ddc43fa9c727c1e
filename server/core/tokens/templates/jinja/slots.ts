/**
 * Stand-ins for the contents of turns in a rendering. A template is rendered with them, and what stands around each
 * tells what it does with a content: leaves it, trims it, writes it as JSON.
 */
import type { SourceText } from '../../../transcript/model.js';
import { trimEnds, type Trimming } from '../python.js';

/** What a slot stands for. */
export type SlotKind = 'text' | 'thinking' | 'callName';

/** A content of a turn: `item` counts the calls of a turn. */
export interface Slot {
  readonly kind: SlotKind;
  /** Index of the turn in the window that is rendered. */
  readonly turn: number;
  readonly item: number;
}

/** What a template does with a content. */
export interface Treatment {
  readonly start: Trimming;
  readonly end: Trimming;
  /** Written inside a JSON string. */
  readonly json: boolean;
}

/** A stretch of a rendering. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'special'; readonly text: string }
  | { readonly kind: 'slot'; readonly slot: Slot; readonly treatment: Treatment };

/** Index of the last part that holds, -1 for none. */
export function lastIndexWhere(parts: readonly Part[], holds: (part: Part) => boolean): number {
  let at = parts.length - 1;
  while (at >= 0 && !holds(parts[at]!)) at--;
  return at;
}

const OPEN = '\ue0f0';
const CLOSE = '\ue0f1';
const LETTERS = { text: 't', thinking: 'h', callName: 'n' } as const;
const KINDS: Readonly<Record<string, SlotKind>> = { t: 'text', h: 'thinking', n: 'callName' };

/** White space that trimming takes in part (line feeds) or whole; an em space does not occur in templates. */
const PAD = '\n\u2003\n';
const HALF_START = '\u2003\n';
const HALF_END = '\n\u2003';
/** The quote tells whether a content is written as JSON: it gains a backslash. */
const QUOTE = '"';

/** The stand-in of a slot. Names of calls have no white space around them, since templates put them into other text. */
export function standIn({ kind, turn, item }: Slot): string {
  const mark = `${OPEN}${LETTERS[kind]}${turn}.${item}${QUOTE}${CLOSE}`;
  return kind === 'callName' ? mark : PAD + mark + PAD;
}

const MARK = new RegExp(`${OPEN}([thn])(\\d+)\\.(\\d+)(\\\\?)${QUOTE}${CLOSE}`, 'g');

const escaped = (text: string): string => text.replaceAll('\n', '\\n');

/** How much of the padding is left at the end of what stands before a mark, or at the start of what follows. */
function leftOver(text: string, json: boolean, side: 'start' | 'end'): { trimming: Trimming; length: number } {
  const form = (pad: string): string => (json ? escaped(pad) : pad);
  const stands = (pad: string): boolean => (side === 'start' ? text.endsWith(pad) : text.startsWith(pad));
  if (stands(form(PAD))) return { trimming: 'none', length: form(PAD).length };
  const half = form(side === 'start' ? HALF_START : HALF_END);
  // Of line feeds trimmed at the start, what is left is the space and the line feed behind it; at the end, the mirror.
  if (stands(half)) return { trimming: 'lineFeeds', length: half.length };
  return { trimming: 'whiteSpace', length: 0 };
}

/** Splits fixed text at special tokens. */
function fixedParts(text: string, special: RegExp | null): Part[] {
  if (text === '') return [];
  if (!special) return [{ kind: 'text', text }];
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(special)) {
    if (match.index > from) parts.push({ kind: 'text', text: text.slice(from, match.index) });
    parts.push({ kind: 'special', text: match[0] });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) });
  return parts;
}

/**
 * A rendering in its stretches. A slot that stands again is fixed text there, as `textOf` gives it.
 *
 * @param special matches special tokens, with the global flag; null for none
 */
export function splitRendering(
  rendering: string,
  special: RegExp | null,
  textOf: (slot: Slot) => SourceText,
): { readonly parts: readonly Part[]; readonly repeated: readonly Slot[] } {
  const parts: Part[] = [];
  const repeated: Slot[] = [];
  const seen = new Set<string>();
  let fixed = '';
  let from = 0;
  for (const match of rendering.matchAll(MARK)) {
    const [mark, letter, turn, item, backslash] = match;
    const slot: Slot = { kind: KINDS[letter!]!, turn: Number(turn), item: Number(item) };
    const json = backslash !== '';
    const before = rendering.slice(from, match.index);
    const behind = match.index + mark.length;
    const padded = slot.kind !== 'callName';
    const start = padded ? leftOver(before, json, 'start') : { trimming: 'none' as const, length: 0 };
    const end = padded
      ? leftOver(rendering.slice(behind, behind + 8), json, 'end')
      : { trimming: 'none' as const, length: 0 };
    const treatment = { start: start.trimming, end: end.trimming, json };
    fixed += before.slice(0, before.length - start.length);
    from = behind + end.length;
    const key = `${letter}${turn}.${item}`;
    if (seen.has(key)) {
      if (slot.kind !== 'callName') repeated.push(slot);
      fixed += treated(textOf(slot), treatment).toString();
      continue;
    }
    seen.add(key);
    parts.push(...fixedParts(fixed, special), { kind: 'slot', slot, treatment });
    fixed = '';
  }
  parts.push(...fixedParts(fixed + rendering.slice(from), special));
  return { parts, repeated };
}

/** A content as the template writes it. */
export function treated(text: SourceText, { start, end, json }: Treatment): SourceText {
  const kept = trimEnds(text, start, end);
  return json ? JSON.stringify(kept.toString()).slice(1, -1) : kept;
}
