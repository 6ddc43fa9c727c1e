/** All network of Joule Lens: what the language server and the command line may use. */
export { chat } from './chat.js';
export type { ChatExchange, ChatMessage, ChatOptions, ChatRequest, Usage } from './chatTypes.js';
export { parseBaseUrl, timeoutsFor, travelsInClear, type Endpoint, type Timeouts } from './endpoint.js';
export type { EnergyReading, Provenance, Scope } from './energyReading.js';
export {
  counterForms,
  counterPresets,
  createCounter,
  createSimulatedCounter,
  pretendedWatts,
  type CounterOptions,
  type CounterPreset,
  type CounterReading,
  type EnergyCounter,
  type SimulatedCounter,
  type SimulatedOptions,
} from './counters/index.js';
export { LiveError, type LiveErrorCode, type LiveErrorDetails } from './errors.js';
export { compare, type CompareOptions, type CompareOutcome } from './compare.js';
export {
  extractEnergy,
  extractorForm,
  extractorRules,
  parseExtractor,
  type ExtractorRule,
  type Extraction,
} from './extractors/index.js';
export {
  parseUpstream,
  startGateway,
  type Gateway,
  type GatewayEvent,
  type GatewayOptions,
  type Upstream,
} from './gateway/index.js';
export { measure } from './measure.js';
export type {
  Measured,
  MeasuredRun,
  MeasureHooks,
  MeasureOutcome,
  MeasurePlan,
  MeasureProgress,
  Stopped,
} from './measureTypes.js';
export { counterMeter, type CounterMeterOptions } from './meters/counterMeter.js';
export type { Meter, MeterContext, MeterResult, MeterRun } from './meters/meter.js';
export { availableMeters, createMeter, type MeterOptions } from './meters/registry.js';
export { chooseModel, listModels, resolveModel, type ModelChoice, type ServedModel } from './models.js';
export { createSampler, findLoadProbe, loadGauges, type Sampler, type SamplerOptions } from './sampling/index.js';
export {
  findTokenizer,
  type EndpointTokenizer,
  type FoundTokenizer,
  type TokenizeMessage,
  type TokenizerKind,
} from './tokenize.js';
export { redactorFor } from './redact.js';
export { hashRequest } from './requestHash.js';
