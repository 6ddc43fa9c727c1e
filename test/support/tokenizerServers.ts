/** Real HTTP servers that answer the tokenizer routes as vLLM, TGI and llama.cpp's server do, with Llama 3.1's own. */
import fs from 'node:fs';
import path from 'node:path';
import type { ServerResponse } from 'node:http';
import { Template } from '@huggingface/jinja';
import type { Answer, SeenRequest } from './fixtureServer.js';
import { vocabulary } from './tokens/engines.js';

const SPECIAL = /(<\|[a-z_]+\|>)/;
const BOS = 128000;
const template = new Template(
  fs.readFileSync(path.resolve(__dirname, '../../../test/fixtures/chat-templates/llama-3.2.jinja'), 'utf8'),
);

/** Ids of a text in which special tokens are read as such. */
const encode = (text: string): number[] =>
  text
    .split(SPECIAL)
    .flatMap((part, index) => (index % 2 === 1 ? [BOS + part.length] : [...vocabulary('llama-3').encode(part)]));

const render = (messages: unknown, bos: string): string =>
  template.render({ messages: messages as Record<string, unknown>[], bos_token: bos, add_generation_prompt: true });

export interface Behaviour {
  /** Changes a text before it is tokenized, so that the counts differ. */
  readonly change?: (text: string) => string;
  /** Names of served models. */
  readonly models?: readonly string[];
  /** The bearer key that is asked for. */
  readonly key?: string;
  /** Answers a request itself; true where it did. */
  readonly intercept?: (response: ServerResponse, request: SeenRequest) => boolean;
}

const model = 'meta-llama/Llama-3.1-8B-Instruct';

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

type Body = Record<string, unknown>;

/** Routes of one engine: a body in, status and answer out. */
type Routes = Readonly<Record<string, (body: Body) => readonly [status: number, answer: unknown]>>;

const serverOf =
  (routes: (change: (text: string) => string) => Routes) =>
  (behaviour: Behaviour = {}): Answer => {
    const table = routes(behaviour.change ?? ((text) => text));
    return (response, request) => {
      if (behaviour.intercept?.(response, request)) return;
      if (behaviour.key !== undefined && request.headers.authorization !== `Bearer ${behaviour.key}`) {
        json(response, 401, { error: { message: 'Invalid API key' } });
      } else if (request.path === '/v1/models') {
        json(response, 200, { object: 'list', data: (behaviour.models ?? [model]).map((id) => ({ id })) });
      } else if (request.method !== 'POST' || !table[request.path]) {
        json(response, 404, { detail: 'Not Found' });
      } else {
        const [status, answer] = table[request.path]!(JSON.parse(request.body) as Body);
        json(response, status, answer);
      }
    };
  };

export const vllmServer = serverOf((change) => ({
  '/tokenize': (body) => {
    if (body['model'] !== model) return [404, { error: { message: `The model does not exist.` } }];
    let ids: number[];
    if (typeof body['prompt'] === 'string') {
      ids = encode(change(body['prompt']));
      if (body['add_special_tokens'] !== false) ids.unshift(BOS);
    } else if (Array.isArray(body['messages'])) {
      ids = encode(change(render(body['messages'], '<|begin_of_text|>')));
    } else return [400, { error: { message: 'prompt or messages: field required' } }];
    return [200, { count: ids.length, max_model_len: 8192, tokens: ids, token_strs: null }];
  },
}));

const simpleTokens = (text: string, bos: boolean) => [
  ...(bos ? [{ id: BOS, text: '', start: 0, stop: 0 }] : []),
  ...encode(text).map((id, index) => ({ id, text: 'x', start: index, stop: index + 1 })),
];

/** An older TGI: it adds the token that begins a sequence to plain texts, whatever is asked. */
export const tgiServer = serverOf((change) => ({
  '/tokenize': (body) =>
    typeof body['inputs'] === 'string'
      ? [200, simpleTokens(change(body['inputs']), true)]
      : [422, 'Failed to deserialize the JSON body into the target type: missing field `inputs`'],
  '/chat_tokenize': (body) => {
    const text = change(render(body['messages'], '<|begin_of_text|>'));
    return [200, { tokenize_response: simpleTokens(text, false), templated_text: text }];
  },
}));

export const llamaCppServer = serverOf((change) => ({
  '/tokenize': (body) => {
    // Without `content` there is nothing to tokenize, and that is no error.
    if (typeof body['content'] !== 'string') return [200, { tokens: [] }];
    const text = change(body['content']);
    const ids = body['parse_special'] === false ? [...vocabulary('llama-3').encode(text)] : encode(text);
    return [200, { tokens: body['add_special'] === true ? [BOS, ...ids] : ids }];
  },
  // The server leaves the token out of the template's text that its tokenizer adds.
  '/apply-template': (body) => [200, { prompt: render(body['messages'], '') }],
}));

/** An endpoint that serves chat and nothing else. */
export const plainServer = serverOf(() => ({}));
