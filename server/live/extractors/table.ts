/**
 * Where endpoints put energy, as data: one row a wire form, in order of preference. A new form is a new row and a
 * fixture in test/contract/live.
 */
import type { Provenance, Scope } from '../energyReading.js';
import type { EnergyUnit } from '../units.js';

/** A number in an object, or a range `{min, max, avg}` of one: its path in dots, and its unit. */
export interface FieldRule {
  readonly path: string;
  readonly unit: EnergyUnit;
  /** Where the payload itself names the unit; `unit` holds where it names none. A unit that is not known is no figure. */
  readonly unitPath?: string;
  /** A number written as a text is taken too. */
  readonly allowText?: boolean;
}

/** Power and time in the same payload: their product checks the figure. */
export interface PowerCheck {
  /** Watts. */
  readonly watts: string;
  readonly seconds: string;
  /** Share of that power that is this request's. */
  readonly share?: string;
}

/** One wire form. */
export interface ExtractorRule {
  readonly id: string;
  /** Who sends it, for the documentation. */
  readonly sender: string;
  /** `comment`: an SSE comment `: <name> {json}`. `chunk`: the last event, or the whole body, that holds it. `header`: a header or trailer. */
  readonly place: 'comment' | 'chunk' | 'header';
  /** Tag of the comment, or lower-case name of the header. */
  readonly name?: string;
  /** Headers: `number` holds the figure itself, `json` an object. */
  readonly content?: 'number' | 'json';
  /** The figure: the first path that holds a number counts, the others check it. */
  readonly fields: readonly FieldRule[];
  readonly powerCheck?: PowerCheck;
  /** The user's own rule: counts before all others. */
  readonly isConfigured?: boolean;
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
    sender: 'Neuralwatt; the draft Energy Disclosure Standard; the Joule Lens gateway',
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
    powerCheck: {
      watts: `${prefix}avg_power_watts`,
      seconds: `${prefix}duration_seconds`,
      share: `${prefix}attribution_ratio`,
    },
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
  {
    // GreenPT: "Wms" is a watt for a millisecond, a millijoule. Whether the figure is split over a batch is not stated.
    id: 'impact',
    sender: 'GreenPT',
    place: 'chunk',
    fields: [{ path: 'impact.energy.total', unit: 'Wms', unitPath: 'impact.energy.unit' }],
    provenance: 'measured',
    scope: 'unknown',
  },
  {
    // exo's /bench route: system power of all nodes, sampled once a second, split at the first generated token.
    id: 'power_usage',
    sender: 'exo, route /bench/chat/completions',
    place: 'chunk',
    fields: [{ path: 'power_usage.total_energy_joules', unit: 'J' }],
    powerCheck: { watts: 'power_usage.total_avg_sys_power_watts', seconds: 'power_usage.elapsed_seconds' },
    prefill: { path: 'power_usage.prefill_energy_joules', unit: 'J' },
    decode: { path: 'power_usage.generation_energy_joules', unit: 'J' },
    provenance: 'measured',
    scope: 'node-window',
  },
  {
    // text-generation-inference with its energy change (huggingface/text-generation-inference#3315).
    id: 'details.energy_mj',
    sender: 'text-generation-inference with its energy change',
    place: 'chunk',
    fields: [{ path: 'details.energy_mj', unit: 'mJ' }],
    provenance: 'measured',
    scope: 'gpu-window',
  },
  {
    // The fork of text-generation-inference behind chat-ui-energy: null in every event but the last.
    id: 'energy_consumption',
    sender: 'the text-generation-inference of chat-ui-energy',
    place: 'chunk',
    fields: [{ path: 'energy_consumption', unit: 'mJ' }],
    provenance: 'measured',
    scope: 'gpu-window',
  },
  { ...energyObject(''), id: 'x-energy-data', place: 'header', name: 'x-energy-data', content: 'json' },
  {
    // Joule Cloud; its X-Energy-Method says NVML, RAPL, IOReport or derived.
    id: 'x-energy-joules',
    sender: 'Joule Cloud',
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
    sender: 'the text-generation-inference of chat-ui-energy',
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
    sender: 'proxies that sample NVML in front of an engine',
    place: 'header',
    name: 'x-gpu-energy-j',
    content: 'number',
    fields: [{ path: '', unit: 'J' }],
    provenance: 'measured',
    scope: 'gpu-window',
  },
  {
    // Melious: tokens times measured joules per token times PUE; "these are estimates".
    id: 'environment_impact',
    sender: 'Melious',
    place: 'chunk',
    fields: [{ path: 'environment_impact.energy_kwh', unit: 'kWh' }],
    provenance: 'estimated',
    scope: 'request-attributed',
  },
  {
    // EcoLogits, and gateways that embed it (Otoroshi): a number or {min, max, avg}.
    id: 'impacts',
    sender: 'EcoLogits, and gateways that embed it (Otoroshi)',
    place: 'chunk',
    fields: [{ path: 'impacts.energy.value', unit: 'kWh', unitPath: 'impacts.energy.unit' }],
    provenance: 'estimated',
    scope: 'request-attributed',
  },
  {
    // OpenGateLLM (Albert API): a number in newer versions, {min, max} before.
    id: 'usage.impacts',
    sender: 'OpenGateLLM (Albert API)',
    place: 'chunk',
    fields: [
      { path: 'usage.impacts.kWh', unit: 'kWh' },
      { path: 'usage.carbon.kWh', unit: 'kWh' },
    ],
    provenance: 'estimated',
    scope: 'request-attributed',
  },
];
