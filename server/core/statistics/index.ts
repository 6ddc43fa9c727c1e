/** Statistics of measured runs. */
export { twoSidedP, twoSidedQuantile } from './studentT.js';
export {
  evenPairs,
  orderOf,
  pairedDifference,
  plannedLooks,
  SIGNIFICANCE,
  type Difference,
  type Look,
} from './pairedComparison.js';
