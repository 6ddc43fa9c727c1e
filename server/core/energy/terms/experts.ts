/** Mixture of experts: how many experts a step reads, and how unevenly expert parallelism loads the GPUs. */

/**
 * Fraction of the routed experts that at least one of `tokens` tokens uses, 0 to 1, if each picks `expertsPerToken` of
 * `experts` at random: 1 - (1 - k/E)^tokens.
 */
export function expertCoverage(experts: number, expertsPerToken: number, tokens: number): number {
  if (experts <= 0) return 0;
  return 1 - Math.pow(1 - Math.min(1, expertsPerToken / experts), Math.max(0, tokens));
}

/**
 * Load of the busiest of `ranks` GPUs over the mean one, >= 1, when `count` items fall on them at random with mean
 * `count / ranks` each: 1 + sqrt(2 ln(ranks) / mean), the expected maximum of Poisson counts (normal approximation),
 * and at most `ranks` (all on one).
 */
export function busiestRankRatio(ranks: number, count: number): number {
  if (ranks <= 1 || count <= 0) return 1;
  return Math.min(ranks, 1 + Math.sqrt((2 * Math.log(ranks) * ranks) / count));
}
