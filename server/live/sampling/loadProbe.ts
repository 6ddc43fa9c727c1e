/** The engine's own gauges: does anybody else use it while we measure? */
import { parseMetrics, type Sample } from '../counters/prometheusText.js';
import { parseBaseUrl, timeoutsFor, type Endpoint } from '../endpoint.js';
import { LiveError } from '../errors.js';
import { send } from '../transport.js';
import { tryJson } from '../wire.js';

/** One look at the engine. */
export interface Load {
  /** Requests under way. */
  readonly running: number;
  /** Requests that wait. */
  readonly waiting: number;
  /** Tokens generated since the engine started; null where it does not count them. */
  readonly generatedTokens: number | null;
}

/** Looks at one engine. */
export interface LoadProbe {
  /** `vLLM`. */
  readonly engine: string;
  /** Null where the engine gave no answer this time. */
  read(signal?: AbortSignal): Promise<Load | null>;
}

/** What an engine calls its load. */
export interface LoadGauges {
  readonly engine: string;
  readonly running: string;
  readonly waiting: string;
  readonly generated: string;
  /** Labels that tell copies of one figure apart: ranks that work on the same requests. The largest counts. */
  readonly copyLabels?: readonly string[];
  /** A label that is empty on the sum and names a part of it elsewhere. */
  readonly partLabel?: string;
}

/** Metrics of engines that serve an OpenAI-compatible interface, in their Prometheus pages. */
export const loadGauges: readonly LoadGauges[] = [
  {
    engine: 'vLLM',
    running: 'vllm:num_requests_running',
    waiting: 'vllm:num_requests_waiting',
    generated: 'vllm:generation_tokens_total',
  },
  {
    engine: 'SGLang',
    running: 'sglang:num_running_reqs',
    waiting: 'sglang:num_queue_reqs',
    generated: 'sglang:generation_tokens_total',
    copyLabels: ['tp_rank', 'pp_rank', 'moe_ep_rank'],
    partLabel: 'priority',
  },
  {
    engine: 'TGI',
    running: 'tgi_batch_current_size',
    waiting: 'tgi_queue_size',
    generated: 'tgi_request_generated_tokens_sum',
  },
  {
    engine: 'llama.cpp',
    running: 'llamacpp:requests_processing',
    waiting: 'llamacpp:requests_deferred',
    generated: 'llamacpp:tokens_predicted_total',
  },
  {
    // The page beside it, /metrics, is JSON of single iterations.
    engine: 'TensorRT-LLM',
    running: 'trtllm_num_requests_running',
    waiting: 'trtllm_num_requests_waiting',
    generated: 'trtllm_generation_tokens_total',
  },
  {
    engine: 'LMDeploy',
    running: 'lmdeploy:num_requests_running',
    waiting: 'lmdeploy:num_requests_waiting',
    generated: 'lmdeploy:generation_tokens_total',
  },
  {
    engine: 'NIM',
    running: 'num_requests_running',
    waiting: 'num_requests_waiting',
    generated: 'generation_tokens_total',
  },
];

/** Where the pages are, from the endpoint's origin. */
const pages = ['/metrics', '/v1/metrics', '/prometheus/metrics'] as const;

/** Largest page that is read, in bytes. */
const maxBytes = 16 * 1024 * 1024;

/**
 * Finds the engine's gauges beside an endpoint, at its own origin, so the key may go along. Null where there are none.
 */
export async function findLoadProbe(
  endpoint: Endpoint,
  timeoutSeconds: number,
  signal?: AbortSignal,
): Promise<LoadProbe | null> {
  const ask = (path: string) => pageText(endpoint, path, timeoutSeconds, signal);
  for (const path of pages) {
    const text = await ask(path);
    const { samples } = parseMetrics(text ?? '');
    const gauges = loadGauges.find(({ running }) => samples.some(({ name }) => name === running));
    if (gauges !== undefined) {
      return {
        engine: gauges.engine,
        read: async (aborted) => {
          const page = await pageText(endpoint, path, timeoutSeconds, aborted);
          return page === null ? null : loadFrom(parseMetrics(page).samples, gauges);
        },
      };
    }
  }
  if (slotsLoad(await ask('/slots')) !== null) {
    return {
      engine: 'llama.cpp (slots)',
      read: async (aborted) => slotsLoad(await pageText(endpoint, '/slots', timeoutSeconds, aborted)),
    };
  }
  return null;
}

/** Sums over all replicas that the page shows. Null where the gauge is gone. */
export function loadFrom(samples: readonly Sample[], gauges: LoadGauges): Load | null {
  const { copyLabels = [], partLabel } = gauges;
  const sum = (metric: string): number | null => {
    const groups = new Map<string, number>();
    for (const { name, labels, value } of samples) {
      const isPart = partLabel !== undefined && (labels[partLabel] ?? '') !== '';
      if (name !== metric || !Number.isFinite(value) || isPart) continue;
      const group = JSON.stringify(Object.entries(labels).filter(([label]) => !copyLabels.includes(label)));
      groups.set(group, Math.max(groups.get(group) ?? 0, value));
    }
    return groups.size === 0 ? null : [...groups.values()].reduce((total, value) => total + value, 0);
  };
  const running = sum(gauges.running);
  return running === null
    ? null
    : { running, waiting: sum(gauges.waiting) ?? 0, generatedTokens: sum(gauges.generated) };
}

/** llama.cpp's `GET /slots`: one object a slot, busy where it says `is_processing` (before: `state` other than 0). */
function slotsLoad(text: string | null): Load | null {
  const slots = text === null ? undefined : tryJson(text);
  if (!Array.isArray(slots) || slots.length === 0) {
    return null;
  }
  const states = slots.map((slot: unknown) => {
    const { is_processing: isProcessing, state } = (slot ?? {}) as { is_processing?: unknown; state?: unknown };
    return typeof isProcessing === 'boolean' ? isProcessing : typeof state === 'number' ? state !== 0 : null;
  });
  return states.some((state) => state === null)
    ? null
    : { running: states.filter((state) => state === true).length, waiting: 0, generatedTokens: null };
}

/** The text of a page at the endpoint's origin; null where it has none. Cancelling is no answer and rejects. */
async function pageText(
  endpoint: Endpoint,
  path: string,
  timeoutSeconds: number,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  try {
    const response = await send({
      method: 'GET',
      url: new URL(path, parseBaseUrl(endpoint.baseUrl).origin),
      apiKey: endpoint.apiKey,
      accept: 'text/plain, application/json',
      timeouts: timeoutsFor(timeoutSeconds),
      maxBytes,
      signal,
    });
    const parts: Buffer[] = [];
    await response.read((bytes) => parts.push(bytes));
    return response.status === 200 ? Buffer.concat(parts).toString('utf8') : null;
  } catch (error) {
    if (error instanceof LiveError && error.code === 'cancelled') {
      throw error;
    }
    return null;
  }
}
