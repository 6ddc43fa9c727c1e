/** What engines say of the time a request took in each phase. As data: one row an engine. */
import { valueAt } from './extractors/fields.js';

/** Seconds per phase, by the engine's own clock. */
export interface ServerTimings {
  /** Whose figures. */
  readonly engine: string;
  readonly prefillSeconds: number;
  readonly decodeSeconds: number;
  /** Waiting before the prefill; null where not reported. */
  readonly queueSeconds: number | null;
}

interface TimingRule {
  readonly engine: string;
  readonly prefill: string;
  readonly decode: string;
  readonly queue?: string;
  /** Seconds in one unit of the fields. */
  readonly unitSeconds: number;
}

const rules: readonly TimingRule[] = [
  { engine: 'llama.cpp', prefill: 'timings.prompt_ms', decode: 'timings.predicted_ms', unitSeconds: 1e-3 },
  {
    // With --enable-per-request-metrics. Its time to the first token runs from scheduling on: the queue is not inside.
    engine: 'vLLM',
    prefill: 'metrics.time_to_first_token_ms',
    decode: 'metrics.generation_time_ms',
    queue: 'metrics.queue_time_ms',
    unitSeconds: 1e-3,
  },
  {
    engine: 'Ollama',
    prefill: 'prompt_eval_duration',
    decode: 'eval_duration',
    queue: 'load_duration',
    unitSeconds: 1e-9,
  },
  {
    engine: 'exo',
    prefill: 'power_usage.prefill_seconds',
    decode: 'power_usage.generation_seconds',
    unitSeconds: 1,
  },
];

/** The timings in an answer; the last event that holds some counts. */
export function serverTimings(chunks: readonly unknown[]): ServerTimings | null {
  for (const chunk of [...chunks].reverse()) {
    for (const rule of rules) {
      const prefill = secondsAt(chunk, rule.prefill, rule);
      const decode = secondsAt(chunk, rule.decode, rule);
      if (prefill !== null && decode !== null) {
        const queue = rule.queue === undefined ? null : secondsAt(chunk, rule.queue, rule);
        return { engine: rule.engine, prefillSeconds: prefill, decodeSeconds: decode, queueSeconds: queue };
      }
    }
  }
  return null;
}

function secondsAt(root: unknown, path: string, { unitSeconds }: TimingRule): number | null {
  const value = valueAt(root, path);
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value * unitSeconds : null;
}
