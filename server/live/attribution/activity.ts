/** What one request did and when: all that its share of the energy is worked out from. Seconds of one clock. */

/** Entries of a timeline before neighbours are joined: bounds the memory of a reply that never ends. */
const maxEntries = 4096;

/** Tokens of the reply that arrived at one time, computed since the time before. */
interface Arrival {
  readonly since: number;
  readonly at: number;
  readonly tokens: number;
}

/** What a request asked of the engine between two times. */
export interface Work {
  /** Prompt tokens computed; those found in a cache are none. */
  readonly prefillTokens: number;
  /** Mean context that each of them attends to. */
  readonly prefillContext: number;
  /** Reply tokens computed. The first one comes out of prefill and is none of them. */
  readonly decodeTokens: number;
  /** Sum over the decoded tokens of the context that each of them read. */
  readonly contextTokens: number;
  /** Time with the request in decode. */
  readonly decodeSeconds: number;
  /** Time with the request in flight. */
  readonly seconds: number;
}

/** What is known of a request when it ends. */
export interface Outcome {
  /** All tokens of the prompt. */
  readonly promptTokens?: number | undefined;
  /** Those of them that a prefix cache served. */
  readonly cachedTokens?: number | undefined;
  /** All tokens of the reply. */
  readonly replyTokens?: number | undefined;
  /** The server's own time of prefill, without its queue. */
  readonly prefillSeconds?: number | undefined;
}

/** Time of one prompt token in that of one decoded token, for replies that came in one piece. See `weights.ts`. */
const prefillTimeRatio = 1 / 130;

/** Tokens a second of a reply that nothing has been seen of yet. */
const unseenTokensPerSecond = 30;

/** A request in flight or just ended. */
export class Activity {
  private arrivals: Arrival[] = [];
  private seenTokens = 0;
  private outcome: Outcome = {};
  /** Until then the engine was at the prompts of others, as far as is known. */
  private queuedUntil: number;
  private assumedPrefillSeconds: number | null = null;
  private firstTokenAt: number | null = null;
  private endedAt: number | null = null;

  constructor(
    /** When the request went to the engine. */
    readonly start: number,
    /** Prompt tokens as far as they are known before the engine says. */
    private guessedPromptTokens = 0,
    /** Whether the reply arrives as it is made. */
    readonly streams = true,
  ) {
    this.queuedUntil = start;
  }

  get firstToken(): number | null {
    return this.firstTokenAt;
  }

  get end(): number | null {
    return this.endedAt;
  }

  get promptTokens(): number {
    return this.outcome.promptTokens ?? this.guessedPromptTokens;
  }

  get cachedTokens(): number {
    return Math.min(this.outcome.cachedTokens ?? 0, this.promptTokens);
  }

  /** Prompt tokens that no cache served. */
  get computedTokens(): number {
    return this.promptTokens - this.cachedTokens;
  }

  /** As the engine says, else as they were seen to arrive. */
  get replyTokens(): number {
    return this.outcome.replyTokens ?? this.seenTokens;
  }

  /** Replaces the guess that the request was opened with. */
  guessPrompt(tokens: number): void {
    this.guessedPromptTokens = tokens;
  }

  /**
   * Engines compute prompts in the order of their arrival: while the reply has not begun, another one's beginning says
   * that this prompt had still to wait.
   */
  queued(until: number): void {
    if (this.streams && this.firstTokenAt === null) {
      this.queuedUntil = Math.max(this.queuedUntil, until);
    }
  }

  /** How long its prompt must have taken, where the server does not say. */
  assumePrefill(seconds: number): void {
    this.assumedPrefillSeconds = seconds;
  }

  /** Part of the reply has arrived. */
  arrived(at: number, tokens: number): void {
    this.seenTokens += tokens;
    if (this.firstTokenAt === null) {
      this.firstTokenAt = at;
      this.add({ since: at, at, tokens: Math.max(0, tokens - 1) });
      return;
    }
    this.add({ since: this.arrivals.at(-1)?.at ?? this.firstTokenAt, at, tokens });
  }

  /** The request is over. Counts that differ from what was seen stretch what was seen. */
  finish(at: number, outcome: Outcome = {}): void {
    this.endedAt = at;
    this.outcome = outcome;
    const { replyTokens } = outcome;
    if (replyTokens !== undefined && this.seenTokens > 1 && replyTokens > 1) {
      const factor = (replyTokens - 1) / (this.seenTokens - 1);
      this.arrivals = this.arrivals.map((each) => ({ ...each, tokens: each.tokens * factor }));
    }
  }

  /** Forgets arrivals up to a time whose energy has been shared out. */
  forget(upTo: number): void {
    // The last one stays: the next one's time starts there.
    const keep = this.arrivals.findIndex(({ at }) => at > upTo);
    this.arrivals = keep < 0 ? this.arrivals.slice(-1) : this.arrivals.slice(Math.max(0, keep - 1));
  }

  /** Whether the request was in flight at some time of a window. */
  overlaps(from: number, to: number): boolean {
    return this.start < to && (this.endedAt === null || this.endedAt > from);
  }

  /** Whether more may still be learned of what it did in a window: how much prefill, or of a reply in one piece. */
  isOpenIn(from: number, to: number): boolean {
    return this.endedAt === null && this.queuedUntil < to && (this.firstTokenAt === null || this.firstTokenAt > from);
  }

  /** Work between two times. */
  within(from: number, to: number): Work {
    const end = this.endedAt ?? Math.max(to, this.start);
    const first = this.firstTokenAt ?? this.assumedFirstToken(end);
    const prefillSeconds = this.outcome.prefillSeconds ?? this.assumedPrefillSeconds ?? Infinity;
    const prefillStart = Math.max(
      this.firstTokenAt === null ? Math.min(this.queuedUntil, first) : this.start,
      first - prefillSeconds,
    );
    const computed = this.computedTokens;
    const decodeSeconds = overlap(first, end, from, to);
    const decodeTokens = this.decodedWithin(from, to, first, end);
    const produced = this.replyTokens * portion(first, end, first, (Math.max(from, first) + Math.min(to, end)) / 2);
    return {
      prefillTokens: computed * portion(prefillStart, first, from, to),
      prefillContext: this.cachedTokens + computed / 2,
      decodeTokens,
      contextTokens: decodeTokens * (this.promptTokens + produced),
      decodeSeconds,
      seconds: overlap(this.start, end, from, to),
    };
  }

  private decodedWithin(from: number, to: number, first: number, end: number): number {
    if (this.firstTokenAt === null) {
      const tokens = this.endedAt === null ? (end - first) * unseenTokensPerSecond : Math.max(0, this.replyTokens - 1);
      return tokens * portion(first, end, from, to);
    }
    let sum = 0;
    for (const { since, at, tokens } of this.arrivals) {
      if (since > to) {
        break;
      }
      sum += tokens * portion(since, at, from, to);
    }
    return sum;
  }

  /** A reply in one piece: prefill and decode take their parts of the time. */
  private assumedFirstToken(end: number): number {
    const prefill = this.computedTokens * prefillTimeRatio;
    if (this.endedAt === null) {
      if (this.streams) {
        return end;
      }
      return Math.min(end, this.start + prefill / unseenTokensPerSecond);
    }
    const decode = Math.max(0, this.replyTokens - 1);
    return decode === 0 ? end : this.start + ((end - this.start) * prefill) / (prefill + decode);
  }

  private add(arrival: Arrival): void {
    this.arrivals.push(arrival);
    if (this.arrivals.length > maxEntries) {
      this.arrivals = joinPairs(this.arrivals);
    }
  }
}

function joinPairs(arrivals: readonly Arrival[]): Arrival[] {
  return arrivals.flatMap((each, index) => {
    const next = arrivals[index + 1];
    if (index % 2 === 1) {
      return [];
    }
    return [next === undefined ? each : { since: each.since, at: next.at, tokens: each.tokens + next.tokens }];
  });
}

/** Length of what two spans have in common. */
export function overlap(aFrom: number, aTo: number, bFrom: number, bTo: number): number {
  return Math.max(0, Math.min(aTo, bTo) - Math.max(aFrom, bFrom));
}

/** The part of a span that lies in a window; a span without length lies where its end is. */
function portion(spanFrom: number, spanTo: number, from: number, to: number): number {
  if (spanTo <= spanFrom) {
    return spanTo > from && spanTo <= to ? 1 : 0;
  }
  return overlap(spanFrom, spanTo, from, to) / (spanTo - spanFrom);
}
