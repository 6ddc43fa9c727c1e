/** Finds the energy in an answer by the table of wire forms. */
import type { ChatExchange } from '../chatTypes.js';
import type { EnergyReading } from '../energyReading.js';
import { tryJson } from '../wire.js';
import { fieldAt, joulesAt, numberAt, textAt } from './fields.js';
import { provenanceOf, weakest } from './provenance.js';
import { extractorRules, type ExtractorRule } from './table.js';

/** The parts of an answer where energy may stand. */
export type EnergyContext = Pick<ChatExchange, 'chunks' | 'comments' | 'headers' | 'trailers'>;

/** Two ways to say one figure may differ by rounding; more than this is a contradiction. */
const agreement = 0.01;

/** The outcome: a figure, or none and why the figures that were there did not do. */
export interface Extraction {
  readonly reading: EnergyReading | null;
  readonly warnings: readonly string[];
}

/** The energy that an answer reports. Several forms in one answer are checked against each other; the first counts. */
export function extractEnergy(context: EnergyContext, rules: readonly ExtractorRule[] = extractorRules): Extraction {
  const warnings: string[] = [];
  const configured = new Set<string>();
  const readings = rules.flatMap((rule) => {
    const found = readingsOf(rule, context, warnings);
    if (rule.isConfigured === true) {
      found.forEach(({ field }) => configured.add(field));
    }
    return found;
  });
  // A gateway may add its estimate to what an engine has measured: the user's own rule counts first, then what is no estimate.
  const first = readings.find(({ field }) => configured.has(field)) ?? readings.find(isNoEstimate) ?? readings[0];
  if (first === undefined) {
    return { reading: null, warnings };
  }
  for (const other of readings) {
    const isSameKind = isNoEstimate(other) === isNoEstimate(first);
    if (other !== first && isSameKind && differ(first.joules, other.joules)) {
      warnings.push(
        `The endpoint contradicts itself: ${first.field} says ${show(first.joules)}, ${other.field} says ${show(other.joules)}; the first is used.`,
      );
    }
  }
  return { reading: { ...first, warnings: [...first.warnings, ...warnings] }, warnings };
}

function readingsOf(rule: ExtractorRule, context: EnergyContext, warnings: string[]): EnergyReading[] {
  switch (rule.place) {
    case 'comment':
      return optional(fromComments(rule, context, warnings));
    case 'header':
      return optional(fromHeaders(rule, context, warnings));
    case 'chunk': {
      for (const chunk of [...context.chunks].reverse()) {
        const reading = readingFrom(rule, chunk, '', warnings);
        if (reading !== null) {
          return [reading];
        }
      }
      return [];
    }
  }
}

/** Several comments are parts of one request (a gateway that called twice); the same line again is a repeat. */
function fromComments(rule: ExtractorRule, { comments }: EnergyContext, warnings: string[]): EnergyReading | null {
  const tag = `${rule.name ?? ''} `;
  const lines = comments.filter((comment) => comment.startsWith(tag));
  const distinct = [...new Set(lines)];
  if (distinct.length < lines.length) {
    warnings.push(`The endpoint sent the same ${tag.trim()} comment ${lines.length} times; counted once.`);
  }
  const parts: EnergyReading[] = [];
  for (const line of distinct) {
    const json = tryJson(line.slice(tag.length));
    if (json === undefined) {
      warnings.push(`The endpoint sent a comment ": ${tag}..." that is not JSON; ignored.`);
      continue;
    }
    parts.push(...optional(readingFrom(rule, json, `comment ${tag.trim()}: `, warnings)));
  }
  const [first, ...rest] = parts;
  if (first === undefined || rest.length === 0) {
    return first ?? null;
  }
  return {
    joules: sum(parts.map((part) => part.joules)),
    provenance: weakest(parts.map((part) => part.provenance)),
    scope: parts.every((part) => part.scope === first.scope) ? first.scope : 'unknown',
    method: [...new Set(parts.map((part) => part.method))].join('; '),
    field: first.field,
    warnings: [...parts.flatMap((part) => part.warnings), `${parts.length} energy comments were added up.`],
  };
}

function fromHeaders(
  rule: ExtractorRule,
  { headers, trailers }: EnergyContext,
  warnings: string[],
): EnergyReading | null {
  const name = rule.name ?? '';
  // A trailer is sent when the reply is done, so it is the settled figure.
  const source = trailers[name] === undefined ? headers : trailers;
  const value = source[name];
  if (value === undefined) {
    return null;
  }
  const content = rule.content === 'json' ? tryJson(value) : numberFrom(value);
  if (content === undefined) {
    warnings.push(`The endpoint sent a header ${name} that cannot be read (${value.slice(0, 40)}); ignored.`);
    return null;
  }
  const reading = readingFrom(rule, content, `${source === trailers ? 'trailer' : 'header'} ${name}`, warnings);
  const method =
    rule.methodHeader === undefined ? undefined : (trailers[rule.methodHeader] ?? headers[rule.methodHeader]);
  return reading === null || method === undefined ? reading : { ...reading, method, provenance: provenanceOf(method) };
}

/** The figure of one payload. A number below or at zero is no measurement of a request; it is named and left out. */
function readingFrom(rule: ExtractorRule, root: unknown, where: string, warnings: string[]): EnergyReading | null {
  const found = rule.fields.flatMap((field) => {
    const figure = fieldAt(root, field);
    if (figure === null && field.unitPath !== undefined && numberAt(root, field.path) !== null) {
      warnings.push(
        `The endpoint reports energy in a unit that is not known (${textAt(root, field.unitPath)}); ignored.`,
      );
    }
    return figure === null ? [] : [{ path: `${where}${field.path}`, ...figure }];
  });
  const [first, ...others] = found;
  if (first === undefined) {
    return null;
  }
  if (first.joules <= 0) {
    warnings.push(`The endpoint reported ${show(first.joules)} (${first.path}), which no request can cost; ignored.`);
    return null;
  }
  const clash =
    others.find((other) => differ(first.joules, other.joules)) ?? powerClash(rule, root, first.joules, where);
  const method = rule.methodPaths?.map((path) => textAt(root, path)).find((text) => text !== null) ?? null;
  const source = textAt(root, rule.sourcePath);
  const prefillJoules = joulesAt(root, rule.prefill);
  const decodeJoules = joulesAt(root, rule.decode);
  return {
    joules: first.joules,
    ...(first.range === undefined ? {} : { range: first.range }),
    provenance: provenance(rule, root, source),
    scope: textAt(root, rule.scopePath) ?? rule.scope,
    method: method ?? `reported by the endpoint (${rule.id})`,
    ...(prefillJoules === null ? {} : { prefillJoules }),
    ...(decodeJoules === null ? {} : { decodeJoules }),
    field: first.path,
    warnings:
      clash === undefined
        ? []
        : [
            `The endpoint contradicts itself: ${first.path} says ${show(first.joules)}, ${clash.path} says ${show(clash.joules)}; the first is used.`,
          ],
  };
}

/** Watts times seconds, where the payload has them and they say something else. */
function powerClash(
  { powerCheck }: ExtractorRule,
  root: unknown,
  joules: number,
  where: string,
): { readonly path: string; readonly joules: number } | undefined {
  const watts = powerCheck === undefined ? null : numberAt(root, powerCheck.watts);
  const seconds = powerCheck === undefined ? null : numberAt(root, powerCheck.seconds);
  if (powerCheck === undefined || watts === null || seconds === null) {
    return undefined;
  }
  const share = powerCheck.share === undefined ? null : numberAt(root, powerCheck.share);
  const product = watts * seconds * (share ?? 1);
  // A share such as 0.0034 is written with so few digits that it alone is off by more than a percent.
  const slack = agreement + (share === null ? 0 : roundingOf(share));
  const path = `${where}${powerCheck.watts} x ${powerCheck.seconds}${share === null ? '' : ` x ${powerCheck.share ?? ''}`}`;
  return Math.abs(product - joules) > slack * Math.max(product, joules) ? { path, joules: product } : undefined;
}

/** Half of the last digit that a number below 1 is written with, as a share of it. */
function roundingOf(value: number): number {
  if (value <= 0 || value >= 1) {
    return 0;
  }
  const [mantissa = '1'] = value.toExponential().split('e');
  return (0.5 * 10 ** -(mantissa.split('.')[1]?.length ?? 0)) / Number(mantissa);
}

function isNoEstimate({ provenance }: EnergyReading): boolean {
  return provenance !== 'estimated';
}

function provenance(rule: ExtractorRule, root: unknown, source: string | null): EnergyReading['provenance'] {
  if (source !== null) {
    return provenanceOf(source);
  }
  const isMetered = textAt(root, rule.measuredByPath) !== null;
  return isMetered ? 'measured' : rule.provenance;
}

function differ(a: number, b: number): boolean {
  return Math.abs(a - b) > agreement * Math.max(Math.abs(a), Math.abs(b));
}

function numberFrom(text: string): number | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function optional<T>(value: T | null): T[] {
  return value === null ? [] : [value];
}

function show(joules: number): string {
  return `${Number(joules.toPrecision(4))} J`;
}
