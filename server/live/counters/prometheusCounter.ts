/** A counter or gauge of a Prometheus page, or of a Prometheus server by its query address. */
import { LiveError } from '../errors.js';
import type { CounterReading, EnergyCounter } from './counter.js';
import { fetchText } from './fetchText.js';
import { pollPower, type PowerPoller } from './integrator.js';
import { queryUrl, samplesOfQuery } from './prometheusQuery.js';
import { parseMetrics, type Sample } from './prometheusText.js';
import type { MetricChoice } from './selector.js';
import {
  boundaryOf,
  devicesOf,
  hostsOf,
  nothingOn,
  ruleForChoice,
  ruleForPage,
  type SeriesRule,
} from './seriesChoice.js';
import { createSeriesTotal } from './seriesTotal.js';

/** What to read. */
export interface PrometheusOptions {
  readonly id: string;
  /** The page, or a server's `/api/v1/query`. */
  readonly url: URL;
  /** Null: the first known metric on the page. */
  readonly choice: MetricChoice | null;
  readonly token?: string | undefined;
  readonly timeoutSeconds: number;
  /** How often power is asked for, in seconds. */
  readonly powerPeriodSeconds: number;
  readonly now: () => number;
}

/** Makes the counter. Nothing is asked before the first reading. */
export function prometheusCounter(options: PrometheusOptions): EnergyCounter {
  const { id, url, choice, now } = options;
  const isServer = /\/api\/v1\/query\/?$/.test(url.pathname);
  const total = createSeriesTotal();
  let rule: SeriesRule | null = choice === null ? null : ruleForChoice(choice);
  let count = 0;
  let poller: PowerPoller | null = null;

  const samples = async (signal?: AbortSignal): Promise<readonly Sample[]> => {
    const address = {
      url: isServer ? queryUrl(url, choice) : url,
      token: options.token,
      timeoutSeconds: options.timeoutSeconds,
    };
    const text = await fetchText(address, signal);
    return isServer ? samplesOfQuery(text, url.href, choice?.metric ?? null) : parseMetrics(text).samples;
  };
  const devices = async (signal?: AbortSignal): Promise<{ rule: SeriesRule; values: ReturnType<typeof devicesOf> }> => {
    const page = await samples(signal);
    const known = (rule ??= ruleForPage(page));
    const values = known === null ? [] : devicesOf(page, known);
    if (known === null || values.length === 0) {
      throw new LiveError('meter', url.href, `${url.href}: the page ${nothingOn(page, choice?.metric ?? null)}.`);
    }
    const hosts = isServer ? hostsOf(page, known) : [];
    if (hosts.length > 1) {
      throw new LiveError(
        'meter',
        url.href,
        `${url.href}: ${known.metric} comes from ${hosts.length} machines (${hosts.slice(0, 3).join(', ')}${hosts.length > 3 ? ', ...' : ''}); name one: #${known.metric}{${hosts[0] ?? ''}},${known.unit}.`,
      );
    }
    count = values.length;
    return { rule: known, values };
  };
  const watts = async (signal?: AbortSignal): Promise<number> =>
    (await devices(signal)).values.reduce((sum, { value }) => sum + value, 0);

  return {
    id,
    provenance: 'measured',
    get scope() {
      return rule?.scope ?? 'unknown';
    },
    get boundary() {
      return rule === null ? url.href : boundaryOf(rule, count);
    },
    get method() {
      return rule === null ? `read from ${url.href}` : methodOf(rule, isServer);
    },
    get remedy() {
      return isServer
        ? `read the exporter itself instead of Prometheus, which scrapes it every 15 to 60 s`
        : (rule?.remedy ?? "shorten the exporter's interval");
    },
    async read(signal): Promise<CounterReading> {
      if (poller !== null) {
        return await poller.read(signal);
      }
      const begun = now();
      const { rule: known, values } = await devices(signal);
      if (known.kind === 'power') {
        poller = pollPower({ watts, periodSeconds: options.powerPeriodSeconds, now });
        return await poller.read(signal);
      }
      const joules = total.add(values.map(({ device, value }) => ({ device, joules: value })));
      return { joules, seconds: (begun + now()) / 2 };
    },
    close: () => poller?.close(),
  };
}

function methodOf(rule: SeriesRule, isServer: boolean): string {
  const from = isServer ? `${rule.metric} through Prometheus` : rule.metric;
  return rule.kind === 'power' ? `power samples integrated (${from}, ${rule.unit})` : `counter ${from} (${rule.unit})`;
}
