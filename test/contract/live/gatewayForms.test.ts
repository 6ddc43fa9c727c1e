/** APIs other than OpenAI's completions through the gateway: each in the form that its servers send, cut anywhere. */
import assert from 'node:assert/strict';
import { requestIdHeader } from '../../../server/live/gateway/index.js';
import { extractEnergy } from '../../../server/live/extractors/index.js';
import { event, serve, writePieces, type FixtureServer } from '../../support/fixtureServer.js';
import { ask, eventually, startTestGateway, type TestGateway } from '../../support/gateway/testGateway.js';

interface Form {
  readonly name: string;
  readonly path: string;
  readonly request: object;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly sent: string;
  /** The object that gains the energy, as it was sent; null where the server has a figure of its own. */
  readonly gains: object | null;
  /** Tokens in, served from the cache, out, as the server says. */
  readonly tokens: readonly [number | null, number | null, number | null];
}

const json = 'application/json';
const sse = 'text/event-stream';
const lines = 'application/x-ndjson';
const named = (data: { type: string }): string => `event: ${data.type}\n${event(data)}`;
const line = (data: object): string => `${JSON.stringify(data)}\n`;

const ollama = { total_duration: 9e8, load_duration: 1e6, prompt_eval_count: 26, prompt_eval_duration: 1.3e8 };
const chatDone = {
  model: 'llama3.2',
  created_at: '2026-01-01T00:00:00Z',
  message: { role: 'assistant', content: '' },
  done_reason: 'stop',
  done: true,
  ...ollama,
  eval_count: 3,
  eval_duration: 4e8,
};
const generateDone = { model: 'llama3.2', response: '', done: true, context: [1, 2], ...ollama, eval_count: 2 };
const streamDetails = { finish_reason: 'length', generated_tokens: 2, seed: null, input_length: 7 };
const token = (id: number, text: string) => ({ id, text, logprob: -0.1, special: false });
const tgiLast = { index: 2, token: token(2, ' you'), generated_text: 'Thank you', details: streamDetails };
const llamaLast = {
  index: 0,
  content: '',
  id_slot: 0,
  stop: true,
  tokens_predicted: 2,
  tokens_evaluated: 9,
  generation_settings: { stop: ['}'], n_predict: 2 },
  timings: { cache_n: 4, prompt_n: 5, prompt_ms: 12.5, predicted_n: 2, predicted_ms: 40 },
};
const messageUsage = { input_tokens: 12, output_tokens: 4 };
const cachedUsage = { input_tokens: 5, cache_creation_input_tokens: 2, cache_read_input_tokens: 30, output_tokens: 4 };
const responseUsage = {
  input_tokens: 20,
  input_tokens_details: { cached_tokens: 16 },
  output_tokens: 3,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 23,
};
const response = (status: string, more: object) => ({
  id: 'resp_1',
  object: 'response',
  status,
  model: 'm',
  output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hi } "usage":{}' }] }],
  ...more,
});

const forms: readonly Form[] = [
  {
    name: 'Ollama /api/chat, streamed',
    path: '/api/chat',
    request: { model: 'llama3.2', messages: [{ role: 'user', content: 'Hi' }] },
    type: lines,
    sent: `${line({ model: 'llama3.2', message: { role: 'assistant', content: 'Hel' }, done: false })}${line({ model: 'llama3.2', message: { role: 'assistant', content: 'lo' }, done: false })}${line(chatDone)}`,
    gains: chatDone,
    tokens: [26, null, 3],
  },
  {
    name: 'Ollama /api/chat, whole',
    path: '/api/chat',
    request: { model: 'llama3.2', stream: false, messages: [] },
    type: json,
    sent: JSON.stringify(chatDone),
    gains: chatDone,
    tokens: [26, null, 3],
  },
  {
    name: 'Ollama /api/generate, streamed, without a line end',
    path: '/api/generate',
    request: { model: 'llama3.2', prompt: 'Hi' },
    type: lines,
    sent: `${line({ model: 'llama3.2', response: 'A', done: false })}${JSON.stringify(generateDone)}`,
    gains: generateDone,
    tokens: [26, null, 2],
  },
  {
    name: 'Ollama /api/embed',
    path: '/api/embed',
    request: { model: 'all-minilm', input: 'Hi' },
    type: json,
    sent: '{"model":"all-minilm","embeddings":[[0.1,-0.2]],"total_duration":1,"load_duration":1,"prompt_eval_count":8}',
    gains: JSON.parse(
      '{"model":"all-minilm","embeddings":[[0.1,-0.2]],"total_duration":1,"load_duration":1,"prompt_eval_count":8}',
    ) as object,
    tokens: [8, null, null],
  },
  {
    name: 'TGI /generate, counts in its head',
    path: '/generate',
    request: { inputs: 'Say', parameters: { max_new_tokens: 2 } },
    type: json,
    headers: { 'x-prompt-tokens': '7', 'x-generated-tokens': '2', 'x-inference-time': '40' },
    sent: '{"generated_text":"Thank you"}',
    gains: { generated_text: 'Thank you' },
    tokens: [7, null, 2],
  },
  {
    name: 'TGI /generate_stream',
    path: '/generate_stream',
    request: { inputs: 'Say' },
    type: sse,
    sent: `${event({ index: 1, token: token(1, 'Thank'), generated_text: null, details: null }).replace('data: ', 'data:')}${event(tgiLast).replace('data: ', 'data:')}`,
    gains: tgiLast,
    tokens: [7, null, 2],
  },
  {
    name: 'TGI with a figure of its own keeps it',
    path: '/generate_stream',
    request: { inputs: 'Say' },
    type: sse,
    sent: `${event({ token: token(1, 'a'), generated_text: null, energy_consumption: null })}${event({ token: token(2, 'b'), generated_text: 'ab', energy_consumption: 108836 })}`,
    gains: null,
    tokens: [null, null, null],
  },
  {
    name: 'llama.cpp /completion, streamed',
    path: '/completion',
    request: { prompt: 'Hi', stream: true },
    type: sse,
    sent: `${event({ index: 0, content: 'a', tokens: [1], stop: false, id_slot: 0 })}${event(llamaLast)}`,
    gains: llamaLast,
    tokens: [9, 4, 2],
  },
  {
    name: 'llama.cpp /infill, whole',
    path: '/infill',
    request: { input_prefix: 'a', input_suffix: 'b' },
    type: json,
    sent: JSON.stringify(llamaLast),
    gains: llamaLast,
    tokens: [9, 4, 2],
  },
  {
    name: 'Anthropic messages, whole, with a cache',
    path: '/v1/messages',
    request: { model: 'm', max_tokens: 4, messages: [{ role: 'user', content: 'Hi' }] },
    type: json,
    sent: JSON.stringify({ id: 'msg', type: 'message', content: [{ type: 'text', text: '{' }], usage: cachedUsage }),
    gains: cachedUsage,
    tokens: [37, 30, 4],
  },
  {
    name: 'Anthropic messages, streamed',
    path: '/v1/messages',
    request: { model: 'm', max_tokens: 4, stream: true, messages: [{ role: 'user', content: 'Hi' }] },
    type: sse,
    sent: [
      { type: 'message_start', message: { id: 'msg', content: [], usage: { input_tokens: 0, output_tokens: 0 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'ping' },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: messageUsage },
      { type: 'message_stop' },
    ]
      .map(named)
      .join(''),
    gains: messageUsage,
    tokens: [12, null, 4],
  },
  {
    name: 'OpenAI responses, whole',
    path: '/v1/responses',
    request: { model: 'm', input: 'Hi', instructions: 'Be short.' },
    type: json,
    sent: JSON.stringify(response('completed', { usage: responseUsage, user: null }), null, 1),
    gains: responseUsage,
    tokens: [20, 16, 3],
  },
  {
    name: 'OpenAI responses, streamed: in the usage of the last event',
    path: '/v1/responses',
    request: { model: 'm', input: 'Hi', stream: true },
    type: sse,
    sent: [
      { type: 'response.created', sequence_number: 0, response: response('in_progress', { usage: null }) },
      { type: 'response.output_text.delta', sequence_number: 1, delta: 'Hi' },
      {
        type: 'response.completed',
        sequence_number: 2,
        response: response('completed', { usage: responseUsage, metrics: { time_to_first_token_ms: 40 } }),
      },
    ]
      .map(named)
      .join(''),
    gains: responseUsage,
    tokens: [20, 16, 3],
  },
  {
    name: 'a reranker, by its usage',
    path: '/v1/rerank',
    request: { model: 'm', query: 'q', documents: ['a'] },
    type: json,
    sent: '{"results":[{"index":0,"relevance_score":0.5}],"usage":{"prompt_tokens":6,"total_tokens":6}}',
    gains: { prompt_tokens: 6, total_tokens: 6 },
    tokens: [6, null, null],
  },
];

interface Added {
  readonly joules: number | null;
  readonly settled: boolean;
  readonly source: string;
  readonly request_id: string;
}

/** The JSON texts of an answer. */
function jsonIn(text: string, type: string): unknown[] {
  const texts =
    type === json
      ? [text]
      : type === lines
        ? text.split('\n')
        : text.split('\n').flatMap((each) => (each.startsWith('data:') ? [each.slice('data:'.length)] : []));
  return texts.filter((each) => each.trim() !== '').map((each) => JSON.parse(each) as unknown);
}

/** The objects in a value that have an energy. */
function holders(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [...('energy' in value ? [value] : []), ...Object.values(value).flatMap(holders)];
}

describe('the gateway before other APIs', () => {
  let upstream: FixtureServer;
  let gateway: TestGateway;

  for (const form of forms) {
    for (const size of [1, 100_000]) {
      it(`${form.name}, in pieces of ${size}`, async () => {
        const { path, request, type, headers = {}, sent, gains, tokens } = form;
        upstream = await serve(async (answer, seen) => {
          assert.equal(seen.headers['accept-encoding'], 'identity');
          answer.writeHead(200, { 'content-type': type, ...headers });
          await writePieces(answer, Buffer.from(sent), size);
          answer.end();
        });
        gateway = await startTestGateway(new URL(upstream.url).origin);
        try {
          const got = await ask(`${gateway.url}${path}`, { body: JSON.stringify(request) });
          const id = String(got.headers[requestIdHeader.toLowerCase()]);
          const comment = /^: energy (\{.*\})\n\n/m.exec(got.body.toString());
          const text = got.body.toString().replace(comment?.[0] ?? '\0', '');
          const member = /,"energy":(\{[^}]*\})/.exec(text);
          if (gains === null) {
            assert.deepEqual([text, comment, member], [sent, null, null]);
          } else {
            assert.ok(member);
            assert.equal(text.replace(member[0], ''), sent);
            assert.equal(comment !== null, type === sse);
            const energy = JSON.parse(member[1]!) as Added;
            assert.equal(energy.request_id, id);
            assert.equal(energy.source, 'simulated');
            // In the object that it belongs to, and nowhere else.
            const answers = jsonIn(text, type);
            assert.deepEqual(answers.flatMap(holders), [{ ...gains, energy }]);
            const { reading } = extractEnergy({ chunks: answers, comments: [], headers: {}, trailers: {} });
            // Our own client finds it, but in the last event of a streamed response, whose API it does not speak.
            const isFound = type !== sse || !path.endsWith('/responses');
            assert.equal(reading !== null, isFound && energy.joules !== null);
          }
          const record = await eventually(async () => {
            const found = JSON.parse((await ask(`${gateway.url}/joulelens/requests/${id}`)).body.toString()) as {
              state: string;
              outcome: string;
              tokensIn: number | null;
              tokensCached: number | null;
              tokensOut: number | null;
              energy: Added;
            };
            assert.equal(found.state, 'settled');
            return found;
          });
          assert.equal(record.outcome, 'ok');
          assert.deepEqual([record.tokensIn, record.tokensCached, record.tokensOut], tokens);
          assert.ok(record.energy.joules !== null && record.energy.joules >= 0);
        } finally {
          await gateway.close();
          await upstream.close();
        }
      });
    }
  }
});
