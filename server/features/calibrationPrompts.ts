/** Prompts of about a wanted length that ask for a long reply. What they really have in tokens, the endpoint counts. */
import type { ChatMessage } from '../core/index.js';

/** Common words, nearly all of them one token in every vocabulary. */
const WORDS = (
  'time year people way day man thing woman life child world school state family student group country problem hand ' +
  'part place case week company system program question work number night point home water room mother area money ' +
  'story fact month lot right study book eye job word business issue side kind head house service friend father power ' +
  'hour game line end member law car city community name team minute idea body information back parent face others ' +
  'level office door health person art war history party result change morning reason research girl guy moment air'
).split(' ');

/** Tokens of the question and of the chat template around it, roughly. */
const FRAME_TOKENS = 40;

/** @param seed another text for another seed: no two requests share more than the template */
export function promptOf(tokens: number, seed: number): ChatMessage[] {
  let state = (seed * 2_654_435_761 + 12_345) >>> 0;
  const words = Array.from({ length: Math.max(0, tokens - FRAME_TOKENS) }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return WORDS[Math.floor((state / 2 ** 32) * WORDS.length)]!;
  });
  const about = words.length === 0 ? '' : `\n\nWords to use: ${words.join(' ')}`;
  return [{ role: 'user', content: `Write a very long story in full sentences, and do not stop early.${about}` }];
}
