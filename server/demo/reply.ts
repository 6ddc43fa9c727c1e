/** A reply ready to be sent: its pieces, why it ends, what it cost. */
import { BadRequest, type DemoRequest } from './chatRequest.js';
import { countPrompt, splitTokens } from './demoTokens.js';
import { respond } from './responder.js';
import type { SimulatedEnergy } from './simulatedMeter.js';

/** The only model that is served. */
export const demoModel = 'joulelens-demo-8b';

/** Context window in tokens, that of the model whose size the demo borrows. */
const contextTokens = 131_072;

/** All there is to send. */
export interface DemoReply {
  readonly pieces: readonly string[];
  readonly finishReason: 'stop' | 'length';
  readonly usage: DemoUsage;
}

/** Token counts in the wire's names, with energy. */
export interface DemoUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
  readonly energy?: SimulatedEnergy;
}

/** Makes the reply. Throws BadRequest where the prompt does not fit. `meter` null: no energy is reported. */
export function makeReply(
  request: DemoRequest,
  meter: ((tokensIn: number, tokensOut: number) => SimulatedEnergy) | null,
): DemoReply {
  const tokensIn = countPrompt(request.contents);
  if (tokensIn >= contextTokens) {
    throw new BadRequest(400, `The prompt has ${tokensIn} tokens; the maximum context length is ${contextTokens}.`);
  }
  const all = splitTokens(cutAtStop(respond(request.lastUserText), request.stop));
  const pieces = all.slice(0, request.maxTokens);
  // The end-of-turn token is decoded too, where the reply was not cut.
  const isWhole = pieces.length === all.length;
  const tokensOut = pieces.length + (isWhole ? 1 : 0);
  return {
    pieces,
    finishReason: isWhole ? 'stop' : 'length',
    usage: {
      prompt_tokens: tokensIn,
      completion_tokens: tokensOut,
      total_tokens: tokensIn + tokensOut,
      prompt_tokens_details: { cached_tokens: 0 },
      ...(meter === null ? {} : { energy: meter(tokensIn, tokensOut) }),
    },
  };
}

function cutAtStop(text: string, stop: readonly string[]): string {
  const ends = stop.map((each) => text.indexOf(each)).filter((index) => index >= 0);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}
