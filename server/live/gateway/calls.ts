/** Which requests ask a model to work, as data: engines' own paths besides OpenAI's. A new one is a new row. */
import type { AnswerForm } from './energyPlaces.js';

/** A kind of request. */
export interface Call {
  /** End of the path, in any case of a prefix such as `/v1`. */
  readonly path: RegExp;
  /** OpenTelemetry's `gen_ai.operation.name`. */
  readonly operation: 'chat' | 'text_completion' | 'embeddings' | 'rerank';
  /** The form of its answers, which says where energy goes in them. */
  readonly form: AnswerForm;
}

const calls: readonly Call[] = [
  { path: /\/chat\/completions$/, operation: 'chat', form: 'completions' },
  { path: /\/completions$/, operation: 'text_completion', form: 'completions' },
  { path: /\/embeddings$/, operation: 'embeddings', form: 'completions' },
  // OpenAI's responses and Anthropic's messages, which vLLM, llama.cpp and Ollama serve too.
  { path: /\/responses$/, operation: 'chat', form: 'responses' },
  { path: /\/messages$/, operation: 'chat', form: 'messages' },
  // Ollama.
  { path: /^\/api\/chat$/, operation: 'chat', form: 'native' },
  { path: /^\/api\/generate$/, operation: 'text_completion', form: 'native' },
  { path: /^\/api\/embed$/, operation: 'embeddings', form: 'native' },
  // TGI, and llama.cpp.
  { path: /^\/(generate(_stream)?)?$/, operation: 'text_completion', form: 'native' },
  { path: /^\/(completion|infill)$/, operation: 'text_completion', form: 'native' },
  { path: /\/(embedding|pooling)$/, operation: 'embeddings', form: 'completions' },
  { path: /\/(rerank|reranking|score)$/, operation: 'rerank', form: 'completions' },
];

/** The kind of a request; null where no model works for it. */
export function callOf(method: string | undefined, path: string): Call | null {
  return method === 'POST' ? (calls.find((call) => call.path.test(path)) ?? null) : null;
}
