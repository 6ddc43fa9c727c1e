/** What Measure needs of the network. `server/main.ts` hands it over; nothing else here can send anything. */
import type { ChatMessage } from '../core/index.js';
import type { ProvenanceDto } from '../protocol/messages.js';

/** An OpenAI-compatible server, as the client names it: never from a workspace. */
export interface LiveEndpoint {
  /** Base URL ending in /v1. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
}

export interface LivePlan {
  readonly endpoint: LiveEndpoint;
  /** Name of the model at the endpoint. */
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly repeats: number;
  /** Requests that each run sends at once, with a meter beside the endpoint; each run of the outcome is one of them. */
  readonly atOnce?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly timeoutSeconds: number;
  readonly keepCache: boolean;
  /** As on the command line; `response` where absent. */
  readonly meter?: string | undefined;
  readonly extractor?: string | undefined;
  readonly stopWithin?: number | undefined;
  readonly budgetSeconds?: number | undefined;
}

/** One run. */
export interface LiveRun {
  readonly kind: 'run' | 'oneToken';
  readonly joules: number | null;
  readonly discarded?: string;
  readonly grossJoules?: number;
  readonly idleWatts?: number;
  readonly prefillJoules?: number;
  readonly decodeJoules?: number;
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  readonly tokensCached: number | null;
  readonly seconds: number;
  readonly secondsToFirstToken: number | null;
}

/** A series of runs. */
export interface LiveOutcome {
  /** Null where the endpoint reported no energy. */
  readonly measured: {
    readonly joules: number;
    /** Half-width of the 95 % interval in joules; null for one run. */
    readonly ci95: number | null;
    readonly n: number;
    readonly provenance: ProvenanceDto;
    readonly scope: string;
    readonly method: string;
    readonly boundary: string;
    readonly grossJoules?: number;
    readonly idleWatts?: number;
    readonly prefillJoules?: number;
    readonly decodeJoules?: number;
    readonly phaseMethod?: string;
    readonly range?: readonly [lo: number, hi: number];
    /** Means over the runs; null where the endpoint counted none. */
    readonly tokensIn: number | null;
    readonly tokensOut: number | null;
    readonly seconds: number;
  } | null;
  readonly runs: readonly LiveRun[];
  readonly reply: string;
  readonly stopped: { readonly reason: string; readonly message: string } | null;
  readonly warnings: readonly string[];
  /** Payload lines, key removed. */
  readonly raw: readonly string[];
}

/** Two series whose runs belong together one by one. */
export interface LiveComparison {
  readonly a: LiveOutcome;
  readonly b: LiveOutcome;
  readonly plannedPairs: number;
  /** What the look that ended the comparison may spend of the 5 %. */
  readonly alpha: number;
  readonly stopped: { readonly message: string } | null;
  readonly warnings: readonly string[];
  readonly raw: readonly string[];
}

export interface LiveHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly fraction: number; readonly message: string }) => void;
}

/** An endpoint's tokenizer. Every count rejects with an error of one clear line. */
export interface LiveTokenizer {
  /** `vLLM`. */
  readonly title: string;
  readonly url: string;
  /** What is asked for a conversation. */
  readonly chatRoute: string;
  countText(text: string): Promise<number>;
  countMessages(messages: readonly ChatMessage[]): Promise<number>;
}

export interface LivePort {
  /** Identity of a request. */
  hashRequest(messages: readonly ChatMessage[]): string;
  /** Rejects with an error of one clear line; one of code `cancelled` when `signal` fires before the first run is done. */
  measure(plan: LivePlan, hooks: LiveHooks): Promise<LiveOutcome>;
  /** Runs two requests in pairs. Rejects as `measure` does, where not one pair was completed. */
  compare(
    plans: { readonly a: LivePlan; readonly b: LivePlan },
    options: { readonly pairs: number; readonly stopEarly: boolean; readonly budgetSeconds?: number | undefined },
    hooks: LiveHooks,
  ): Promise<LiveComparison>;
  /** The endpoint's name for the model that the user means. */
  resolveModel(
    endpoint: LiveEndpoint,
    wanted: string,
    options: { readonly timeoutSeconds: number; readonly signal?: AbortSignal },
  ): Promise<{ readonly id: string; readonly warning?: string }>;
  /** The endpoint's own tokenizer, or what was tried to find it. */
  findTokenizer(
    endpoint: LiveEndpoint,
    model: string,
    options: { readonly timeoutSeconds: number; readonly signal?: AbortSignal },
  ): Promise<
    | { readonly tokenizer: LiveTokenizer }
    | { readonly tokenizer: null; readonly tried: readonly { readonly route: string; readonly answer: string }[] }
  >;
  /** The models that an endpoint serves. */
  listModels(
    endpoint: LiveEndpoint,
    options: { readonly timeoutSeconds: number; readonly signal?: AbortSignal },
  ): Promise<readonly { readonly id: string }[]>;
}
