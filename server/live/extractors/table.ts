/**
 * Where endpoints put energy, as data: one row a wire form, in order of preference. A new form is a new row and a
 * fixture in test/contract/live.
 */
import type { Provenance, Scope } from '../energyReading.js';
import type { EnergyUnit } from '../units.js';

/** A number in an object: its path in dots, and its unit. */
export interface FieldRule {
  readonly path: string;
  readonly unit: EnergyUnit;
}

/** One wire form. */
export interface ExtractorRule {
  readonly id: string;
  /** `comment`: an SSE comment `: <name> {json}`. `chunk`: the last event, or the whole body, that holds it. `header`: a header or trailer. */
  readonly place: 'comment' | 'chunk' | 'header';
  /** Tag of the comment, or lower-case name of the header. */
  readonly name?: string;
  /** Headers: `number` holds the figure itself, `json` an object. */
  readonly content?: 'number' | 'json';
  /** The figure: the first path that holds a number counts, the others check it. */
  readonly fields: readonly FieldRule[];
  /** Text that says `measured`, `estimated` or `simulated`. */
  readonly sourcePath?: string;
  /** Texts that say how; the first found counts. */
  readonly methodPaths?: readonly string[];
  /** Text that says what was inside. */
  readonly scopePath?: string;
  /** Header or trailer whose value says how. */
  readonly methodHeader?: string;
  /** Provenance where the payload names no source. */
  readonly provenance: Provenance;
  /** A field that only endpoints with hardware counters send: without a source, its presence means `measured`. */
  readonly measuredByPath?: string;
  readonly scope: Scope;
  /** Phases, in joules. */
  readonly prefill?: FieldRule;
  readonly decode?: FieldRule;
}

/**
 * `energy` as Neuralwatt sends it (vendor's client neuralwatt-tools: hardware counters, shared out by
 * `attribution_method`) and as the draft Energy Disclosure Standard and our own servers do (`source`, `method`, `scope`).
 */
const energyObject = (prefix: string) =>
  ({
    fields: [
      { path: `${prefix}energy_joules`, unit: 'J' },
      { path: `${prefix}joules`, unit: 'J' },
      { path: `${prefix}energy_kwh`, unit: 'kWh' },
      { path: `${prefix}kwh`, unit: 'kWh' },
      { path: `${prefix}wh`, unit: 'Wh' },
    ],
    sourcePath: `${prefix}source`,
    methodPaths: [`${prefix}method`, `${prefix}attribution_method`],
    measuredByPath: `${prefix}attribution_method`,
    scopePath: `${prefix}scope`,
    prefill: { path: `${prefix}prefill_joules`, unit: 'J' },
    decode: { path: `${prefix}decode_joules`, unit: 'J' },
    provenance: 'unknown',
    scope: 'request-attributed',
  }) as const satisfies Partial<ExtractorRule>;

/** In order of preference. */
export const extractorRules: readonly ExtractorRule[] = [
  { ...energyObject(''), id: 'comment-energy', place: 'comment', name: 'energy' },
  { ...energyObject('energy.'), id: 'energy', place: 'chunk' },
  { ...energyObject('usage.energy.'), id: 'usage-energy', place: 'chunk' },
  { ...energyObject(''), id: 'x-energy-data', place: 'header', name: 'x-energy-data', content: 'json' },
  {
    // Joule Cloud; its X-Energy-Method says NVML, RAPL, IOReport or derived.
    id: 'x-energy-joules',
    place: 'header',
    name: 'x-energy-joules',
    content: 'number',
    fields: [{ path: '', unit: 'J' }],
    methodHeader: 'x-energy-method',
    provenance: 'unknown',
    scope: 'unknown',
  },
  {
    // Instrumented text-generation-inference: counter of GPU 0 from arrival to reply, in millijoules.
    id: 'x-energy-consumption',
    place: 'header',
    name: 'x-energy-consumption',
    content: 'number',
    fields: [{ path: '', unit: 'mJ' }],
    provenance: 'measured',
    scope: 'gpu-window',
  },
  {
    // A proxy that samples NVML in front of an engine.
    id: 'x-gpu-energy-j',
    place: 'header',
    name: 'x-gpu-energy-j',
    content: 'number',
    fields: [{ path: '', unit: 'J' }],
    provenance: 'measured',
    scope: 'gpu-window',
  },
];
