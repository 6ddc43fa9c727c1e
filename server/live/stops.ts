/** Why a series ended early, in one line each. Pure. */
import type { LiveError } from './errors.js';
import type { MeasurePlan, Stopped } from './measureTypes.js';
import type { Meter } from './meters/meter.js';

/** The endpoint answered and no energy was in it. */
export function noEnergyStop(plan: MeasurePlan, url: string, meter: Meter): Stopped {
  const rest = plan.repeats > 1 ? `; the other ${plan.repeats - 1} runs were not sent` : '';
  return {
    reason: 'noEnergy',
    message: `${url}: replied, but reported no energy (meter "${meter.id}": body, chunks, comments, headers and trailers were searched)${rest}.`,
  };
}

/** The time is used up. */
export function budgetStop(plan: MeasurePlan, done: number): Stopped {
  return {
    reason: 'budget',
    message: `Stopped after ${done} of ${plan.repeats} runs: the budget of ${plan.budgetSeconds} s is used up.`,
  };
}

/** More runs would change little. */
export function preciseStop(plan: MeasurePlan, done: number): Stopped {
  return {
    reason: 'precise',
    message: `Enough after ${done} of ${plan.repeats} runs: the 95 % interval is within ${Number(((plan.stopWithin ?? 0) * 100).toPrecision(3))} % of the mean.`,
  };
}

/** The user cancelled, or a request or the meter failed. */
export function failureStop(error: LiveError, plan: MeasurePlan, done: number): Stopped {
  return error.code === 'cancelled'
    ? { reason: 'cancelled', message: `Cancelled after ${done} of ${plan.repeats} runs.`, error }
    : { reason: 'failed', message: `Stopped after ${done} of ${plan.repeats} runs: ${error.message}`, error };
}
