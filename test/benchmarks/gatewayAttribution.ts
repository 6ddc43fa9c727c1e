/** Attribution against a simulated engine that knows each request's true joules: devices, loads and counters. */
import { attributionError, type CounterShape } from '../support/gateway/attributionError.js';
import { cpu1b, gpu70b, gpu8b, simulate, type Hardware, type Load } from '../support/gateway/simulatedEngine.js';
import type { Row } from './figures.js';

const chat: Load = {
  name: 'chat',
  seconds: 300,
  rate: 4,
  busySeconds: 60,
  silentSeconds: 15,
  medianPrompt: 600,
  medianReply: 200,
  cachedShare: 0.3,
  wholeShare: 0.1,
};
const heavy: Load = { ...chat, name: 'chat, heavy', rate: 12, seconds: 150 };
const light: Load = { ...chat, name: 'chat, light', rate: 0.3, seconds: 600 };
const documents: Load = { ...chat, name: 'long prompts, short replies', medianPrompt: 3000, medianReply: 60 };
const whole: Load = { ...chat, name: 'no streams', wholeShare: 1 };

const nvml: CounterShape = { stepSeconds: 0.1, jitterSeconds: 0.01, quantumJoules: 0.001 };
const second: CounterShape = { stepSeconds: 1, jitterSeconds: 0.01, quantumJoules: 0.001 };

const cases: readonly (readonly [hardware: Hardware, load: Load, counter: CounterShape])[] = [
  [gpu8b, chat, nvml],
  [gpu8b, chat, second],
  [gpu8b, light, second],
  [gpu8b, heavy, nvml],
  [gpu8b, documents, nvml],
  [gpu8b, documents, second],
  [gpu8b, whole, nvml],
  [gpu70b, { ...chat, rate: 1.6 }, nvml],
  [gpu70b, { ...documents, rate: 1.6 }, second],
  [cpu1b, { ...light, rate: 0.05, seconds: 1200 }, second],
];

/** Shown, without a bound: prompts wait for minutes, and nothing says when each was computed. */
const overloaded: (typeof cases)[number] = [cpu1b, { ...chat, name: 'far too much of it', rate: 0.6 }, second];

const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;

/** Rows of all cases: the median error and the bias must hold in each but the last. */
export function gatewayAttribution(): Row[] {
  return [...cases, overloaded].flatMap((each): Row[] => {
    const [hardware, load, counter] = each;
    const error = attributionError(simulate(hardware, load, 3), counter);
    const what = `attribution: ${hardware.name}, ${load.name}, counter steps each ${counter.stepSeconds} s`;
    const figure = `${error.requests} requests, estimates at their end ${percent(error.medianEstimate)}, idle ${percent(error.idle)}, settled after ${error.medianLagSeconds.toFixed(1)} s`;
    if (each === overloaded) {
      return [
        { what, figure: `median error ${percent(error.medianAbsolute)}, bias ${percent(error.bias)}; ${figure}` },
      ];
    }
    return [
      {
        what,
        figure: `median error ${percent(error.medianAbsolute)}; ${figure}`,
        ratio: { actual: error.medianAbsolute, limit: 0.15, of: 'median error' },
      },
      {
        what: '',
        figure: `bias ${percent(error.bias)}`,
        ratio: { actual: Math.abs(error.bias), limit: 0.03, of: 'bias' },
      },
      {
        what: '',
        figure: `requests + idle against the counter: ${error.balance.toExponential(1)}`,
        ratio: { actual: error.balance, limit: 1e-9, of: 'balance' },
      },
    ];
  });
}
