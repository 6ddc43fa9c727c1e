/** Builds a reply from the events of a stream. */
import type { Usage } from './chatTypes.js';
import type { Chunk } from './wire.js';

/** The reply so far. */
export interface Reply {
  text: string;
  reasoning: string;
  hasToolCalls: boolean;
  finishReason: string | null;
  usage: Usage | null;
}

/** An empty reply. */
export function emptyReply(): Reply {
  return { text: '', reasoning: '', hasToolCalls: false, finishReason: null, usage: null };
}

/** Takes one chunk in. Returns the pieces of text that it brought. Only the first choice counts. */
export function addChunk(reply: Reply, chunk: Chunk): { readonly text: string; readonly isContent: boolean } {
  const choice = chunk.choices?.[0];
  const delta = choice?.delta ?? choice?.message;
  const text = delta?.content ?? '';
  const reasoning = delta?.reasoning_content ?? delta?.reasoning ?? '';
  const hasToolCalls = (delta?.tool_calls?.length ?? 0) > 0;
  reply.text += text;
  reply.reasoning += reasoning;
  reply.hasToolCalls ||= hasToolCalls;
  reply.finishReason = choice?.finish_reason ?? reply.finishReason;
  reply.usage = usageOf(chunk) ?? reply.usage;
  return { text, isContent: text !== '' || reasoning !== '' || hasToolCalls };
}

function usageOf(chunk: Chunk): Usage | null {
  const { prompt_tokens: tokensIn, completion_tokens: tokensOut, prompt_tokens_details: details } = chunk.usage ?? {};
  if (typeof tokensIn !== 'number' || typeof tokensOut !== 'number') {
    return null;
  }
  return { tokensIn, tokensOut, tokensCached: details?.cached_tokens ?? null };
}

const plainFields = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'system_fingerprint',
  'service_tier',
  'obfuscation',
]);

/** Whether a chunk says more than a piece of text, so that it is kept for the search for energy. */
export function isNotable(chunk: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(chunk).some(([name, value]) => !plainFields.has(name) && value !== null && value !== undefined);
}
