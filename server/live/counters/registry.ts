/** Counters by the words of the command line. */
import { commandCounter, splitCommand } from './command.js';
import type { EnergyCounter } from './counter.js';
import { nvidiaSmiCounter } from './nvidiaSmi.js';
import { prometheusCounter } from './prometheusCounter.js';
import { raplCounter } from './rapl.js';
import { parseChoice } from './selector.js';
import { createSimulatedCounter } from './simulated.js';
import { trtllmCounter } from './trtllm.js';
import { zeusdCounter, type ZeusdDevices } from './zeusd.js';

/** The world that counters live in; tests put their own in place. */
export interface CounterOptions {
  /** `JOULELENS_METER_TOKEN` is sent to the meter's own server as a bearer token. Child processes see the rest. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Limit of one reading in seconds. */
  readonly timeoutSeconds?: number;
  /** `/sys/class/powercap` where not given. */
  readonly powercapRoot?: string;
  /** Program and first arguments in place of `nvidia-smi`. */
  readonly nvidiaSmi?: readonly string[];
  /** How often a source of power is asked, in seconds. */
  readonly powerPeriodSeconds?: number;
  /** Monotonic seconds. */
  readonly now?: () => number;
}

/** How a METER is written, for help and messages. */
export const counterForms: readonly string[] = [
  'nvml[:0,1]',
  'rapl',
  'zeusd:URL[#0,1|#cpu]',
  'prometheus:URL[#metric,unit]',
  'trtllm:URL',
  'command:CMD',
  'simulated',
];

/** The counter of a METER such as `prometheus:http://gpu1:9400/metrics`. On anything else one sentence that says what is wrong. */
export function createCounter(
  meter: string,
  options: CounterOptions = {},
): { readonly counter: EnergyCounter } | { readonly problem: string } {
  const env = options.env ?? {};
  const now = options.now ?? (() => performance.now() / 1000);
  const timeoutSeconds = options.timeoutSeconds ?? 10;
  const powerPeriodSeconds = options.powerPeriodSeconds ?? 0.25;
  const token = env['JOULELENS_METER_TOKEN'];
  const colon = meter.indexOf(':');
  const kind = colon < 0 ? meter : meter.slice(0, colon);
  const rest = colon < 0 ? '' : meter.slice(colon + 1);
  const problem = (text: string): { readonly problem: string } => ({ problem: `Meter "${meter}": ${text}.` });

  switch (kind) {
    case 'nvml': {
      const gpus = indices(rest);
      if (gpus === 'wrong' || (rest === '' && colon >= 0)) {
        return problem('after nvml: come the indices of GPUs, such as nvml:0,1');
      }
      const command = options.nvidiaSmi ?? ['nvidia-smi'];
      return {
        counter: nvidiaSmiCounter({ id: meter, gpus, command, env, periodMilliseconds: 100, timeoutSeconds, now }),
      };
    }
    case 'rapl':
      return rest === ''
        ? { counter: raplCounter(meter, options.powercapRoot ?? '/sys/class/powercap', now) }
        : problem('rapl takes nothing after it');
    case 'zeusd': {
      const [where = '', fragment] = splitFragment(rest);
      const devices = zeusdDevices(fragment);
      const server = socketOrUrl(where);
      if (devices === null) {
        return problem('after # come GPU indices such as #0,1, or #cpu');
      }
      return 'problem' in server
        ? problem(server.problem)
        : { counter: zeusdCounter({ id: meter, address: { ...server, token, timeoutSeconds }, devices, now }) };
    }
    case 'prometheus': {
      const [where = '', fragment] = splitFragment(rest);
      const url = meterUrl(where, '/metrics');
      if ('problem' in url) {
        return problem(url.problem);
      }
      const choice = fragment === undefined ? null : parseChoice(fragment);
      return choice !== null && 'problem' in choice
        ? problem(choice.problem)
        : {
            counter: prometheusCounter({
              id: meter,
              url: url.url,
              choice,
              token,
              timeoutSeconds,
              powerPeriodSeconds,
              now,
            }),
          };
    }
    case 'trtllm': {
      const url = meterUrl(rest, '/energy_metrics');
      return 'problem' in url
        ? problem(url.problem)
        : { counter: trtllmCounter(meter, { url: url.url, token, timeoutSeconds }, now) };
    }
    case 'command': {
      const argv = splitCommand(rest);
      return argv === null || argv.length === 0 || argv[0] === ''
        ? problem(argv === null ? 'a quote is not closed' : 'after command: comes a program and its arguments')
        : { counter: commandCounter({ id: meter, argv, env, timeoutSeconds, powerPeriodSeconds, now }) };
    }
    case 'simulated':
      return rest === '' ? { counter: createSimulatedCounter({ now }) } : problem('simulated takes nothing after it');
    default:
      return problem(`not known; there are ${counterForms.join(', ')}`);
  }
}

function indices(text: string): readonly number[] | null | 'wrong' {
  if (text === '') {
    return null;
  }
  return /^\d{1,4}(,\d{1,4})*$/.test(text) ? text.split(',').map(Number) : 'wrong';
}

/** At the first `#` that does not stand in a path of its own: what comes after it may hold anything. */
function splitFragment(text: string): [string, string | undefined] {
  const hash = text.indexOf('#');
  return hash < 0 ? [text, undefined] : [text.slice(0, hash), text.slice(hash + 1)];
}

function zeusdDevices(fragment: string | undefined): ZeusdDevices | null {
  if (fragment === 'cpu') {
    return { kind: 'cpu', ids: null };
  }
  const ids = indices(fragment ?? '');
  return ids === 'wrong' || fragment === '' ? null : { kind: 'gpu', ids };
}

/** `http://host:4938`, `unix:/run/zeusd/zeusd.sock` or the path alone. */
function socketOrUrl(text: string): { readonly url: URL; readonly socketPath?: string } | { readonly problem: string } {
  const path = /^(?:unix:(?:\/\/)?)?(\/.+)$/.exec(text)?.[1];
  return path === undefined ? meterUrl(text, '') : { url: new URL('http://localhost/'), socketPath: path };
}

function meterUrl(text: string, path: string): { readonly url: URL } | { readonly problem: string } {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return { problem: `"${text}" is not a URL; write it as http://host:port` };
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { problem: 'the URL must start with http:// or https://' };
  }
  if (url.username !== '' || url.password !== '') {
    return { problem: 'leave user name and password out of the URL; a token comes from JOULELENS_METER_TOKEN' };
  }
  if ((url.pathname === '/' || url.pathname === '') && path !== '') {
    url.pathname = path;
  }
  return { url };
}
