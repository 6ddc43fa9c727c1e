/**
 * How many tokens an endpoint counts: `POST /tokenize` as vLLM, TGI and llama.cpp's server have it. Which of them
 * answers is found by asking, as an OpenAI-compatible base URL does not say. All three keep the route beside `/v1`;
 * behind some proxies it stands below.
 */
import { z } from 'zod';
import { endpointUrl, parseBaseUrl, timeoutsFor, type Endpoint } from './endpoint.js';
import type { LiveError } from './errors.js';
import { httpFailure, notJson, readText } from './httpFailure.js';
import { redactorFor } from './redact.js';
import { send } from './transport.js';
import { tryJson } from './wire.js';

/** One message as its chat template gets it. */
export interface TokenizeMessage {
  readonly role: string;
  readonly content: string;
}

export type TokenizerKind = 'vllm' | 'tgi' | 'llama.cpp';

/** The tokenizer of an endpoint, found and tried. All counts reject with LiveError. */
export interface EndpointTokenizer {
  readonly kind: TokenizerKind;
  /** `vLLM`. */
  readonly title: string;
  /** The URL that answers. */
  readonly url: string;
  /** What is asked for a conversation: `POST /chat_tokenize`. */
  readonly chatRoute: string;
  /** Tokens of a text by itself, without those that begin or end a sequence. */
  countText(text: string): Promise<number>;
  /** Tokens of a conversation in the endpoint's own chat template, the generation prompt at its end. */
  countMessages(messages: readonly TokenizeMessage[]): Promise<number>;
}

export interface TokenizeOptions {
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** What was found: a tokenizer, or the routes that were tried and what each answered. */
export type FoundTokenizer =
  | { readonly tokenizer: EndpointTokenizer }
  | { readonly tokenizer: null; readonly tried: readonly { readonly route: string; readonly answer: string }[] };

/** Bytes of an answer: ids, texts and places of a long text's tokens. */
const answerLimit = 256 * 1024 * 1024;

/** A short text that every tokenizer makes tokens of; nothing of the user's goes out before a route answers to it. */
const probe = 'The quick brown fox.';

const tokens = z.array(z.unknown());
const vllmAnswer = z.looseObject({ count: z.number().int().nonnegative(), tokens });
const llamaAnswer = z.looseObject({ tokens });
const tgiAnswer = z.array(z.looseObject({ id: z.number(), start: z.number(), stop: z.number() }));
const tgiChatAnswer = z.union([tgiAnswer, z.looseObject({ tokenize_response: tgiAnswer })]);
const promptAnswer = z.looseObject({ prompt: z.string() });

/** An answer of any status. */
interface Answer {
  readonly status: number;
  readonly json: unknown;
  readonly failure: () => LiveError;
}

type Post = (path: string, body: object) => Promise<Answer>;

/** Asks below `base`, which is the endpoint's URL with or without its `/v1`. */
function poster(base: Endpoint, { timeoutSeconds, signal }: TokenizeOptions): Post {
  const redact = redactorFor(base.apiKey);
  return async (path, body) => {
    const response = await send({
      method: 'POST',
      url: endpointUrl(base, path),
      apiKey: base.apiKey,
      body: JSON.stringify(body),
      accept: 'application/json',
      timeouts: timeoutsFor(timeoutSeconds),
      maxBytes: answerLimit,
      signal,
    });
    const text = await readText(response, answerLimit);
    const json = tryJson(text);
    const { status, url, headers } = response;
    const isOk = status >= 200 && status < 300;
    return {
      status: isOk && json === undefined ? 0 : status,
      json,
      failure: () =>
        isOk ? notJson(url.href, headers['content-type'], text, redact) : httpFailure(response, text, redact),
    };
  };
}

/** The answer as `schema` has it. Throws LiveError for an error status and for an answer of another shape. */
async function expect<T>(post: Post, path: string, body: object, schema: z.ZodType<T>): Promise<T> {
  const answer = await post(path, body);
  const parsed = schema.safeParse(answer.json);
  if (answer.status < 200 || answer.status >= 300 || !parsed.success) throw answer.failure();
  return parsed.data;
}

/** What one engine is asked, and whether an answer is its own. */
interface Dialect {
  readonly kind: TokenizerKind;
  readonly title: string;
  readonly chatRoute: string;
  textBody(text: string, model: string): object;
  /** Tokens in an answer of this engine; null where the answer is not of its shape. */
  countOf(json: unknown): number | null;
  countMessages(post: Post, messages: readonly TokenizeMessage[], model: string): Promise<number>;
}

const vllm: Dialect = {
  kind: 'vllm',
  title: 'vLLM',
  chatRoute: 'POST /tokenize with messages',
  textBody: (text, model) => ({ model, prompt: text, add_special_tokens: false }),
  countOf: (json) => vllmAnswer.safeParse(json).data?.count ?? null,
  countMessages: async (post, messages, model) =>
    (
      await expect(
        post,
        'tokenize',
        { model, messages, add_generation_prompt: true, add_special_tokens: false },
        vllmAnswer,
      )
    ).count,
};

const tgi: Dialect = {
  kind: 'tgi',
  title: 'TGI',
  chatRoute: 'POST /chat_tokenize',
  textBody: (text) => ({ inputs: text, add_special_tokens: false }),
  // Older versions add the token that begins a sequence whatever is asked; it stands on no text.
  countOf: (json) => tgiAnswer.safeParse(json).data?.filter(({ start, stop }) => stop > start).length ?? null,
  countMessages: async (post, messages, model) => {
    const answer = await expect(post, 'chat_tokenize', { model, messages }, tgiChatAnswer);
    return 'tokenize_response' in answer ? answer.tokenize_response.length : answer.length;
  },
};

const llamaCpp: Dialect = {
  kind: 'llama.cpp',
  title: 'llama.cpp',
  chatRoute: 'POST /apply-template and /tokenize',
  // Special-token look-alikes in a turn are text here, as they are counted.
  textBody: (text) => ({ content: text, add_special: false, parse_special: false }),
  countOf: (json) => {
    const answer = llamaAnswer.safeParse(json).data;
    return answer && !('count' in answer) ? answer.tokens.length : null;
  },
  countMessages: async (post, messages) => {
    const { prompt } = await expect(post, 'apply-template', { messages }, promptAnswer);
    // As the server itself reads a rendered prompt.
    const body = { content: prompt, add_special: true, parse_special: true };
    return (await expect(post, 'tokenize', body, llamaAnswer)).tokens.length;
  },
};

const dialects: readonly Dialect[] = [vllm, tgi, llamaCpp];

/** Statuses that say the path is not there at all, whatever is sent. */
const isMissing = (status: number): boolean => [404, 405, 501].includes(status);

/** Statuses that would meet every other question as well. */
const isFinal = (status: number): boolean => [401, 403, 407, 429].includes(status) || status >= 502;

/** The endpoint with and without the `/v1` of its base URL. */
function bases(endpoint: Endpoint): Endpoint[] {
  const url = parseBaseUrl(endpoint.baseUrl);
  const below = url.href.replace(/\/+$/, '');
  url.pathname = url.pathname.replace(/\/v1\/*$/, '/');
  const beside = url.href.replace(/\/+$/, '');
  return (beside === below ? [below] : [beside, below]).map((baseUrl) => ({ ...endpoint, baseUrl }));
}

/**
 * Finds the tokenizer of an endpoint by asking each route in each engine's form for a fixed text. Rejects with
 * LiveError where the endpoint cannot be reached or refuses the key.
 *
 * @param model the endpoint's name for the model
 */
export async function findTokenizer(
  endpoint: Endpoint,
  model: string,
  options: TokenizeOptions,
): Promise<FoundTokenizer> {
  const tried: { route: string; answer: string }[] = [];
  for (const base of bases(endpoint)) {
    const post = poster(base, options);
    const { href } = endpointUrl(base, 'tokenize');
    for (const dialect of dialects) {
      const answer = await post('tokenize', dialect.textBody(probe, model));
      if (isFinal(answer.status)) throw answer.failure();
      const count = answer.status === 200 ? dialect.countOf(answer.json) : null;
      if (count !== null && count > 0) return { tokenizer: tokenizerOf(dialect, post, href, model) };
      const says = answer.status === 0 ? 'no JSON' : answer.status === 200 ? 'another answer' : `HTTP ${answer.status}`;
      const form = isMissing(answer.status) ? '' : ` as ${dialect.title} has it`;
      tried.push({ route: `POST ${href}${form}`, answer: says });
      if (isMissing(answer.status)) break;
    }
  }
  return { tokenizer: null, tried };
}

function tokenizerOf(dialect: Dialect, post: Post, url: string, model: string): EndpointTokenizer {
  const { kind, title, chatRoute } = dialect;
  return {
    kind,
    title,
    url,
    chatRoute,
    countText: async (text) => {
      // Some servers refuse an empty text; it has no tokens anywhere.
      if (text === '') return 0;
      const answer = await post('tokenize', dialect.textBody(text, model));
      const count = answer.status === 200 ? dialect.countOf(answer.json) : null;
      if (count === null) throw answer.failure();
      return count;
    },
    countMessages: (messages) => dialect.countMessages(post, messages, model),
  };
}
