/** What an event or a body of an engine says: tokens that arrived, counts, the engine's own times. */
import type { Outcome } from '../attribution/index.js';
import { isObject } from './jsonScanner.js';

/** One event. */
export interface ReplyFacts {
  /** Pieces of the reply, one token each as far as can be seen. */
  readonly tokens: number;
  readonly outcome: Outcome;
  /** OpenAI's last word: token counts, and nothing else. */
  readonly isUsage: boolean;
  /** The reply is over. */
  readonly isFinish: boolean;
  readonly isError: boolean;
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
]);

/** Reads one event, or the members of a whole body. Takes anything. */
export function replyFacts(json: unknown): ReplyFacts {
  const choices = field(json, 'choices');
  const list: readonly unknown[] = Array.isArray(choices) ? choices : [];
  const usage = field(json, 'usage');
  const isUsage = isObject(usage);
  const isFinish = list.some((choice) => typeof field(choice, 'finish_reason') === 'string');
  return {
    tokens: tokensIn(json, list),
    outcome: outcomeOf(json),
    isUsage,
    isFinish,
    isError: field(json, 'error') !== undefined && field(json, 'error') !== null,
  };
}

/** Where engines put pieces of text: OpenAI chat and text, Ollama, TGI, llama.cpp, OpenAI responses, Anthropic. */
function tokensIn(json: unknown, choices: readonly unknown[]): number {
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
    isThere(field(field(json, 'message'), 'content')) ||
    isThere(field(json, 'response')) ||
    isThere(field(json, 'content')) ||
    isThere(field(field(json, 'token'), 'text'));
  return isPiece ? 1 : 0;
}

function outcomeOf(json: unknown): Outcome {
  const usage =
    field(json, 'usage') ?? field(field(json, 'response'), 'usage') ?? field(field(json, 'message'), 'usage');
  const timings = field(json, 'timings');
  const metrics = field(json, 'metrics');
  const promptMilliseconds = count(field(timings, 'prompt_ms'));
  const promptNanoseconds = count(field(json, 'prompt_eval_duration'));
  const firstToken = count(field(metrics, 'time_to_first_token_ms'));
  return {
    promptTokens:
      count(field(usage, 'prompt_tokens')) ??
      count(field(usage, 'input_tokens')) ??
      count(field(json, 'prompt_eval_count')),
    cachedTokens:
      count(field(field(usage, 'prompt_tokens_details'), 'cached_tokens')) ??
      count(field(field(usage, 'input_tokens_details'), 'cached_tokens')) ??
      count(field(timings, 'cache_n')),
    replyTokens:
      count(field(usage, 'completion_tokens')) ??
      count(field(usage, 'output_tokens')) ??
      count(field(json, 'eval_count')),
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

/** The newer facts where there are any. */
export function joinOutcomes(older: Outcome, newer: Outcome): Outcome {
  return {
    promptTokens: newer.promptTokens ?? older.promptTokens,
    cachedTokens: newer.cachedTokens ?? older.cachedTokens,
    replyTokens: newer.replyTokens ?? older.replyTokens,
    prefillSeconds: newer.prefillSeconds ?? older.prefillSeconds,
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (Reflect.get(value, name) as unknown)
    : undefined;
}

function isThere(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || (Array.isArray(value) && value.length > 0);
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
