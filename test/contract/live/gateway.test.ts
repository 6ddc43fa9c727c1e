import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { chat } from '../../../server/live/chat.js';
import { timeoutsFor } from '../../../server/live/endpoint.js';
import { createSimulatedCounter } from '../../../server/live/counters/index.js';
import { LiveError } from '../../../server/live/errors.js';
import { extractEnergy } from '../../../server/live/extractors/index.js';
import { requestIdHeader } from '../../../server/live/gateway/index.js';
import { parseMetrics } from '../../../server/live/counters/prometheusText.js';
import {
  delta,
  done,
  event,
  eventStream,
  replyText,
  replyWith,
  serve,
  streaming,
  usage,
  writePieces,
  type FixtureServer,
} from '../../support/fixtureServer.js';
import {
  ask,
  chatBody,
  eventually,
  startTestGateway,
  streamWithUsage,
  type RawAnswer,
  type TestGateway,
} from '../../support/gateway/testGateway.js';

interface EnergyOnWire {
  joules: number | null;
  settled: boolean;
  source: string;
  method: string;
  scope: string;
  request_id: string;
}
interface RecordOnWire {
  state: string;
  outcome: string;
  model: string;
  tokensIn: number;
  tokensOut: number;
  energy: EnergyOnWire & { prefill_joules: number; decode_joules: number };
}

const secret = 'sk-very-secret-0123456789';
const idOf = (answer: RawAnswer): string => String(answer.headers[requestIdHeader.toLowerCase()]);
const commentOf = (text: string): RegExpExecArray | null => /^: energy (\{.*\})\n\n/m.exec(text);
const samples = (text: string) => parseMetrics(text).samples;

describe('the gateway', () => {
  let upstream: FixtureServer;
  let gateway: TestGateway;
  const start = async (
    answer: Parameters<typeof serve>[0],
    more: Parameters<typeof startTestGateway>[1] = {},
  ): Promise<void> => {
    upstream = await serve(answer);
    gateway = await startTestGateway(upstream.url, more);
  };
  const post = (body: string, more: Parameters<typeof ask>[1] = {}): Promise<RawAnswer> =>
    ask(`${gateway.url}/v1/chat/completions`, { body, ...more });
  const settled = (id: string): Promise<RecordOnWire> =>
    eventually(async () => {
      const record = JSON.parse((await ask(`${gateway.url}/joulelens/requests/${id}`)).body.toString()) as RecordOnWire;
      assert.equal(record.state, 'settled');
      return record;
    });

  afterEach(async () => {
    await gateway.close();
    await upstream.close();
  });

  describe('answers with energy', () => {
    for (const size of [1, 7, 64, 100_000]) {
      it(`passes an event stream byte for byte in pieces of ${size}, but for the two additions`, async () => {
        const sent = `: ping\r\n\r\n${replyWith('')}`;
        await start(async (response) => {
          response.writeHead(200, { ...eventStream, 'x-engine': 'e' });
          await writePieces(response, Buffer.from(sent), size);
          response.end();
        });
        const answer = await post(chatBody(streamWithUsage));
        const text = answer.body.toString();
        const comment = commentOf(text);
        const inUsage = /,"energy":(\{[^}]*\})/.exec(text.replace(comment![0], ''));
        assert.ok(comment && inUsage);
        assert.equal(text.replace(comment[0], '').replace(inUsage[0], ''), sent);
        assert.ok(text.indexOf(comment[0]) < text.indexOf('data: [DONE]'));
        const [inComment, inBody] = [comment[1]!, inUsage[1]!].map((json) => JSON.parse(json) as EnergyOnWire);
        assert.deepEqual({ ...inComment, energy_joules: undefined }, { ...inBody, energy_joules: undefined });
        assert.equal(inBody!.request_id, idOf(answer));
        assert.equal(inBody!.scope, 'request-attributed');
        assert.equal(answer.headers['x-engine'], 'e');
      });
    }

    it('adds only the comment where the client did not ask for usage', async () => {
      await start(streaming(replyWith('')));
      const text = (await post(chatBody({ stream: true }))).body.toString();
      assert.equal(text.replace(commentOf(text)![0], ''), replyWith(''));
    });

    it('puts the energy into the last usage where counts come in every chunk', async () => {
      const running = event({ choices: [{ delta: { content: 'a' } }], usage: { completion_tokens: 1 } });
      const finish = event({ choices: [{ delta: {}, finish_reason: 'stop' }], usage: { completion_tokens: 1 } });
      await start(streaming(`${running}${finish}${usage()}${done}`));
      const options = { stream: true, stream_options: { include_usage: true, continuous_usage_stats: true } };
      const text = (await post(chatBody(options))).body.toString();
      assert.equal(text.split('"energy":').length, 2);
      assert.ok(text.startsWith(running + finish));
    });

    it('gives a body usage.energy, and a settled figure later', async () => {
      const body = JSON.stringify(
        { id: 'c', choices: [{ message: { content: 'Hi' } }], usage: { prompt_tokens: 9, completion_tokens: 4 } },
        null,
        2,
      );
      await start((response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
        setTimeout(() => response.end(body), 300);
      });
      await eventually(async () => {
        const { meter } = JSON.parse((await ask(`${gateway.url}/joulelens/health`)).body.toString()) as {
          meter: { secondsSinceStep: number | null };
        };
        assert.ok(meter.secondsSinceStep !== null);
      });
      const before = gateway.truth();
      const answer = await post(chatBody());
      const text = answer.body.toString();
      const added = /,"energy":(\{[^}]*\})/.exec(text)!;
      assert.equal(text.replace(added[0], ''), body);
      const energy = JSON.parse(added[1]!) as EnergyOnWire;
      assert.deepEqual([energy.settled, energy.source], [false, 'simulated']);
      const record = await settled(idOf(answer));
      const { energy: figure } = record;
      assert.deepEqual([record.model, record.outcome, record.tokensIn, record.tokensOut], ['m', 'ok', 9, 4]);
      assert.deepEqual([figure.settled, figure.source], [true, 'simulated']);
      assert.match(figure.method, /share of .*; idle apart$/);
      assert.ok(Math.abs(figure.prefill_joules + figure.decode_joules - figure.joules!) < 1e-3);
      assert.ok(figure.joules! > 0 && figure.joules! < gateway.truth() - before);
    });

    it('is read by our own client, as an estimate until the counter has ticked', async () => {
      const slow = {
        id: 'slow',
        provenance: 'measured',
        scope: 'gpu-window',
        boundary: 'GPU 0',
        stepSeconds: 0.2,
      } as const;
      let reads = 0;
      const first = performance.now() / 1000;
      const counter = {
        ...slow,
        read: () => {
          reads++;
          const seconds = performance.now() / 1000;
          return Promise.resolve({ seconds, joules: 100 * Math.floor((seconds - first) / 0.2) });
        },
        close: () => undefined,
      };
      await start(
        async (response) => {
          response.writeHead(200, eventStream);
          response.write(delta('Hel'));
          await new Promise((resolve) => setTimeout(resolve, 600));
          response.end(replyWith('').replace(delta('Hel'), ''));
        },
        { counter },
      );
      const exchange = await chat(
        {
          endpoint: { baseUrl: `${gateway.url}/v1`, apiKey: secret },
          model: 'm',
          messages: [{ role: 'user', content: 'Hello' }],
        },
        { timeouts: timeoutsFor(10) },
      );
      assert.equal(exchange.text, replyText);
      const { reading, warnings } = extractEnergy(exchange);
      assert.deepEqual(warnings, []);
      assert.equal(reading?.provenance, 'estimated');
      assert.equal(reading.scope, 'request-attributed');
      assert.ok(reads > 3);
      const record = await settled(String(exchange.headers[requestIdHeader.toLowerCase()]));
      assert.equal(record.energy.source, 'measured');
    });

    it('counts requests and idle time so that they add up to the counter', async () => {
      await start(async (response) => {
        response.writeHead(200, eventStream);
        response.write(delta('Hel'));
        await new Promise((resolve) => setTimeout(resolve, 100));
        response.end(replyWith('').replace(delta('Hel'), ''));
      });
      const answers = await Promise.all([1, 2, 3].map(() => post(chatBody(streamWithUsage))));
      for (const answer of answers) await settled(idOf(answer));
      const text = (await ask(`${gateway.url}/metrics`)).body.toString();
      const all = samples(text);
      const sum = (name: string): number =>
        all.filter((sample) => sample.name === name).reduce((total, { value }) => total + value, 0);
      const parts =
        sum('gen_ai_server_energy_joules_total') +
        sum('gen_ai_server_idle_energy_joules_total') +
        sum('joulelens_gateway_unassigned_energy_joules_total') +
        sum('joulelens_gateway_pending_energy_joules');
      const counter = sum('joulelens_gateway_counter_energy_joules_total');
      assert.ok(Math.abs(parts - counter) <= 1e-9 * counter, `${parts} ${counter}`);
      assert.ok(sum('gen_ai_server_energy_joules_total') > 0);
      const phases = all.filter(({ name }) => name === 'gen_ai_server_energy_joules_total');
      assert.deepEqual(
        phases.map(({ labels }) => Object.fromEntries(Object.entries(labels))),
        [
          { gen_ai_request_model: 'm', phase: 'prefill', source: 'simulated' },
          { gen_ai_request_model: 'm', phase: 'decode', source: 'simulated' },
        ],
      );
      assert.equal(sum('gen_ai_server_requests_total'), 3);
      assert.equal(sum('joulelens_gateway_settled_requests_total'), 3);
      assert.equal(sum('gen_ai_server_requests_in_flight'), 0);
    });

    it('serves 64 streams at once, each whole', async () => {
      await start(async (response, request) => {
        const { mark } = JSON.parse(request.body) as { mark: number };
        response.writeHead(200, eventStream);
        await writePieces(response, Buffer.from(`${event({ mark })}${replyWith('')}`), 50);
        response.end();
      });
      const answers = await Promise.all(
        Array.from({ length: 64 }, (_, mark) => post(chatBody({ ...streamWithUsage, mark }))),
      );
      answers.forEach((answer, mark) => {
        const text = answer.body.toString();
        const plain = text.replace(commentOf(text)![0], '').replace(/,"energy":\{[^}]*\}/, '');
        assert.equal(plain, `${event({ mark })}${replyWith('')}`);
      });
      assert.equal(new Set(answers.map(idOf)).size, 64);
    });
  });

  describe('passes what is not its own', () => {
    it('as it is: other paths, compressed bodies, repeated headers, queries, methods, statuses', async () => {
      const body = gzipSync(JSON.stringify({ usage: { prompt_tokens: 1 } }));
      await start((response) => {
        response.writeHead(
          207,
          'Odd',
          [
            ['Set-Cookie', 'a=1'],
            ['Set-Cookie', 'b=2'],
            ['X-CaSe', 'kept'],
            ['Content-Encoding', 'gzip'],
            ['Content-Type', 'application/json'],
            ['Content-Length', String(body.length)],
            ['Connection', 'X-Hop'],
            ['X-Hop', 'gone'],
          ].flat(),
        );
        response.end(body);
      });
      const answer = await ask(`${gateway.url}/v1/anything?key=1&x=%2F`, {
        method: 'PUT',
        body: 'b',
        headers: {
          'accept-encoding': 'gzip',
          'content-length': '1',
          connection: 'X-Mine',
          'x-mine': '1',
          'x-kept': '2',
        },
      });
      assert.equal(answer.status, 207);
      assert.deepEqual(answer.body, body);
      assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2']);
      assert.ok(answer.rawHeaders.includes('X-CaSe'));
      assert.equal(answer.headers['x-hop'], undefined);
      assert.equal(answer.headers['content-length'], String(body.length));
      const [seen] = upstream.seen;
      assert.deepEqual([seen!.method, seen!.path, seen!.body], ['PUT', '/v1/anything?key=1&x=%2F', 'b']);
      assert.equal(seen!.headers['accept-encoding'], 'gzip');
      assert.deepEqual([seen!.headers['x-mine'], seen!.headers['x-kept']], [undefined, '2']);
      assert.equal(seen!.headers.host, new URL(upstream.url).host);
      // A compressed answer to a chat passes too.
      assert.deepEqual((await post(chatBody())).body, body);
      assert.equal(upstream.seen[1]!.headers['accept-encoding'], 'identity');
    });

    it('errors of the server, with Retry-After', async () => {
      await start((response) => {
        response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '7' });
        response.end('{"error":{"message":"slow down"},"usage":{}}');
      });
      const answer = await post(chatBody());
      assert.deepEqual([answer.status, answer.headers['retry-after']], [429, '7']);
      assert.equal(answer.body.toString(), '{"error":{"message":"slow down"},"usage":{}}');
      assert.equal((await settled(idOf(answer))).outcome, 'error');
    });

    it('an error in mid-stream', async () => {
      await start(streaming(`${delta('Hel')}${event({ error: { message: 'out of memory' } })}`));
      const answer = await post(chatBody(streamWithUsage));
      assert.ok(answer.body.toString().startsWith(`${delta('Hel')}${event({ error: { message: 'out of memory' } })}`));
      assert.equal((await settled(idOf(answer))).outcome, 'error');
    });

    it('bytes that are no UTF-8', async () => {
      const sent = Buffer.concat([
        Buffer.from('data: {"choices":[{"delta":{"content":"'),
        Buffer.from([0xff, 0xc3, 0x28]),
        Buffer.from('"}}]}\n\n'),
      ]);
      await start((response) => {
        response.writeHead(200, eventStream);
        response.end(Buffer.concat([sent, Buffer.from(done)]));
      });
      const answer = await post(chatBody(streamWithUsage));
      assert.deepEqual(answer.body.subarray(0, sent.length), sent);
      assert.ok(answer.body.toString().endsWith(done));
    });

    it('trailers', async () => {
      await start((response) => {
        response.writeHead(200, { ...eventStream, trailer: 'X-Energy-Joules' });
        response.write(replyWith(''));
        response.addTrailers({ 'X-Energy-Joules': '1.5' });
        response.end();
      });
      const answer = await post(chatBody(streamWithUsage), { headers: { te: 'trailers' } });
      assert.equal(answer.trailers['x-energy-joules'], '1.5');
      assert.equal(upstream.seen[0]!.headers.te, 'trailers');
    });

    it('a large upload and a large answer, whole', async () => {
      await start((response, request) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(request.body);
      });
      const body = JSON.stringify({
        model: 'm',
        messages: [{ content: 'é'.repeat(8_000_000) }],
        usage: { prompt_tokens: 3 },
      });
      const answer = await post(body);
      assert.equal(answer.body.toString().replace(/,"energy":\{[^}]*\}/, ''), body);
    });

    it('nothing to another host, whatever the request line says', async () => {
      await start(streaming(done));
      const other = await serve(streaming(done));
      const answer = await ask(gateway.url, { path: `${other.url}/models`, method: 'GET' });
      assert.equal(answer.status, 200);
      assert.deepEqual([other.seen.length, upstream.seen[0]!.path], [0, '/v1/models']);
      await other.close();
    });
  });

  describe('when something breaks', () => {
    it('says that the server is not there', async () => {
      await start(streaming(done));
      await upstream.close();
      const answer = await post(chatBody(), { headers: { authorization: `Bearer ${secret}` } });
      const { error } = JSON.parse(answer.body.toString()) as { error: { message: string; type: string } };
      assert.equal(answer.status, 502);
      assert.equal(error.type, 'upstream_unreachable');
      assert.match(error.message, /cannot be reached \(ECONNREFUSED\)/);
    });

    it('sends nothing to a server whose certificate has expired', async () => {
      const fixture = (name: string): Buffer =>
        readFileSync(path.join(__dirname, '../../../../test/fixtures/tls', name));
      let requests = 0;
      const server = createTlsServer({ cert: fixture('expired.pem'), key: fixture('expired.key') }, () => requests++);
      server.on('tlsClientError', () => undefined);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      await start(streaming(done));
      const second = await startTestGateway(`https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
      const answer = await ask(`${second.url}/v1/chat/completions`, {
        body: chatBody(),
        headers: { authorization: secret },
      });
      assert.equal(answer.status, 502);
      assert.match(answer.body.toString(), /cannot be reached \([A-Z_]+\)/);
      const failed = second.events.find((each) => each.event === 'request');
      assert.match(failed?.event === 'request' ? (failed.problem ?? '') : '', /certificate|TLS/);
      assert.equal(requests, 0);
      await second.close();
      server.close();
    });

    it('passes a redirect on without following it', async () => {
      const other = await serve(streaming(done));
      await start((response) => void response.writeHead(307, { location: `${other.url}/chat/completions` }).end());
      const answer = await post(chatBody(), { headers: { authorization: secret } });
      assert.deepEqual(
        [answer.status, answer.headers.location, other.seen.length],
        [307, `${other.url}/chat/completions`, 0],
      );
      await other.close();
    });

    it('cuts the answer where the server is killed in mid-stream', async () => {
      await start((response) => {
        response.writeHead(200, eventStream);
        response.write(delta('Hel'), () => response.destroy());
      });
      const answer = await post(chatBody(streamWithUsage));
      assert.ok(answer.isCut);
      assert.equal(answer.body.toString(), delta('Hel'));
      assert.equal((await settled(idOf(answer))).outcome, 'error');
      const failed = gateway.events.find((each) => each.event === 'request');
      assert.match(failed?.event === 'request' ? (failed.problem ?? '') : '', /cut in the middle/);
    });

    it('stops the server where the client goes away, also before the answer', async () => {
      await start((response, _request, index) => {
        if (index === 0) {
          response.writeHead(200, eventStream);
          response.write(delta('Hel'));
        }
      });
      let request: http.ClientRequest | undefined;
      const gone = post(chatBody(streamWithUsage), {
        onBytes: () => request?.destroy(),
        onRequest: (each) => (request = each),
      });
      await gone.catch(() => undefined);
      await eventually(() => assert.equal(upstream.aborted(), 1));
      let waiting: http.ClientRequest | undefined;
      const never = post(chatBody(), { onRequest: (each) => (waiting = each) });
      await eventually(() => assert.equal(upstream.seen.length, 2));
      waiting!.destroy();
      await never.catch(() => undefined);
      await eventually(() => assert.equal(upstream.aborted(), 2));
      await eventually(() => {
        const outcomes = gateway.events.flatMap((each) => (each.event === 'request' ? [each.outcome] : []));
        assert.deepEqual(outcomes, ['cancelled', 'cancelled']);
      });
    });

    it('waits for a slow client without filling the memory', async () => {
      const total = 60 * 1024 * 1024;
      let written = 0;
      await start(async (response) => {
        response.writeHead(200, { 'content-type': 'application/octet-stream' });
        const piece = Buffer.alloc(64 * 1024, 7);
        for (; written < total; written += piece.length) {
          if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve));
        }
        response.end();
      });
      let held: http.IncomingMessage | undefined;
      const request = http.get(`${gateway.url}/v1/files/1`, { agent: false }, (response) => (held = response.pause()));
      await eventually(() => assert.ok(held));
      // All buffers on the way are full when nothing is written any more.
      let before = -1;
      while (before !== written) {
        before = written;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      assert.ok(written < total / 2, `${written} bytes were taken from the server`);
      let size = 0;
      held!.on('data', (bytes: Buffer) => (size += bytes.length)).resume();
      await new Promise((resolve) => held!.once('end', resolve));
      assert.equal(size, total);
      request.destroy();
    });

    it('answers without the meter where it fails, and says so in its health', async () => {
      const counter = {
        id: 'broken',
        provenance: 'measured',
        scope: 'gpu-window',
        boundary: 'GPU 0',
        read: () => Promise.reject(new LiveError('refused', 'broken', 'broken: connection refused')),
        close: () => undefined,
      } as const;
      await start(streaming(replyWith('')), { counter, awaitsStep: false });
      const text = (await post(chatBody(streamWithUsage))).body.toString();
      assert.deepEqual(JSON.parse(commentOf(text)![1]!), {
        ...(JSON.parse(commentOf(text)![1]!) as object),
        energy_joules: null,
        joules: null,
        settled: false,
        source: 'estimated',
      });
      const health = JSON.parse((await ask(`${gateway.url}/joulelens/health`)).body.toString()) as {
        meter: { up: boolean };
      };
      assert.equal(health.meter.up, false);
      assert.deepEqual(gateway.events.filter((each) => each.event === 'meterFailed').length, 1);
    });

    it('forgets a thousand requests that were cancelled', async () => {
      await start((response) => {
        response.writeHead(200, eventStream);
        response.write(delta('Hel'));
      });
      for (let batch = 0; batch < 20; batch++) {
        await Promise.all(
          Array.from({ length: 50 }, async () => {
            let request: http.ClientRequest | undefined;
            await post(chatBody(streamWithUsage), {
              onBytes: () => request?.destroy(),
              onRequest: (each) => (request = each),
            }).catch(() => undefined);
          }),
        );
      }
      await eventually(() => assert.equal(upstream.aborted(), 1000));
      await eventually(async () => {
        const all = samples((await ask(`${gateway.url}/metrics`)).body.toString());
        const value = (name: string): number | undefined => all.find((sample) => sample.name === name)?.value;
        assert.equal(value('gen_ai_server_requests_in_flight'), 0);
        assert.equal(value('joulelens_gateway_unsettled_requests'), 0);
        assert.deepEqual(
          all
            .filter(({ name }) => name === 'gen_ai_server_requests_total')
            .map((each) => [each.labels['outcome'], each.value]),
          [['cancelled', 1000]],
        );
      });
    });

    it('serves others while clients send their requests byte by byte', async () => {
      await start(streaming(replyWith('')));
      const { hostname, port } = new URL(gateway.url);
      const slow = Array.from({ length: 200 }, () => {
        const socket = connect(Number(port), hostname, () =>
          socket.write('POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n'),
        );
        return socket.on('error', () => undefined);
      });
      assert.equal((await post(chatBody(streamWithUsage))).status, 200);
      assert.equal(upstream.seen.length, 1);
      for (const socket of slow) socket.destroy();
    });

    it('passes 100 MB with the energy at their end', async () => {
      const piece = Buffer.alloc(1024 * 1024, 0x61);
      const head = '{"choices":[{"message":{"content":"';
      const tail = '"}}],"usage":{"prompt_tokens":1,"completion_tokens":2}}';
      await start(async (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write(head);
        for (let count = 0; count < 100; count++) {
          if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve));
        }
        response.end(tail);
      });
      const answer = await post(chatBody());
      const end = answer.body.subarray(head.length + 100 * piece.length).toString();
      assert.equal(end.replace(/,"energy":\{[^}]*\}/, ''), tail);
      assert.match(end, /"energy":\{"joules"/);
    });

    it('leaves out the window in which the counter starts anew, and goes on', async () => {
      const first = performance.now() / 1000;
      let offset = 0;
      const counter = {
        id: 'resets',
        provenance: 'measured',
        scope: 'gpu-window',
        boundary: 'GPU 0',
        stepSeconds: 0.1,
        read: () => {
          const seconds = performance.now() / 1000;
          return Promise.resolve({ seconds, joules: 10 * Math.floor((seconds - first) / 0.1) - offset });
        },
        close: () => undefined,
      } as const;
      await start(streaming(replyWith('')), { counter });
      const value = async (name: string): Promise<number | undefined> =>
        samples((await ask(`${gateway.url}/metrics`)).body.toString()).find((sample) => sample.name === name)?.value;
      await eventually(async () => assert.ok((await value('joulelens_gateway_counter_energy_joules_total'))! > 0));
      offset = (await counter.read()).joules;
      await eventually(() => assert.ok(gateway.events.some((each) => each.event === 'meterReset')));
      const before = (await value('joulelens_gateway_counter_energy_joules_total'))!;
      await eventually(async () => assert.ok((await value('joulelens_gateway_counter_energy_joules_total'))! > before));
      await settled(idOf(await post(chatBody(streamWithUsage))));
      const drawn = 10 * ((performance.now() / 1000 - first) / 0.1);
      const counted = (await value('joulelens_gateway_counter_energy_joules_total'))!;
      assert.ok(counted > 0 && counted <= drawn, `${counted} J of ${drawn} J`);
      assert.equal(await value('joulelens_gateway_counter_resets_total'), 1);
    });

    it('has no settled figure for a request that ended before the counter stepped for the first time', async () => {
      await start(streaming(replyWith('')), { stepSeconds: 1, awaitsStep: false });
      const id = idOf(await post(chatBody(streamWithUsage)));
      await eventually(async () => {
        const record = JSON.parse(
          (await ask(`${gateway.url}/joulelens/requests/${id}`)).body.toString(),
        ) as RecordOnWire;
        assert.deepEqual([record.state, record.energy], ['lost', null]);
      });
    });

    it('goes on with a meter that comes back, and settles what ended meanwhile', async () => {
      const device = createSimulatedCounter({ stepSeconds: 0.1, watts: 50 });
      let isDown = false;
      const counter = {
        ...device,
        read: () => (isDown ? Promise.reject(new LiveError('refused', 'm', 'm: connection refused')) : device.read()),
      };
      await start(streaming(replyWith('')), { counter });
      await settled(idOf(await post(chatBody(streamWithUsage))));
      isDown = true;
      await eventually(() => assert.ok(gateway.events.some((each) => each.event === 'meterFailed')));
      const answer = await post(chatBody(streamWithUsage));
      isDown = false;
      const record = await settled(idOf(answer));
      // So short a request among so much idle time may get next to nothing.
      assert.ok(record.energy.joules! >= 0);
      assert.ok(gateway.events.some((each) => each.event === 'meterRecovered'));
    });

    it('survives what is no HTTP, and an upstream that speaks none', async () => {
      await start(streaming(done));
      const broken = createTcpServer((socket) => void socket.on('error', () => undefined).end('SSH-2.0-x\r\n'));
      await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
      const second = await startTestGateway(`http://127.0.0.1:${(broken.address() as AddressInfo).port}`);
      assert.equal((await ask(`${second.url}/v1/chat/completions`, { body: chatBody() })).status, 502);
      await second.close();
      broken.close();
      const { hostname, port } = new URL(gateway.url);
      for (const line of ['GET /v1/\xfc HTTP/1.1', 'nonsense', 'GET http://[::: HTTP/1.1', 'PRI * HTTP/2.0']) {
        const text = await new Promise<string>((resolve) => {
          const parts: Buffer[] = [];
          const socket = connect(Number(port), hostname, () =>
            socket.end(Buffer.from(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`, 'latin1')),
          );
          socket.on('data', (bytes: Buffer) => parts.push(bytes));
          socket.on('close', () => resolve(Buffer.concat(parts).toString()));
          socket.on('error', () => undefined);
        });
        assert.match(text, /^(HTTP\/1.1 \d|$)/);
      }
      assert.equal((await post(chatBody(streamWithUsage))).status, 200);
    });
  });

  it('passes the key on and shows it nowhere', async () => {
    await start((response, _request, index) => {
      if (index === 0) {
        response.writeHead(200, eventStream);
        response.end(replyWith(''));
      } else response.destroy();
    });
    const headers = { authorization: `Bearer ${secret}`, 'x-api-key': secret };
    const answer = await post(chatBody(streamWithUsage), { headers, path: `/v1/chat/completions?key=${secret}` });
    await post(chatBody(), { headers });
    assert.equal(upstream.seen[0]!.headers.authorization, `Bearer ${secret}`);
    assert.equal(upstream.seen[0]!.headers['x-api-key'], secret);
    const metrics = await ask(`${gateway.url}/metrics`);
    const record = await settled(idOf(answer));
    for (const text of [
      JSON.stringify(gateway.events),
      metrics.body.toString(),
      JSON.stringify(record),
      answer.body.toString(),
    ]) {
      assert.ok(!text.includes(secret), text);
    }
    assert.equal(gateway.events.length, 2);
  });

  it('ends when its requests have ended, and takes no new ones', async () => {
    let finish: (() => void) | undefined;
    await start((response) => {
      response.writeHead(200, eventStream);
      response.write(delta('Hel'));
      finish = () => response.end(done);
    });
    const agent = new http.Agent({ keepAlive: true });
    const running = post(chatBody({ stream: true }), { agent });
    await eventually(() => assert.ok(finish));
    const closing = gateway.close(30);
    await assert.rejects(ask(`${gateway.url}/joulelens/health`));
    finish!();
    const answer = await running;
    assert.ok(answer.body.toString().endsWith(done) && !answer.isCut);
    await closing;
    agent.destroy();
  });

  it('keeps the latest requests only', async () => {
    await start(streaming(replyWith('')), { maxRecords: 2 });
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) ids.push(idOf(await post(chatBody(streamWithUsage))));
    await settled(ids[2]!);
    await eventually(async () => assert.equal((await ask(`${gateway.url}/joulelens/requests/${ids[0]!}`)).status, 404));
    assert.equal((await ask(gateway.url, { path: '/joulelens/requests/../../metrics' })).status, 404);
  });
});
