/** Which requests ask a model to work, as data: engines' own paths besides OpenAI's. A new one is a new row. */

/** A kind of request. */
export interface Call {
  /** End of the path, in any case of a prefix such as `/v1`. */
  readonly path: RegExp;
  /** OpenTelemetry's `gen_ai.operation.name`. */
  readonly operation: 'chat' | 'text_completion' | 'embeddings' | 'rerank';
  /** Whether answers have OpenAI's form, to which energy is added. All others pass as they are. */
  readonly addsEnergy: boolean;
}

const calls: readonly Call[] = [
  { path: /\/chat\/completions$/, operation: 'chat', addsEnergy: true },
  { path: /\/completions$/, operation: 'text_completion', addsEnergy: true },
  { path: /\/embeddings$/, operation: 'embeddings', addsEnergy: true },
  // OpenAI's responses and Anthropic's messages, which vLLM and llama.cpp serve too.
  { path: /\/responses$/, operation: 'chat', addsEnergy: false },
  { path: /\/messages$/, operation: 'chat', addsEnergy: false },
  // Ollama.
  { path: /^\/api\/chat$/, operation: 'chat', addsEnergy: false },
  { path: /^\/api\/generate$/, operation: 'text_completion', addsEnergy: false },
  { path: /^\/api\/embed$/, operation: 'embeddings', addsEnergy: false },
  // TGI, and llama.cpp.
  { path: /^\/generate(_stream)?$/, operation: 'text_completion', addsEnergy: false },
  { path: /^\/(completion|infill)$/, operation: 'text_completion', addsEnergy: false },
  { path: /\/(embedding|pooling)$/, operation: 'embeddings', addsEnergy: false },
  { path: /\/(rerank|reranking|score)$/, operation: 'rerank', addsEnergy: false },
];

/** The kind of a request; null where no model works for it. */
export function callOf(method: string | undefined, path: string): Call | null {
  return method === 'POST' ? (calls.find((call) => call.path.test(path)) ?? null) : null;
}
