/** How fast the engine computes prompts, learned from when replies begin: it places a prefill within a queue. */

/** What is kept of older requests at each new one. */
const memory = 0.98;
/** Tokens that an engine takes as little time for as for one: launches and the first decode step are in every span. */
const leastTokens = 32;

/** Time a prompt token. */
export class PrefillRate {
  private seconds = 0;
  private tokens = 0;

  /** Null before the first request. */
  get secondsPerToken(): number | null {
    return this.tokens > 0 ? this.seconds / this.tokens : null;
  }

  /** @param seconds from the beginning of the reply before, or from the request's own start if that is later */
  learn(computedTokens: number, seconds: number): void {
    this.seconds = this.seconds * memory + Math.max(0, seconds);
    this.tokens = this.tokens * memory + Math.max(leastTokens, computedTokens);
  }
}
