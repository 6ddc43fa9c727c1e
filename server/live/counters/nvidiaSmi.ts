/**
 * NVML through `nvidia-smi`, which every driver brings: one process that prints a round of values again and again.
 * Power, integrated: nvidia-smi can query no energy counter, up to driver 610 at least, though NVML has one.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { LiveError } from '../errors.js';
import { isPowerUnit, toWatts, unitFrom } from '../units.js';
import { oneLine } from '../wire.js';
import { childEnvironment } from './childEnvironment.js';
import type { EnergyCounter } from './counter.js';
import { createFeed, type Feed } from './feed.js';

/** What to start. */
export interface NvidiaSmiOptions {
  readonly id: string;
  /** GPU indices; all where null. */
  readonly gpus: readonly number[] | null;
  /** Program and its first arguments: `['nvidia-smi']`. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly periodMilliseconds: number;
  readonly timeoutSeconds: number;
  readonly now: () => number;
}

/** Fields to query, best first. `power.draw` is an average over a second on many GPUs, `power.draw.instant` is not. */
const fields = ['power.draw.instant', 'power.draw'] as const;

type Field = (typeof fields)[number];

/** Makes the counter. Nothing is started before the first reading. */
export function nvidiaSmiCounter(options: NvidiaSmiOptions): EnergyCounter {
  let running: { readonly field: Field; readonly feed: Feed; readonly child: ChildProcess } | null = null;
  let starting: Promise<void> | null = null;
  let closed = false;

  const start = async (): Promise<void> => {
    for (const field of fields) {
      const attempt = launch(field, options);
      running = attempt;
      try {
        await attempt.feed.read();
        return;
      } catch (error) {
        attempt.child.kill();
        running = null;
        const isLast = field === fields.at(-1);
        if (isLast || closed || !(error instanceof LiveError) || error.details.endpointSays === undefined) {
          throw error;
        }
      }
    }
  };
  return {
    id: options.id,
    provenance: 'measured',
    scope: 'gpu-window',
    get boundary() {
      const gpus = running?.feed.devices() ?? options.gpus ?? [];
      return `GPU ${gpus.length === 0 ? '(all)' : gpus.join(', ')} (NVML)`;
    },
    stepSeconds: 0.1,
    get method() {
      return `power samples integrated (nvidia-smi ${running?.field ?? fields[0]})`;
    },
    async read(signal) {
      if (closed) {
        throw new LiveError('meter', options.id, 'The meter was closed.');
      }
      starting ??= start();
      try {
        await starting;
      } catch (error) {
        starting = null;
        throw error;
      }
      if (running === null) {
        throw new LiveError('meter', options.id, 'nvidia-smi is not running.');
      }
      return await running.feed.read(signal);
    },
    close() {
      closed = true;
      running?.child.kill();
    },
  };
}

function launch(field: Field, options: NvidiaSmiOptions): { field: Field; feed: Feed; child: ChildProcess } {
  const [program = 'nvidia-smi', ...first] = options.command;
  const place = options.id;
  const feed = createFeed({ place, timeoutSeconds: options.timeoutSeconds, now: options.now });
  const child = spawn(
    program,
    [
      ...first,
      `--query-gpu=index,${field}`,
      '--format=csv,noheader',
      ...(options.gpus === null ? [] : [`--id=${options.gpus.join(',')}`]),
      `--loop-ms=${options.periodMilliseconds}`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: childEnvironment(options.env), windowsHide: true },
  );
  let rest = '';
  let said = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-1000);
    for (const line of lines) {
      const sample = sampleOf(line);
      if (sample !== null) {
        feed.push(sample.gpu, sample.value);
      } else if (said.length < 2000) {
        said += line;
        if (/\[?(not supported|n\/a)\]?|unknown error/i.test(line)) {
          // The field is known, the GPU has none: the next field may do.
          feed.fail(ended(place, line));
        }
      }
    }
  });
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    said = (said + text).slice(0, 2000);
  });
  child.on('error', (error) => {
    const missing = 'code' in error && error.code === 'ENOENT';
    feed.fail(
      new LiveError(
        'meter',
        place,
        missing
          ? `${program} was not found; NVML needs an NVIDIA driver on this machine. For a server elsewhere use zeusd:URL or prometheus:URL.`
          : `${program} cannot be started: ${error.message}`,
      ),
    );
  });
  child.on('close', () => feed.fail(ended(place, said)));
  return { field, feed, child };
}

function ended(place: string, said: string): LiveError {
  const text = oneLine(said) || 'it said nothing';
  return new LiveError('meter', place, `nvidia-smi gave no figure: ${text}`, { endpointSays: text });
}

/** `0, 71.23 W` in watts; null for any other line. */
function sampleOf(line: string): { readonly gpu: string; readonly value: number } | null {
  const match = /^\s*(\d+)\s*,\s*([0-9.eE+]+)\s+(\S+)\s*$/.exec(line);
  const value = Number(match?.[2]);
  const unit = unitFrom(match?.[3] ?? '');
  if (match === null || unit === null || !Number.isFinite(value)) {
    return null;
  }
  return isPowerUnit(unit) ? { gpu: match[1] ?? '', value: toWatts(value, unit) } : null;
}
