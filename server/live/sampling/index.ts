/** Edge-aligned windows on counters, idle baselines, and the engine's own load. */
export { processClock, type Clock } from './clock.js';
export { createLoadWatch, type LoadWatch } from './loadWatch.js';
export { findLoadProbe, loadGauges, type Load, type LoadGauges, type LoadProbe } from './loadProbe.js';
export { splitPhases, type PhaseJoules, type RequestTimes } from './phases.js';
export {
  createSampler,
  type IdleBaseline,
  type Sampler,
  type SamplerOptions,
  type SampleWindow,
  type WindowResult,
} from './sampler.js';
export type { Stepping } from './ticks.js';
