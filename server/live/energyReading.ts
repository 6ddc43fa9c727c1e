/** A figure of energy with all that must be said about it. */

/** Where a figure comes from. Never mixed in one number. `unknown`: the endpoint does not say. */
export type Provenance = 'measured' | 'estimated' | 'simulated' | 'unknown';

/**
 * What was inside: `request-attributed` a share worked out for this request, `gpu-window` all that the GPUs drew
 * while it ran, `cpu-window` the same for CPU packages and memory, `node-window` for the machine, `unknown` where nobody
 * says; other texts as the endpoint says.
 */
export type Scope = 'request-attributed' | 'gpu-window' | 'cpu-window' | 'node-window' | 'unknown' | (string & {});

/** Energy of one run of a request. */
export interface EnergyReading {
  /** Above idle where the meter knows the idle power (`idleWatts`); else as the endpoint reports it. */
  readonly joules: number;
  readonly provenance: Provenance;
  readonly scope: Scope;
  /** How it was made, in the meter's own words. */
  readonly method: string;
  /** What was inside, for people: `GPU 0, 1 (zeusd)`. Absent where only the scope is known. */
  readonly boundary?: string;
  readonly prefillJoules?: number;
  readonly decodeJoules?: number;
  /** Ends of the range that an estimate is given as, in joules. */
  readonly range?: readonly [lo: number, hi: number];
  /** With the idle power of the devices while the request ran; `joules` is then above idle. */
  readonly grossJoules?: number;
  /** Power of the devices without load, in watts. */
  readonly idleWatts?: number;
  /** Seconds between the two steps of the counter that enclose the request. */
  readonly windowSeconds?: number;
  /** Where it was read: `comment energy: energy_joules`. */
  readonly field: string;
  readonly warnings: readonly string[];
}
