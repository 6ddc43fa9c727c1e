/** The query interface of a Prometheus server: raw series at this moment, never rate() or increase(), which extrapolate. */
import { z } from 'zod';
import { LiveError } from '../errors.js';
import { oneLine, tryJson } from '../wire.js';
import { counterPresets } from './presets.js';
import { numberOf, type Sample } from './prometheusText.js';
import type { MetricChoice } from './selector.js';

/** Time in seconds and value as a text. */
const point = z.tuple([z.number(), z.string()]);

const answer = z.looseObject({
  status: z.string(),
  error: z.string().nullish(),
  data: z
    .looseObject({
      resultType: z.string(),
      result: z.array(
        z.looseObject({
          metric: z.record(z.string(), z.string()).default({}),
          value: point.optional(),
          values: z.array(point).optional(),
        }),
      ),
    })
    .nullish(),
});

/** The address that asks for a metric, or for every known one. A query that the user wrote stays as it is. */
export function queryUrl(url: URL, choice: MetricChoice | null): URL {
  if (url.searchParams.has('query')) {
    return url;
  }
  const full = new URL(url);
  full.searchParams.set('query', choice === null ? anyKnown() : expression(choice));
  return full;
}

const anyKnown = (): string => `{__name__=~"${[...new Set(counterPresets.map(({ metric }) => metric))].join('|')}"}`;

function expression({ metric, labels }: MetricChoice): string {
  const matchers = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return matchers.length === 0 ? metric : `${metric}{${matchers.join(',')}}`;
}

/**
 * The series of an answer; of a matrix the latest point of each. `name` stands in where an expression has dropped the
 * metric's name. Throws LiveError where the server reports an error or answers something else.
 */
export function samplesOfQuery(text: string, place: string, name: string | null): Sample[] {
  const parsed = answer.safeParse(tryJson(text));
  if (!parsed.success) {
    throw new LiveError('meter', place, `${place}: no answer of Prometheus's query interface: ${oneLine(text, 80)}`);
  }
  const { status, error, data } = parsed.data;
  if (status !== 'success' || !data) {
    throw new LiveError('meter', place, `${place}: Prometheus reports: ${oneLine(error ?? status)}`);
  }
  return data.result.flatMap(({ metric, value, values }) => {
    const [time, number] = value ?? values?.at(-1) ?? [];
    const read = numberOf(number);
    const { __name__, ...labels } = metric;
    return read === null || time === undefined
      ? []
      : [{ name: __name__ ?? name ?? '', labels, value: read, timestamp: time }];
  });
}
