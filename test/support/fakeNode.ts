/**
 * A GPU node as a measurement sees it: an engine that answers in time, a device that draws power while it does, the page
 * of an exporter that is refreshed only now and then, and the engine's own gauges.
 */
import { eventStream, serve, type FixtureServer } from './fixtureServer.js';
import { createSimulatedCounter, type SimulatedCounter } from '../../server/live/index.js';

export interface FakeNodeOptions {
  readonly idleWatts?: number;
  readonly busyWatts?: number;
  /** The exporter's interval in seconds. */
  readonly stepSeconds?: number;
  /** How long one reply takes in seconds; a reply of one token takes the prefill alone. */
  readonly prefillSeconds?: number;
  readonly decodeSeconds?: number;
  readonly tokensOut?: number;
  /** Text between the last content and the end: usage is there already. */
  readonly extra?: (tokensOut: number) => string;
  /** What other users add, by what we did so far: requests under way, tokens generated. */
  readonly others?: (own: { readonly started: number; readonly running: number }) => {
    readonly running: number;
    readonly waiting?: number;
    readonly tokens?: number;
  };
  readonly gauges?: 'vllm' | 'llamacpp' | 'trtllm' | 'slots' | 'none';
  /** Changes what the exporter shows, in joules. */
  readonly shown?: (joules: number) => number | null;
}

export interface FakeNode {
  readonly server: FixtureServer;
  readonly origin: string;
  readonly device: SimulatedCounter;
  /** Joules above idle that were drawn while each request ran, in order. */
  readonly truths: readonly number[];
  close(): Promise<void>;
}

interface GaugeNames {
  readonly path: string;
  readonly labels: string;
  readonly running: string;
  readonly waiting: string;
  readonly generated: string;
}

const gaugeNames: Readonly<Record<string, GaugeNames>> = {
  vllm: {
    path: '/metrics',
    labels: '{engine="0",model_name="m"}',
    running: 'vllm:num_requests_running',
    waiting: 'vllm:num_requests_waiting',
    generated: 'vllm:generation_tokens_total',
  },
  llamacpp: {
    path: '/metrics',
    labels: '',
    running: 'llamacpp:requests_processing',
    waiting: 'llamacpp:requests_deferred',
    generated: 'llamacpp:tokens_predicted_total',
  },
  trtllm: {
    path: '/prometheus/metrics',
    labels: '{model_name="m",engine_type="trtllm"}',
    running: 'trtllm_num_requests_running',
    waiting: 'trtllm_num_requests_waiting',
    generated: 'trtllm_generation_tokens_total',
  },
};

const wait = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

export async function fakeNode(options: FakeNodeOptions = {}): Promise<FakeNode> {
  const { idleWatts = 60, busyWatts = 300, stepSeconds = 0.25 } = options;
  const { prefillSeconds = 0.05, decodeSeconds = 0.25, tokensOut = 20, gauges = 'vllm' } = options;
  const device = createSimulatedCounter({ watts: idleWatts, stepSeconds });
  const truths: number[] = [];
  let running = 0;
  let started = 0;
  const own = () => ({ started, running });
  let generated = 1000;
  const server = await serve(async (response, request) => {
    if (request.path === '/exporter') {
      const joules = (await device.read()).joules;
      const shown = options.shown === undefined ? joules : options.shown(joules);
      response.end(
        shown === null
          ? '# nothing\n'
          : `DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0",UUID="GPU-a"} ${Math.round(shown * 1e3)}\n`,
      );
      return;
    }
    if (request.path === '/metrics' && gauges === 'trtllm') {
      // Statistics of iterations, as trtllm-serve has them there.
      response.end('[{"cpuMemUsage":0,"numActiveRequests":0}]');
      return;
    }
    const names = gaugeNames[gauges];
    if (names !== undefined && request.path === names.path) {
      const others = options.others?.(own()) ?? { running: 0 };
      const [busy, queued, tokens] = [running + others.running, others.waiting ?? 0, generated + (others.tokens ?? 0)];
      response.end(
        `${names.running}${names.labels} ${busy}\n${names.waiting}${names.labels} ${queued}\n${names.generated}${names.labels} ${tokens}\n`,
      );
      return;
    }
    if (request.path === '/slots' && gauges === 'slots') {
      const busy = running + (options.others?.(own()).running ?? 0);
      response.end(JSON.stringify([0, 1, 2].map((id) => ({ id, is_processing: id < busy }))));
      return;
    }
    if (!request.path.endsWith('/chat/completions')) {
      response.writeHead(404);
      response.end();
      return;
    }
    const { max_tokens: cap } = JSON.parse(request.body) as { max_tokens?: number };
    const tokens = Math.min(tokensOut, cap ?? Infinity);
    running++;
    started++;
    device.setWatts(busyWatts);
    const begun = device.truth();
    response.writeHead(200, eventStream);
    await wait(prefillSeconds);
    response.write('data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}\n\n');
    await wait((decodeSeconds * (tokens - 1)) / (tokensOut - 1));
    const ended = device.truth();
    truths.push(ended.joules - begun.joules - idleWatts * (ended.seconds - begun.seconds));
    running--;
    device.setWatts(running > 0 ? busyWatts : idleWatts);
    generated += tokens;
    response.end(
      `data: {"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}]}\n\n` +
        `data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":${tokens}}}\n\n${options.extra?.(tokens) ?? ''}data: [DONE]\n\n`,
    );
  });
  return {
    server,
    origin: new URL(server.url).origin,
    device,
    truths,
    close: () => server.close(),
  };
}
