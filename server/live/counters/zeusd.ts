/** Zeus's daemon: GPU and CPU counters, over TCP or a Unix socket. Where a GPU has no counter, its power is integrated. */
import { z } from 'zod';
import { LiveError } from '../errors.js';
import { createSseReader } from '../sse.js';
import { send } from '../transport.js';
import { tryJson } from '../wire.js';
import type { CounterReading, EnergyCounter } from './counter.js';
import { createFeed, type Feed } from './feed.js';
import { fetchJson, type CounterAddress } from './fetchText.js';
import { createSeriesTotal, type DeviceJoules } from './seriesTotal.js';

/** Which devices of the daemon's machine. */
export interface ZeusdDevices {
  readonly kind: 'gpu' | 'cpu';
  /** Indices; all where null. */
  readonly ids: readonly number[] | null;
}

/** What to ask. */
export interface ZeusdOptions {
  readonly id: string;
  /** The daemon's root. */
  readonly address: CounterAddress;
  readonly devices: ZeusdDevices;
  readonly now: () => number;
}

const gpuEnergy = z.record(z.string(), z.looseObject({ energy_mj: z.number().nonnegative() }));
const cpuEnergy = z.record(
  z.string(),
  z.looseObject({ cpu_energy_uj: z.number().nullish(), dram_energy_uj: z.number().nullish() }),
);
const gpuPower = z.looseObject({ gpu_id: z.number(), power_mw: z.number().nonnegative() });

/** Longest timer of the runtime, in seconds: a power stream has no end of its own. */
const noLimitSeconds = 2_147_483;

/** Makes the counter. Nothing is asked before the first reading. */
export function zeusdCounter({ id, address, devices, now }: ZeusdOptions): EnergyCounter {
  const { kind, ids } = devices;
  const place = id.replace(/^zeusd:/, '');
  const total = createSeriesTotal();
  const closing = new AbortController();
  let names: readonly string[] = ids?.map(String) ?? [];
  let power: Feed | null = null;

  const url = (path: string, query: Readonly<Record<string, string>>): URL => {
    const full = new URL(address.url);
    full.pathname = `${full.pathname.replace(/\/+$/, '')}${path}`;
    for (const [name, value] of Object.entries(query)) {
      full.searchParams.set(name, value);
    }
    return full;
  };
  const chosen: Readonly<Record<string, string>> = ids === null ? {} : { [`${kind}_ids`]: ids.join(',') };

  const readEnergy = async (signal?: AbortSignal): Promise<CounterReading> => {
    const begun = now();
    const target =
      kind === 'gpu'
        ? url('/gpu/get_cumulative_energy', chosen)
        : url('/cpu/get_cumulative_energy', { ...chosen, cpu: 'true', dram: 'true' });
    const json = await fetchJson({ ...address, url: target }, signal);
    const seconds = (begun + now()) / 2;
    const read = kind === 'gpu' ? gpuDevices(json) : cpuDevices(json);
    if (read === null || read.length === 0) {
      throw new LiveError('meter', place, `${place}: zeusd reports no ${kind.toUpperCase()} with an energy counter.`);
    }
    names = read.map(({ device }) => device);
    return { joules: total.add(read), seconds };
  };
  const startPower = (): Feed => {
    const feed = createFeed({ place, timeoutSeconds: address.timeoutSeconds, now });
    void streamPower({ ...address, url: url('/gpu/stream_power', chosen) }, feed, place, closing.signal);
    return feed;
  };

  return {
    id,
    provenance: 'measured',
    scope: kind === 'gpu' ? 'gpu-window' : 'cpu-window',
    get boundary() {
      const list = power === null ? names : power.devices();
      const what = kind === 'gpu' ? 'GPU' : 'CPU package and memory';
      return `${what} ${list.length === 0 ? '(all)' : list.join(', ')} (zeusd)`;
    },
    stepSeconds: kind === 'gpu' ? 0.1 : 0.001,
    get method() {
      return power === null
        ? `counter of zeusd (${kind === 'gpu' ? 'NVML, mJ' : 'RAPL, uJ'})`
        : 'power samples integrated (stream of zeusd, mW)';
    },
    async read(signal) {
      if (power !== null) {
        return await power.read(signal);
      }
      try {
        return await readEnergy(signal);
      } catch (error) {
        // 400: the daemon knows that the GPU's counter cannot be trusted or is not there.
        if (kind === 'gpu' && error instanceof LiveError && error.details.status === 400) {
          power = startPower();
          return await power.read(signal);
        }
        throw error;
      }
    },
    close: () => closing.abort(),
  };
}

function gpuDevices(json: unknown): DeviceJoules[] | null {
  const parsed = gpuEnergy.safeParse(json);
  return parsed.success
    ? Object.entries(parsed.data).map(([device, { energy_mj }]) => ({ device, joules: energy_mj * 1e-3 }))
    : null;
}

function cpuDevices(json: unknown): DeviceJoules[] | null {
  const parsed = cpuEnergy.safeParse(json);
  if (!parsed.success) {
    return null;
  }
  return Object.entries(parsed.data).flatMap(([device, { cpu_energy_uj, dram_energy_uj }]) => [
    ...(typeof cpu_energy_uj === 'number' ? [{ device, joules: cpu_energy_uj * 1e-6 }] : []),
    ...(typeof dram_energy_uj === 'number' ? [{ device: `${device} memory`, joules: dram_energy_uj * 1e-6 }] : []),
  ]);
}

/** Reads the stream until it is closed. Its end is an error: nobody may take the last value for a standing one. */
async function streamPower(address: CounterAddress, feed: Feed, place: string, signal: AbortSignal): Promise<void> {
  const reader = createSseReader({
    onData: (data) => {
      const parsed = gpuPower.safeParse(tryJson(data));
      if (parsed.success) {
        feed.push(String(parsed.data.gpu_id), parsed.data.power_mw * 1e-3);
      }
    },
    onComment: () => undefined,
  });
  try {
    const response = await send({
      method: 'GET',
      url: address.url,
      socketPath: address.socketPath,
      apiKey: address.token,
      accept: 'text/event-stream',
      timeouts: {
        connectSeconds: address.timeoutSeconds,
        idleSeconds: address.timeoutSeconds,
        totalSeconds: noLimitSeconds,
      },
      maxBytes: Number.MAX_SAFE_INTEGER,
      signal,
    });
    if (response.status !== 200) {
      await response.read(() => undefined);
      throw new LiveError(
        'meter',
        place,
        `${place}: zeusd has neither a counter nor a power stream (HTTP ${response.status}).`,
      );
    }
    await response.read((bytes) => reader.push(bytes));
    feed.fail(new LiveError('meter', place, `${place}: the power stream of zeusd ended.`));
  } catch (error) {
    feed.fail(error instanceof LiveError ? error : new LiveError('meter', place, `${place}: ${String(error)}`));
  }
}
