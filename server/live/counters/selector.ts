/** `metric{label="value"},unit`: which series of a page are meant, and what their numbers are. */
import type { EnergyUnit, PowerUnit } from '../units.js';
import { joulesPerUnit, unitFrom, wattsPerUnit } from '../units.js';
import { parseLabels } from './prometheusText.js';

/** A metric by name and unit. */
export interface MetricChoice {
  readonly metric: string;
  /** Series must carry these labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly unit: EnergyUnit | PowerUnit;
}

/** Reads the text after `#`. On anything else one sentence that says what is wrong. */
export function parseChoice(text: string): MetricChoice | { readonly problem: string } {
  const comma = text.lastIndexOf(',');
  const unit = comma < 0 ? null : unitFrom(text.slice(comma + 1));
  if (unit === null) {
    const known = [...Object.keys(joulesPerUnit), ...Object.keys(wattsPerUnit)].join(' ');
    return { problem: `after # comes metric,unit with a unit of ${known}; "${text}" has none` };
  }
  const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})?$/.exec(text.slice(0, comma).trim());
  const labels = match?.[2] === undefined ? { labels: {}, rest: '' } : parseLabels(match[2]);
  if (match === null || labels === null || labels.rest !== '') {
    return { problem: `"${text.slice(0, comma)}" is no metric; write metric or metric{label="value"}` };
  }
  return { metric: match[1] ?? '', labels: labels.labels, unit };
}

/** Whether a series carries all labels of a choice. */
export function hasLabels(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => Object.hasOwn(labels, name) && labels[name] === value);
}
