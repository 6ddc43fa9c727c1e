/**
 * What exporters call their energy, as data: one row a metric, in order of preference. Hardware counters come before
 * power, which must be integrated; GPUs before CPUs. A new exporter is a new row and a page in test/contract/live.
 */
import type { Scope } from '../energyReading.js';
import type { EnergyUnit, PowerUnit } from '../units.js';

/** One metric of one exporter. */
export interface CounterPreset {
  /** As people know it. */
  readonly exporter: string;
  /** Exact name of the metric. */
  readonly metric: string;
  /** Energy: a cumulative counter, whatever type the page declares. Power: a gauge. */
  readonly unit: EnergyUnit | PowerUnit;
  readonly scope: Scope;
  /** What one series is, for people. */
  readonly device: string;
  /** Labels that tell devices apart, best first. Series of one device are one counter seen twice: the largest counts. */
  readonly deviceLabels: readonly string[];
  /** A label whose values are parts of one device that add up: the dynamic and the idle energy of a socket. */
  readonly partLabel?: string;
  /** Only series whose label matches: zones and scopes that overlap are never added. A series without the label is kept. */
  readonly only?: { readonly label: string; readonly value: RegExp };
  /** Numbers that stand for "no value". */
  readonly isBlank?: (value: number) => boolean;
  /** Usual time between steps in seconds, for the documentation: it is always found by watching. Null where no source says. */
  readonly usualStepSeconds: number | null;
  /** How to make it step more often. */
  readonly remedy?: string;
}

/** DCGM's blank values (dcgm_structs.h): 64-bit integers from 0x7ffffffffffffff0, which a double cannot tell apart, and 2^47 + 0..3. */
const isDcgmBlank = (value: number): boolean => value >= 2 ** 63 || (value >= 2 ** 47 && value <= 2 ** 47 + 3);

const dcgm = {
  exporter: 'DCGM exporter',
  scope: 'gpu-window',
  device: 'GPU',
  deviceLabels: ['UUID', 'uuid', 'gpu'],
  isBlank: isDcgmBlank,
  usualStepSeconds: 30,
  remedy: 'start dcgm-exporter with -c 100 (milliseconds), or DCGM_EXPORTER_INTERVAL=100',
} as const;

const triton = {
  exporter: 'Triton',
  scope: 'gpu-window',
  device: 'GPU',
  deviceLabels: ['gpu_uuid'],
  usualStepSeconds: 2,
  remedy: 'start tritonserver with --metrics-interval-ms 100',
} as const;

const nim = {
  exporter: 'NIM',
  scope: 'gpu-window',
  device: 'GPU',
  deviceLabels: ['gpu_uuid', 'gpu_index', 'gpu', 'index'],
  usualStepSeconds: null,
} as const;

const nvidiaGpuExporter = {
  exporter: 'nvidia_gpu_exporter',
  scope: 'gpu-window',
  device: 'GPU',
  deviceLabels: ['uuid'],
  usualStepSeconds: 0,
} as const;

const amd = {
  exporter: 'AMD device-metrics-exporter',
  scope: 'gpu-window',
  device: 'GPU',
  // In capitals in early versions.
  deviceLabels: ['gpu_uuid', 'serial_number', 'gpu_id', 'GPU_UUID', 'SERIAL_NUMBER', 'GPU_ID'],
  usualStepSeconds: null,
} as const;

const kepler = { exporter: 'Kepler', usualStepSeconds: 5, remedy: "set Kepler's monitor.interval to 100ms" } as const;

/** Before 0.10: each device has a dynamic and an idle series; the step was SAMPLE_PERIOD_SEC, 5 s unless told. */
const keplerBefore10 = {
  exporter: 'Kepler before 0.10',
  deviceLabels: ['package'],
  partLabel: 'mode',
  usualStepSeconds: 5,
} as const;

/** In order of preference. */
export const counterPresets: readonly CounterPreset[] = [
  { ...dcgm, metric: 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', unit: 'mJ' },
  // The same counter in whole joules (DCGM 4.7, field 1611), and by the names of exporter 1.x.
  { ...dcgm, metric: 'DCGM_FI_DEV_GPU_ENERGY_JOULES_TOTAL', unit: 'J' },
  { ...dcgm, metric: 'dcgm_total_energy_consumption', unit: 'mJ' },
  { ...triton, metric: 'nv_energy_consumption', unit: 'J' },
  { ...nim, metric: 'gpu_total_energy_consumption_joules', unit: 'J' },
  { ...nvidiaGpuExporter, metric: 'nvidia_smi_energy_joules_total', unit: 'J' },
  // Declared as a gauge, and cumulative all the same.
  { ...amd, metric: 'gpu_energy_consumed', unit: 'uJ' },
  {
    exporter: 'all-smi',
    metric: 'all_smi_energy_consumed_joules_total',
    unit: 'J',
    scope: 'gpu-window',
    device: 'GPU',
    deviceLabels: ['gpu_uuid', 'gpu_index'],
    // The scopes gpu, cpu and chassis overlap.
    only: { label: 'scope', value: /^gpu$/ },
    usualStepSeconds: 3,
    remedy: 'start all-smi api with --interval 1',
  },
  {
    exporter: 'aitra-meter',
    metric: 'aitra_gpu_energy_joules_total',
    unit: 'J',
    scope: 'gpu-window',
    device: 'GPU',
    deviceLabels: ['gpu_id'],
    usualStepSeconds: null,
  },
  {
    ...kepler,
    metric: 'kepler_node_gpu_joules_total',
    unit: 'J',
    scope: 'gpu-window',
    device: 'GPU',
    // Before 0.10 the label is `package` here too, and `mode` parts dynamic from idle.
    deviceLabels: ['gpu_uuid', 'gpu', 'package'],
    partLabel: 'mode',
  },
  // What is drawn now before what was drawn in the last second.
  { ...dcgm, metric: 'DCGM_FI_DEV_POWER_USAGE_INSTANT', unit: 'W' },
  { ...dcgm, metric: 'DCGM_FI_DEV_POWER_USAGE', unit: 'W' },
  { ...dcgm, metric: 'DCGM_FI_DEV_BOARD_POWER_WATTS', unit: 'W' },
  { ...dcgm, metric: 'dcgm_power_usage', unit: 'W' },
  { ...triton, metric: 'nv_gpu_power_usage', unit: 'W' },
  { ...nim, metric: 'gpu_power_usage_watts', unit: 'W' },
  { ...nvidiaGpuExporter, metric: 'nvidia_smi_power_draw_instant_watts', unit: 'W' },
  { ...nvidiaGpuExporter, metric: 'nvidia_smi_power_draw_watts', unit: 'W' },
  { ...amd, metric: 'gpu_package_power', unit: 'W' },
  { ...amd, metric: 'gpu_average_package_power', unit: 'W' },
  { ...amd, metric: 'gpu_power_usage', unit: 'W' },
  {
    exporter: 'all-smi',
    metric: 'all_smi_gpu_power_consumption_watts',
    unit: 'W',
    scope: 'gpu-window',
    device: 'GPU',
    deviceLabels: ['gpu_uuid', 'gpu_index', 'uuid', 'index'],
    usualStepSeconds: 3,
    remedy: 'start all-smi api with --interval 1',
  },
  {
    exporter: 'node_exporter (RAPL)',
    metric: 'node_rapl_package_joules_total',
    unit: 'J',
    scope: 'cpu-window',
    device: 'CPU package',
    deviceLabels: ['path', 'index'],
    usualStepSeconds: 0,
  },
  {
    exporter: 'node_exporter (RAPL)',
    metric: 'node_rapl_joules_total',
    unit: 'J',
    scope: 'cpu-window',
    device: 'CPU package',
    deviceLabels: ['path', 'index', 'rapl_zone'],
    // Core and uncore lie inside the package.
    only: { label: 'rapl_zone', value: /^package/ },
    usualStepSeconds: 0,
  },
  {
    ...kepler,
    metric: 'kepler_node_cpu_joules_total',
    unit: 'J',
    scope: 'cpu-window',
    device: 'CPU package',
    deviceLabels: ['path'],
    // Zones overlap: core and uncore lie inside the package, and psys around it.
    only: { label: 'zone', value: /^package/ },
  },
  {
    ...keplerBefore10,
    metric: 'kepler_node_package_joules_total',
    unit: 'J',
    scope: 'cpu-window',
    device: 'CPU package',
  },
  {
    exporter: 'Scaphandre',
    metric: 'scaph_host_energy_microjoules',
    unit: 'uJ',
    scope: 'node-window',
    device: 'host',
    deviceLabels: [],
    usualStepSeconds: 2,
  },
  {
    exporter: 'Scaphandre',
    metric: 'scaph_host_power_microwatts',
    unit: 'uW',
    scope: 'node-window',
    device: 'host',
    deviceLabels: [],
    usualStepSeconds: 2,
  },
];

/** Metrics that look like a counter and are none: the energy since the last update, which no reader can add up without losing some. */
export const unusableMetrics: readonly { readonly metric: RegExp; readonly why: string }[] = [
  {
    metric: /_alumet$/,
    why: 'Alumet exports the energy of each interval, not a cumulative counter; use zeusd, DCGM exporter or RAPL beside it',
  },
  {
    metric: /^codecarbon_/,
    why: 'CodeCarbon pushes the energy of each interval of 10 to 15 s, too coarse for one request; use zeusd, DCGM exporter or RAPL beside it',
  },
];
