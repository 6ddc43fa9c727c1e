/** Incremental parsing of text transcripts: an edit inside the content of one turn touches only that turn. */
import type { ParsedTranscript, SourceEdit, SourceText, Turn } from '../model.js';
import { drain } from '../parseTranscript.js';
import { detached, lastStartingBefore, shiftProblem, shiftTurn } from '../spans.js';
import { frontMatter } from './frontMatter.js';
import { lineEnd, lineStart } from './lineBounds.js';
import { markerAt } from './markers.js';
import { scanText } from './scan.js';
import { turnOf } from './turns.js';

/** A line that may be, or may become, a marker, a fence, a comment or a rule: then the whole text is read again. */
const TELLING =
  /(?:^|[\r\n])[ \t]*(?:[#*_`~<\-.]|[\p{L}'’-]{1,12}[ \t]*(?:said[ \t]*)?[:：])|-->|<\/?(?:details|summary)/iu;
/** What tells also inside a line. */
const TELLING_ANYWHERE = /-->|<\/?(?:details|summary)/i;
/** A blank line tells of the marker after it. */
const BLANK_END = /(?:^|[\r\n])[ \t]*$/;

/** What the edit took out, from the turn's old content; null where the edit took out more than content. */
function removedText(turn: Turn, edit: SourceEdit): string | null {
  if (edit.start === edit.oldEnd) return '';
  for (const piece of turn.pieces) {
    let before = 0;
    for (const span of piece.spans) {
      if (span.start <= edit.start && edit.oldEnd <= span.end) {
        return piece.text.slice(before + edit.start - span.start, before + edit.oldEnd - span.start);
      }
      before += span.end - span.start;
    }
  }
  return null;
}

const inSourceOrder = (turns: readonly Turn[]): boolean =>
  turns.every(({ span }, index) => index === 0 || turns[index - 1]!.span.start < span.start);

export function updateText(before: ParsedTranscript, source: SourceText, edit: SourceEdit): ParsedTranscript | null {
  const text = source.toString();
  const [conversation, ...more] = before.conversations;
  if (!conversation || more.length > 0) return null;
  const { turns } = conversation;
  // A log may have its system prompt below the prompt.
  if (!inSourceOrder(turns)) return null;
  // A rule at the top may become front matter, or be it no more, by what stands far below.
  if (text.startsWith('---')) {
    const { end: frontEnd } = frontMatter(text);
    if (frontEnd === 0 || frontEnd > turns[0]!.span.start) return null;
  }
  const index = lastStartingBefore(turns, edit.start);
  const old = turns[index];
  if (!old || old.pieces.length === 0) return null;
  const by = edit.newEnd - edit.oldEnd;
  const end = old.span.end + by;
  // The line break before the next marker, or before what ends the turn, has to stay.
  if (edit.oldEnd > old.span.end || (end < text.length && edit.oldEnd === old.span.end)) return null;
  const marker = markerAt(text, old.span.start);
  const same = marker?.roleSpan.start === old.roleSpan.start && marker.roleRaw === old.roleRaw;
  if (!marker || !same || edit.start <= marker.contentStart) return null;

  const removed = removedText(old, edit);
  if (removed === null) return null;
  const from = lineStart(text, edit.start, marker.contentStart);
  const to = lineEnd(text, edit.newEnd, end);
  const head = text.slice(from, edit.start);
  const tail = text.slice(edit.newEnd, to);
  // Right after the marker nothing can be one: the line's own start is before it.
  const lead = from === marker.contentStart ? ' ' : '';
  const linesBefore = lead + head + removed + tail;
  const linesAfter = lead + text.slice(from, to);
  if (tellsInside(linesBefore, lead) || tellsInside(linesAfter, lead)) return null;
  // Of line labels, whether a blank line stands before the next one tells (see `labelsOf`).
  const isBeforeNext = marker.style === 'label' && end < text.length && to + 2 >= end;
  if (isBeforeNext && BLANK_END.test(rest(linesBefore, lead)) !== BLANK_END.test(rest(linesAfter, lead))) return null;

  const block = detached(text.slice(old.span.start, end));
  const insets = drain(scanText(block, 0));
  const local = markerAt(block, 0);
  if (!local) return null;
  const moved = shiftTurn(turnOf(block, index, local, block.length, insets), old.span.start);
  const turn = old.reported ? { ...moved, reported: old.reported } : moved;
  return {
    conversations: [
      {
        ...conversation,
        span: { start: conversation.span.start, end: conversation.span.end + by },
        turns: turns.map((each, at) =>
          at < index || (by === 0 && at > index) ? each : at === index ? turn : shiftTurn(each, by),
        ),
      },
    ],
    problems: before.problems.map((problem) =>
      problem.span.start >= edit.oldEnd ? shiftProblem(problem, by) : problem,
    ),
  };
}

/** Whether any of the lines tells; the first does not by its start where it is the rest of a marker's line. */
function tellsInside(lines: string, lead: string): boolean {
  if (lead === '') return TELLING.test(lines);
  const firstEnd = lines.search(/[\r\n]/);
  if (firstEnd < 0) return TELLING_ANYWHERE.test(lines);
  return TELLING_ANYWHERE.test(lines.slice(0, firstEnd)) || TELLING.test(lines.slice(firstEnd));
}

/** The lines as those of a text: the rest of a marker's line is never blank. */
const rest = (lines: string, lead: string): string => (lead === '' ? lines : `x${lines}`);
