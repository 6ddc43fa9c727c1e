/** The parts of OpenAI-compatible answers that we read. Unknown fields pass through: energy hides in them. */
import { z } from 'zod';

const delta = z.looseObject({
  content: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  tool_calls: z.array(z.unknown()).nullish(),
});

const choice = z.looseObject({
  delta: delta.nullish(),
  /** In an answer that is not streamed. */
  message: delta.nullish(),
  finish_reason: z.string().nullish(),
});

const usage = z.looseObject({
  prompt_tokens: z.number().nonnegative().nullish(),
  completion_tokens: z.number().nonnegative().nullish(),
  prompt_tokens_details: z.looseObject({ cached_tokens: z.number().nonnegative().nullish() }).nullish(),
});

/** One `data:` event of a stream, or a whole answer that was not streamed. */
export const chunkSchema = z.looseObject({
  choices: z.array(choice).nullish(),
  usage: usage.nullish(),
  error: z.unknown().optional(),
});

export type Chunk = z.infer<typeof chunkSchema>;

/** `GET /models`. */
export const modelsSchema = z.looseObject({
  data: z.array(z.looseObject({ id: z.string(), owned_by: z.string().nullish() })),
});

/** What an endpoint says went wrong: `{"error": {"message": ...}}`, `{"error": "..."}`, `{"message"|"detail": ...}`. */
export function errorText(body: unknown): string | null {
  if (typeof body === 'string') {
    return body;
  }
  if (typeof body !== 'object' || body === null) {
    return null;
  }
  for (const field of ['error', 'message', 'detail']) {
    const value: unknown = Reflect.get(body, field);
    if (value !== undefined && value !== null && value !== '') {
      return errorText(value) ?? JSON.stringify(value);
    }
  }
  return null;
}

/** JSON, or undefined where the text is none. */
export function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One line of at most `limit` code units. */
export function oneLine(text: string, limit = 200): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}
