/** Texts without a place to cut, in parts that the engine can take. */
import { UNSPLIT, nextSafeBoundary, safeCutOf } from '../core/tokens/boundaries.js';
import type { VocabularyId } from '../core/tokens/types.js';
import { preTokens } from './preTokens.js';

/** Up to this length a text goes to the engine whole: its expressions manage half a million steps and more. */
const WHOLE_LENGTH = 1 << 18;
/** A pre-token of this length is merged without the engine's expressions looking at it. */
const LONG_PRE_TOKEN = 1 << 16;
/** Ordinary pre-tokens go to the engine together, about this many code units at a time. */
const PART_LENGTH = 1 << 16;

/** A part of a text; `merged`: one pre-token, or a piece of one, to be merged as it is. */
export interface TextPart {
  readonly text: string;
  readonly merged: boolean;
}

/** The parts of `text` whose tokens, in order, are those of the whole. */
export function* textParts(vocabulary: VocabularyId, text: string): Generator<TextPart, void> {
  const isSafe = safeCutOf(vocabulary);
  for (let at = 0; at < text.length;) {
    const whole = text.length - at <= WHOLE_LENGTH;
    const next = whole ? text.length : nextSafeBoundary(text, at + PART_LENGTH, isSafe);
    const part = at === 0 && next === text.length ? text : text.slice(at, next);
    // Where nothing is split there are no expressions that could give up.
    if (part.length <= WHOLE_LENGTH || UNSPLIT.has(vocabulary)) yield { text: part, merged: false };
    else yield* unbrokenParts(vocabulary, part);
    at = next;
  }
}

/** The parts of a text without a safe boundary: long pre-tokens by themselves, others together. */
function* unbrokenParts(vocabulary: VocabularyId, text: string): Generator<TextPart, void> {
  let gathered = 0;
  let at = 0;
  for (const preToken of preTokens(vocabulary, text)) {
    const long = preToken.length >= LONG_PRE_TOKEN;
    if (gathered > 0 && (long || gathered >= PART_LENGTH)) {
      yield { text: text.slice(at, at + gathered), merged: false };
      at += gathered;
      gathered = 0;
    }
    if (long) {
      yield { text: preToken, merged: true };
      at += preToken.length;
    } else gathered += preToken.length;
  }
  if (gathered > 0) yield { text: text.slice(at), merged: false };
}
