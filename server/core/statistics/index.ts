/** Statistics of measured runs. */
export { mean } from './mean.js';
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
export { comparisonNotes, differenceText, signedJoules, verdictText, type ComparisonFacts } from './verdict.js';
