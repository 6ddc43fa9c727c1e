/** From the samples of a page to the devices that count. Pure. */
import type { Scope } from '../energyReading.js';
import { isEnergyUnit, joulesPerUnit, wattsPerUnit, type EnergyUnit, type PowerUnit } from '../units.js';
import { counterPresets, unusableMetrics, type CounterPreset } from './presets.js';
import type { Sample } from './prometheusText.js';
import { hasLabels, type MetricChoice } from './selector.js';

/** What is read of a page, settled with the first reading so that two readings never mean different things. */
export interface SeriesRule {
  readonly metric: string;
  readonly unit: EnergyUnit | PowerUnit;
  readonly kind: 'energy' | 'power';
  readonly scope: Scope;
  readonly source: string;
  readonly device: string;
  readonly deviceLabels: readonly string[] | null;
  readonly partLabel?: string;
  readonly accepts: (sample: Sample) => boolean;
  readonly remedy?: string;
}

/** One device: its joules or watts. */
export interface DeviceValue {
  readonly device: string;
  readonly value: number;
}

/** The rule for a metric by name and unit. */
export function ruleForChoice({ metric, labels, unit }: MetricChoice): SeriesRule {
  const preset = counterPresets.find((each) => each.metric === metric);
  return {
    metric,
    unit,
    kind: isEnergyUnit(unit) ? 'energy' : 'power',
    scope: preset?.scope ?? 'unknown',
    source: metric,
    device: preset?.device ?? 'series',
    deviceLabels: preset?.deviceLabels ?? null,
    ...(preset?.partLabel === undefined ? {} : { partLabel: preset.partLabel }),
    accepts: (sample) =>
      sample.name === metric &&
      hasLabels(sample.labels, labels) &&
      usable(sample, preset) &&
      preset?.isBlank?.(sample.value) !== true,
    ...(preset?.remedy === undefined ? {} : { remedy: preset.remedy }),
  };
}

/** The first preset that the page has a number for; null where there is none. */
export function ruleForPage(samples: readonly Sample[]): SeriesRule | null {
  const byName = new Map<string, Sample[]>();
  for (const sample of samples) {
    const list = byName.get(sample.name);
    if (list === undefined) {
      byName.set(sample.name, [sample]);
    } else {
      list.push(sample);
    }
  }
  for (const preset of counterPresets) {
    const rule = ruleForPreset(preset);
    if (byName.get(preset.metric)?.some(rule.accepts) === true) {
      return rule;
    }
  }
  return null;
}

function ruleForPreset(preset: CounterPreset): SeriesRule {
  return {
    metric: preset.metric,
    unit: preset.unit,
    kind: isEnergyUnit(preset.unit) ? 'energy' : 'power',
    scope: preset.scope,
    source: preset.exporter,
    device: preset.device,
    deviceLabels: preset.deviceLabels,
    ...(preset.partLabel === undefined ? {} : { partLabel: preset.partLabel }),
    accepts: (sample) =>
      sample.name === preset.metric && usable(sample, preset) && preset.isBlank?.(sample.value) !== true,
    ...(preset.remedy === undefined ? {} : { remedy: preset.remedy }),
  };
}

function usable({ labels, value }: Sample, preset: CounterPreset | undefined): boolean {
  const only = preset?.only;
  const isInside = only === undefined || labels[only.label] === undefined || only.value.test(labels[only.label] ?? '');
  return isInside && Number.isFinite(value) && value >= 0;
}

/** The devices of a page by a rule, in joules or watts, sorted by name. One device seen twice counts once. */
export function devicesOf(samples: readonly Sample[], rule: SeriesRule): DeviceValue[] {
  const factor = isEnergyUnit(rule.unit) ? joulesPerUnit[rule.unit] : wattsPerUnit[rule.unit];
  const devices = new Map<string, Map<string, number>>();
  for (const sample of samples) {
    if (rule.accepts(sample)) {
      const device = deviceOf(sample, rule.deviceLabels);
      const parts = devices.get(device) ?? new Map<string, number>();
      const part = rule.partLabel === undefined ? '' : (sample.labels[rule.partLabel] ?? '');
      parts.set(part, Math.max(parts.get(part) ?? 0, sample.value * factor));
      devices.set(device, parts);
    }
  }
  return [...devices]
    .map(([device, parts]) => ({ device, value: [...parts.values()].reduce((sum, value) => sum + value, 0) }))
    .sort((a, b) => (a.device < b.device ? -1 : 1));
}

/** Labels that name the machine; a Prometheus server holds those of many. */
const hostLabels = ['instance', 'hostname', 'Hostname', 'node_name', 'node', 'host'];

/** The machines that the accepted samples come from, each once; empty where no label says. */
export function hostsOf(samples: readonly Sample[], rule: SeriesRule): string[] {
  const accepted = samples.filter(rule.accepts);
  const label = hostLabels.find((name) => accepted.some(({ labels }) => labels[name] !== undefined));
  return label === undefined ? [] : [...new Set(accepted.map(({ labels }) => `${label}="${labels[label] ?? ''}"`))];
}

/** A page without any of the labels that it should have: every series is a device of its own, so that none is lost. */
function deviceOf({ labels }: Sample, deviceLabels: readonly string[] | null): string {
  const named = deviceLabels?.map((name) => labels[name]).find((value) => value !== undefined);
  if (deviceLabels === null || (named === undefined && deviceLabels.length > 0)) {
    return JSON.stringify(Object.entries(labels).sort());
  }
  const host = hostLabels.map((name) => labels[name]).find((value) => value !== undefined) ?? '';
  return `${host}/${named ?? ''}`;
}

/** `4 GPUs (DCGM exporter)`. */
export function boundaryOf(rule: SeriesRule, count: number): string {
  const plural = rule.device === 'series' || count === 1 ? '' : 's';
  return `${count} ${rule.device}${plural} (${rule.source})`;
}

/** Why a page has nothing to read, in a sentence. */
export function nothingOn(samples: readonly Sample[], wanted: string | null): string {
  if (wanted !== null) {
    const name = wanted.replace(/\{.*/, '');
    const near = samples.find((sample) => sample.name === name);
    return near === undefined
      ? `holds no metric ${name}${energyNames(samples)}`
      : `holds ${name}, but no series of it with these labels and a number`;
  }
  const unusable = unusableMetrics.find(({ metric }) => samples.some(({ name }) => metric.test(name)));
  if (unusable !== undefined) {
    return `has no counter that can be read: ${unusable.why}`;
  }
  if (samples.some(({ name }) => name.startsWith('prometheus_tsdb_'))) {
    return 'is the page of a Prometheus server about itself; give its query address instead, as prometheus:http://host:9090/api/v1/query';
  }
  return `holds no energy metric that is known${energyNames(samples)}; name one: prometheus:URL#metric,unit`;
}

function energyNames(samples: readonly Sample[]): string {
  const names = [...new Set(samples.map(({ name }) => name))].filter((name) => /joule|energy|power|watt/i.test(name));
  return names.length === 0 ? '' : `; it has ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', ...' : ''}`;
}
