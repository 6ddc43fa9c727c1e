/** What an event or a body of an engine says: tokens that arrived, counts, the engine's own times. */
import type { Outcome } from '../attribution/index.js';
import { field } from './energyPlaces.js';

/** One event. */
export interface ReplyFacts {
  /** Pieces of the reply, one token each as far as can be seen. */
  readonly tokens: number;
  readonly outcome: Outcome;
  readonly isError: boolean;
  /** A figure of the server's own, by a name other than ours: TGI with its energy change, and the one of chat-ui-energy. */
  readonly hasOwnEnergy: boolean;
}

/** Members of a body that are read here. */
export const replyMembers: ReadonlySet<string> = new Set([
  'usage',
  'timings',
  'metrics',
  'error',
  'prompt_eval_count',
  'prompt_eval_duration',
  'eval_count',
  'tokens_evaluated',
  'tokens_predicted',
  'details',
  'energy_consumption',
]);

/** Reads one event, or the members of a whole body. Takes anything. */
export function replyFacts(json: unknown): ReplyFacts {
  return {
    tokens: tokensIn(json),
    outcome: outcomeOf(json),
    isError: field(json, 'error') !== undefined && field(json, 'error') !== null,
    hasOwnEnergy:
      count(field(json, 'energy_consumption')) !== undefined ||
      count(field(field(json, 'details'), 'energy_mj')) !== undefined,
  };
}

/** TGI tells the counts of an answer that is not streamed in its head. */
export function headerFacts(valueOf: (name: string) => string | undefined): Outcome {
  const number = (name: string): number | undefined => {
    const value = valueOf(name);
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
  };
  return { promptTokens: number('x-prompt-tokens'), replyTokens: number('x-generated-tokens') };
}

/** Where engines put pieces of text: OpenAI chat and text, Ollama, TGI, llama.cpp, OpenAI responses, Anthropic. */
function tokensIn(json: unknown): number {
  const list = field(json, 'choices');
  const choices: readonly unknown[] = Array.isArray(list) ? list : [];
  const ofChoices = choices.filter((choice) => {
    const delta = field(choice, 'delta');
    return (
      ['content', 'reasoning_content', 'reasoning', 'tool_calls'].some((name) => isThere(field(delta, name))) ||
      isThere(field(choice, 'text'))
    );
  }).length;
  if (ofChoices > 0) {
    return ofChoices;
  }
  const type = field(json, 'type');
  const isDelta = typeof type === 'string' && /(^content_block_delta|\.delta)$/.test(type);
  const isPiece =
    isDelta ||
    ['content', 'thinking', 'tool_calls'].some((name) => isThere(field(field(json, 'message'), name))) ||
    isThere(field(json, 'thinking')) ||
    isThere(field(json, 'response')) ||
    isThere(field(json, 'content')) ||
    isThere(field(field(json, 'token'), 'text'));
  return isPiece ? 1 : 0;
}

function outcomeOf(json: unknown): Outcome {
  const usage =
    field(json, 'usage') ?? field(field(json, 'response'), 'usage') ?? field(field(json, 'message'), 'usage');
  const timings = field(json, 'timings');
  const metrics = field(json, 'metrics') ?? field(field(json, 'response'), 'metrics');
  const details = field(json, 'details');
  const promptMilliseconds = count(field(timings, 'prompt_ms'));
  const promptNanoseconds = count(field(json, 'prompt_eval_duration'));
  const firstToken = count(field(metrics, 'time_to_first_token_ms'));
  return {
    promptTokens:
      count(field(usage, 'prompt_tokens')) ??
      inputTokens(usage) ??
      count(field(json, 'prompt_eval_count')) ??
      count(field(json, 'tokens_evaluated')) ??
      count(field(details, 'input_length')),
    cachedTokens:
      count(field(field(usage, 'prompt_tokens_details'), 'cached_tokens')) ??
      count(field(field(usage, 'input_tokens_details'), 'cached_tokens')) ??
      count(field(usage, 'cache_read_input_tokens')) ??
      count(field(timings, 'cache_n')),
    replyTokens:
      count(field(usage, 'completion_tokens')) ??
      count(field(usage, 'output_tokens')) ??
      count(field(json, 'eval_count')) ??
      count(field(json, 'tokens_predicted')) ??
      count(field(details, 'generated_tokens')),
    prefillSeconds:
      promptMilliseconds !== undefined
        ? promptMilliseconds / 1000
        : promptNanoseconds !== undefined
          ? promptNanoseconds / 1e9
          : // vLLM counts from scheduling on: the queue is not inside.
            firstToken !== undefined
            ? firstToken / 1000
            : undefined,
  };
}

/** Anthropic counts what was read from the cache, or written to it, beside the input tokens; others inside. */
function inputTokens(usage: unknown): number | undefined {
  const input = count(field(usage, 'input_tokens'));
  const beside = ['cache_read_input_tokens', 'cache_creation_input_tokens'].map((name) => count(field(usage, name)));
  return input === undefined ? undefined : beside.reduce<number>((sum, tokens) => sum + (tokens ?? 0), input);
}

/** The newer facts where there are any. */
export function joinOutcomes(older: Outcome, newer: Outcome): Outcome {
  return {
    promptTokens: newer.promptTokens ?? older.promptTokens,
    cachedTokens: newer.cachedTokens ?? older.cachedTokens,
    replyTokens: newer.replyTokens ?? older.replyTokens,
    prefillSeconds: newer.prefillSeconds ?? older.prefillSeconds,
  };
}

function isThere(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || (Array.isArray(value) && value.length > 0);
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
