/** From the tokens of turns to the requests of a conversation: what each sends, what of it is cached, what is new. */
import type { TurnTokens } from '../tokens/types.js';
import type { Role } from '../transcript/model.js';

/** A turn as accounting sees it. */
export interface PricedTurn {
  readonly role: Role;
  readonly tokens: TurnTokens;
}

/** One request of a conversation in tokens. */
export interface ConversationRequest {
  /** First and last turn of what is new in it; its reply, if it has one, is the last. */
  readonly firstTurn: number;
  readonly lastTurn: number;
  /** Turn of the reply; null for the request about to be made. */
  readonly replyTurn: number | null;
  readonly tokensIn: number;
  readonly tokensCached: number;
  readonly tokensOut: number;
  /** Of `tokensIn`, what no earlier request had in its prompt or reply. */
  readonly tokensNew: number;
}

/** Engines keep the prefix cache in blocks of this many tokens. */
export const CACHE_BLOCK = 16;

/** Everything of a turn: text and template. */
export const allTokens = ({ text, lead, end, trail }: TurnTokens): number => text + lead + end + trail;

/** What a turn leaves in the context of later requests: everything but thinking that the template drops. */
export const laterTokens = (tokens: TurnTokens): number =>
  allTokens(tokens) - Math.min(tokens.thinking ?? 0, tokens.text);

/**
 * The requests of a chat, in order. A conversation that ends in input turns has one more, about to be
 * made, whose prompt ends in a generation prompt of `pendingLead` tokens.
 */
export function conversationRequests(
  turns: readonly PricedTurn[],
  pendingLead: number,
  prefixCache: boolean,
): ConversationRequest[] {
  const requests: ConversationRequest[] = [];
  let context = 0;
  /** What of the next prompt an earlier request had; and how far that is one prefix, which a cache can hold. */
  let known = 0;
  let prefix = 0;
  let firstTurn = 0;
  const push = (replyTurn: number | null, lastTurn: number, tokensIn: number, tokensOut: number): void => {
    const cached = prefixCache ? Math.min(CACHE_BLOCK * Math.floor(prefix / CACHE_BLOCK), tokensIn - 1) : 0;
    requests.push({
      firstTurn,
      lastTurn,
      replyTurn,
      tokensIn,
      tokensCached: Math.max(0, cached),
      tokensOut,
      tokensNew: tokensIn - known,
    });
    firstTurn = lastTurn + 1;
  };
  turns.forEach(({ role, tokens }, index) => {
    if (role === 'assistant') {
      const tokensIn = context + tokens.lead;
      const tokensOut = tokens.text + tokens.end;
      push(index, index, tokensIn, tokensOut);
      // A reply that loses its thinking differs from the cache from its first token on.
      const dropped = allTokens(tokens) - laterTokens(tokens);
      known = tokensIn + tokensOut - dropped;
      prefix = dropped > 0 ? tokensIn : known;
    }
    context += laterTokens(tokens);
  });
  if (firstTurn < turns.length) push(null, turns.length - 1, context + pendingLead, 0);
  return requests;
}
