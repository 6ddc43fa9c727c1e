/** Energy in the answers of endpoints. */
export { extractorForm, parseExtractor } from './configured.js';
export { extractEnergy, type EnergyContext, type Extraction } from './extract.js';
export { extractorRules, type ExtractorRule, type FieldRule } from './table.js';
export { joulesPerUnit, toJoules, type EnergyUnit } from '../units.js';
