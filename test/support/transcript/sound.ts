/** What must hold of any parse of any text, by any adapter. */
import assert from 'node:assert/strict';
import { parse as parseYaml } from 'yaml';
import type { ParsedTranscript, Span, Turn } from '../../../server/core/transcript/model.js';

/** All that must hold of any parse of any text. */
export function assertSound(text: string, parsed: ParsedTranscript): void {
  const inside = ({ start, end }: { start: number; end: number }): void => {
    assert.ok(0 <= start && start <= end && end <= text.length, `span ${start}-${end} of ${text.length}`);
  };
  parsed.problems.forEach(({ span, message }) => {
    inside(span);
    assert.ok(message.length > 10 && message.length < 300);
  });
  for (const conversation of parsed.conversations) {
    assert.ok(conversation.turns.length > 0);
    inside(conversation.span);
    const contents: Span[] = [];
    conversation.turns.forEach((turn, index) => {
      assert.equal(turn.index, index);
      inside(turn.span);
      for (const range of [turn.roleSpan, ...turn.pieces.flatMap(({ spans }) => spans)]) {
        inside(range);
        assert.ok(range.start >= turn.span.start && range.end <= turn.span.end, 'ranges are inside their turn');
      }
      if (turn.roleRaw !== '' && !text.slice(turn.roleSpan.start, turn.roleSpan.end).includes('\\')) {
        assert.equal(text.slice(turn.roleSpan.start, turn.roleSpan.end), turn.roleRaw);
      }
      contents.push(...turn.pieces.flatMap(({ spans }) => spans));
      for (const piece of turn.pieces) {
        if (piece.kind === 'image' || piece.kind === 'audio') assert.equal(piece.text, '');
        else assert.equal(decodedByMap(text, piece), piece.text);
      }
    });
    // In broken JSON a message may lie inside another.
    assertNested(conversation.turns.map(({ span }) => span));
    assertDisjoint(contents);
  }
}

const inOrder = (spans: readonly Span[]): Span[] => [...spans].sort((a, b) => a.start - b.start || b.end - a.end);

/** No two ranges share a code unit: an empty one may stand where another begins. */
function assertDisjoint(spans: readonly Span[]): void {
  const ordered = [...spans].sort((a, b) => a.start - b.start || a.end - b.end);
  for (let at = 1; at < ordered.length; at++) {
    assert.ok(ordered[at]!.start >= ordered[at - 1]!.end, `contents overlap at ${ordered[at]!.start}`);
  }
}

/** Of two ranges that share code units one holds the other. */
function assertNested(spans: readonly Span[]): void {
  const open: Span[] = [];
  for (const span of inOrder(spans)) {
    while (open.length > 0 && open.at(-1)!.end <= span.start) open.pop();
    assert.ok(open.length === 0 || open.at(-1)!.end >= span.end, `turns cross at ${span.start}`);
    open.push(span);
  }
}

/** The decoded text put together from the source by the piece's map: escapes by their own rules, the rest as it stands. */
export function decodedByMap(source: string, { spans, map, text }: Turn['pieces'][number]): string {
  if (!map) return spans.map(({ start, end }) => source.slice(start, end)).join('');
  const { start } = spans[0]!;
  return map.runs
    .map(({ decodedStart, decodedLength, sourceStart, sourceLength }) => {
      const slice = source.slice(start + sourceStart, start + sourceStart + sourceLength);
      const wanted = text.slice(decodedStart, decodedStart + decodedLength);
      if (slice === '') return wanted;
      return decodedLength === sourceLength && !isBreak(slice) ? slice : decodedWhole(slice, wanted);
    })
    .join('');
}

const isBreak = (slice: string): boolean => /^\s*[\r\n]\s*$/.test(slice);

const POML_ESCAPES: Readonly<Record<string, string>> = {
  '#quot;': '"',
  '#apos;': "'",
  '#amp;': '&',
  '#lt;': '<',
  '#gt;': '>',
  '#hash;': '#',
  '#lbrace;': '{',
  '#rbrace;': '}',
};

/** What a stretch that decodes as a whole may be. */
function decodedWhole(slice: string, wanted: string): string {
  // A line break as a line feed, or folded: one to a blank, several to one less.
  if (isBreak(slice)) {
    const breaks = slice.match(/\r\n|\n|\r/g)!.length;
    return [' ', '\n'.repeat(breaks), '\n'.repeat(breaks - 1)].includes(wanted) ? wanted : slice;
  }
  if (slice === "''") return "'";
  const poml = POML_ESCAPES[slice];
  if (poml !== undefined) return poml;
  // An alias stands for what its anchor has; the tests of YAML say what that is.
  if (slice.startsWith('*')) return wanted;
  try {
    return JSON.parse(`"${slice}"`) as string;
  } catch {
    return parseYaml(`"${slice}"`) as string;
  }
}
