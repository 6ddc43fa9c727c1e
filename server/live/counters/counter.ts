/** The port of a cumulative energy counter beside an endpoint. One file per kind; a power-only source integrates itself into one. */
import type { Provenance, Scope } from '../energyReading.js';

/** One reading. */
export interface CounterReading {
  /** Joules since a start of the counter's own, over all selected devices. Falls only where the counter was reset. */
  readonly joules: number;
  /** When it was read: seconds of the process's monotonic clock. */
  readonly seconds: number;
}

/** A counter that can be read at any time. Its value may step seldom: a reader waits for steps, not for time. */
export interface EnergyCounter {
  /** As the command line names it: `prometheus:http://host:9400/metrics`. */
  readonly id: string;
  readonly provenance: Provenance;
  /** Known at the latest after the first reading, as is `boundary`: some sources must be asked what they hold. */
  readonly scope: Scope;
  /** What is inside, for people: `GPU 0, 1 (DCGM exporter)`. */
  readonly boundary: string;
  /** Time between two steps in seconds where the source is known to have one; 0 where each reading is fresh; found by watching else. */
  readonly stepSeconds?: number;
  /** How the joules are made where it is not the hardware's own counter: `power samples integrated`. */
  readonly method?: string;
  /** What to do where it steps too seldom: `start dcgm-exporter with -c 100`. */
  readonly remedy?: string;
  /** Rejects with LiveError where the source cannot be read. */
  read(signal?: AbortSignal): Promise<CounterReading>;
  /** Lets go of connections and timers. */
  close(): void;
}
