/** How replies of different length share a batch: continuous batching keeps the long ones longer, static batches pad. */

/**
 * Variance over squared mean of the reply lengths that run together, given their mean: about 1 for chat, less for long
 * reasoning, where every reply is long. Log-linear between 1,000 and 8,000 tokens; ends from the published histograms of
 * ML.ENERGY v3 (chat 0.8 to 1.2, reasoning 0.3 to 0.6).
 */
export function replySpread(meanTokens: number): number {
  const fall = Math.log(Math.max(meanTokens, 1) / 1000) / Math.log(8);
  return 1 - 0.6 * Math.min(1, Math.max(0, fall));
}

/**
 * Expected maximum of `count` standard normal values, 0 for one: how far padding reaches beyond the mean.
 * Blom's approximation of normal order statistics, within 0.02 of the exact values for 1 to 1,000.
 */
export function expectedMaximum(count: number): number {
  if (count <= 1) return 0;
  const p = (count - 0.375) / (count + 0.25);
  // Quantile of the normal distribution by Hastings (Abramowitz and Stegun 26.2.23), error below 4.5e-4.
  const t = Math.sqrt(-2 * Math.log(1 - p));
  const quantile =
    t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t);
  return Math.max(0, quantile) * Math.min(1, count - 1);
}
