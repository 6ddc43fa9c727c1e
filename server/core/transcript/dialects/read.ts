/** From a JSON document to conversations: each value by its dialect. */
import type { JsonNode } from '../json/node.js';
import { memberValue } from '../json/node.js';
import { isString, stringText, type Source } from '../json/pieces.js';
import type { JsonDocument } from '../json/reader.js';
import type { Conversation, ParsedTranscript, Problem } from '../model.js';
import { sortProblems } from '../spans.js';
import { valuesOf, type Found } from './choose.js';
import type { Dialect } from './dialect.js';
import { hoistLists } from './hoist.js';
import { withoutOverlaps } from './overlaps.js';

/** A value, and the turns after it that belong to its list because a bracket too many ended it early. */
interface Whole extends Found {
  readonly strays: JsonNode[];
}

function wholesOf(text: string, document: JsonDocument, preferred: Dialect | null): Whole[] {
  const wholes: Whole[] = [];
  for (const root of document.roots) {
    if (document.problems.length > 0) hoistLists(root);
    const last = wholes.at(-1);
    const isStray = document.problems.length > 0 && last && isList(last.value) && root.kind === 'object';
    if (isStray && last.dialect.isTurn?.(root)) last.strays.push(root);
    else for (const found of valuesOf(text, root, preferred)) wholes.push({ ...found, strays: [] });
  }
  return wholes;
}

const isList = (value: JsonNode): boolean =>
  value.kind === 'array' || value.members.some((member) => member.value?.kind === 'array');

/** What a batch line calls itself. */
function envelopeId(source: Source, { outer, value }: Found): string | null {
  if (outer === value) return null;
  const id = memberValue(outer, 'custom_id') ?? memberValue(outer, 'key');
  return isString(id) ? stringText(source, id) : null;
}

/**
 * The conversations of a JSON document, in order. One without a single turn is left out.
 *
 * @param preferred the dialect of the file's own format, if it has one
 * @param firstIndex number of the first conversation, from which ids are made
 */
export function* readConversations(
  text: string,
  document: JsonDocument,
  preferred: Dialect | null,
  firstIndex = 0,
): Generator<void, ParsedTranscript> {
  const problems: Problem[] = [...document.problems];
  const source: Source = { text, problems, broken: problems.length > 0 };
  const conversations: Conversation[] = [];
  let read = 0;
  for (const whole of wholesOf(text, document, preferred)) {
    const { dialect, value, outer, strays } = whole;
    const drafts = yield* dialect.conversations(source, value, strays);
    const id = envelopeId(source, whole);
    for (const draft of drafts) {
      if (draft.turns.length === 0) continue;
      const index = String(firstIndex + conversations.length);
      const span = outer === value || drafts.length > 1 ? draft.span : { start: outer.start, end: outer.end };
      const end = Math.max(span.end, strays.at(-1)?.end ?? 0);
      const named = id !== null && drafts.length > 1 ? `${id} ${drafts.indexOf(draft) + 1}` : id;
      const turns = source.broken ? withoutOverlaps(draft.turns) : draft.turns;
      conversations.push({ ...draft, turns, id: named ?? draft.id ?? index, span: { start: span.start, end } });
    }
    // Many small rows in one list: pause as long texts do.
    if (outer.end - read < SLICE_LENGTH) continue;
    read = outer.end;
    yield;
  }
  return { conversations, problems: problems.length > 1 ? sortProblems(problems) : problems };
}

/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;
