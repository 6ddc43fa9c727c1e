/** Token counts that a log states in words. */
import type { ReportedTokens } from '../model.js';

export const NOTHING_REPORTED: ReportedTokens = {};

/** `1,234` as a number; null for none. */
export function wholeNumber(digits: string | undefined): number | null {
  const value = digits === undefined || digits === '' ? NaN : Number(digits.replaceAll(',', ''));
  return Number.isSafeInteger(value) ? value : null;
}
