/** A request to a chat endpoint and all that came back. Plain data. */
import type { Endpoint, Timeouts } from './endpoint.js';
import type { Headers } from './transport.js';

/** One message as it is sent. */
export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** What is asked for. */
export interface ChatRequest {
  readonly endpoint: Endpoint;
  /** Name of the model at the endpoint. */
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  /** Cap on the reply in tokens. */
  readonly maxTokens?: number | undefined;
  readonly temperature?: number;
  readonly seed?: number;
}

/** How to ask. */
export interface ChatOptions {
  readonly timeouts: Timeouts;
  readonly signal?: AbortSignal | undefined;
  /** Bound of the answer in bytes. */
  readonly maxBytes?: number;
  /** What this endpoint was found to reject, so that a later request does without it. Grows. */
  readonly quirks?: Set<string>;
  /** Called with each piece of the reply's text as it arrives. */
  readonly onText?: (text: string) => void;
}

/** Token counts as the endpoint reports them. */
export interface Usage {
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** Prompt tokens read from the prefix cache; null where not reported. */
  readonly tokensCached: number | null;
}

/** What came back. */
export interface ChatExchange {
  readonly url: string;
  readonly status: number;
  /** The reply's text. */
  readonly text: string;
  /** Thinking, where the endpoint sends it apart. */
  readonly reasoning: string;
  readonly hasToolCalls: boolean;
  readonly finishReason: string | null;
  readonly usage: Usage | null;
  /** From sending to the first text or reasoning; null where none came or the answer was not streamed. */
  readonly secondsToFirstToken: number | null;
  /** When it was sent: seconds of the process's monotonic clock. */
  readonly startSeconds: number;
  /** From sending to the end of the stream. */
  readonly seconds: number;
  readonly headers: Headers;
  readonly trailers: Headers;
  /** Events that say more than a piece of text, parsed, in order; the whole body of an answer not streamed. */
  readonly chunks: readonly unknown[];
  readonly comments: readonly string[];
  readonly streamed: boolean;
  /** The payload line by line, key removed, cut in the middle where it is long. */
  readonly raw: readonly string[];
  readonly warnings: readonly string[];
}
