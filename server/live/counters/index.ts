/** Energy counters beside endpoints. */
export type { CounterReading, EnergyCounter } from './counter.js';
export { counterPresets, type CounterPreset } from './presets.js';
export { counterForms, createCounter, type CounterOptions } from './registry.js';
export { createSimulatedCounter, pretendedWatts, type SimulatedCounter, type SimulatedOptions } from './simulated.js';
