/** TensorRT-LLM's `trtllm-serve`: its own counter over the GPUs that it uses, read live. */
import { z } from 'zod';
import { LiveError } from '../errors.js';
import type { EnergyCounter } from './counter.js';
import { fetchJson, type CounterAddress } from './fetchText.js';
import { createSeriesTotal } from './seriesTotal.js';

const answer = z.looseObject({ total_energy_j: z.number().nonnegative() });

/** Reads `GET /energy_metrics`. */
export function trtllmCounter(id: string, address: CounterAddress, now: () => number): EnergyCounter {
  const place = address.url.href;
  const total = createSeriesTotal();
  return {
    id,
    provenance: 'measured',
    scope: 'gpu-window',
    boundary: 'the GPUs that the engine uses (TensorRT-LLM)',
    method: 'counter total_energy_j (J) of /energy_metrics',
    async read(signal) {
      const begun = now();
      const parsed = answer.safeParse(await fetchJson(address, signal).catch(explain(place)));
      if (!parsed.success) {
        throw new LiveError('meter', place, `${place}: the answer holds no total_energy_j.`);
      }
      return {
        joules: total.add([{ device: 'all', joules: parsed.data.total_energy_j }]),
        seconds: (begun + now()) / 2,
      };
    },
    close: () => undefined,
  };
}

/** The engine's 503 means that the meter is off. */
function explain(place: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof LiveError && (error.details.status === 503 || error.details.status === 404)) {
      throw new LiveError(
        'meter',
        place,
        `${place}: the engine says that its energy meter is not available (HTTP ${error.details.status}); start trtllm-serve with enable_energy_metrics: true in its options.`,
        error.details,
      );
    }
    throw error;
  };
}
