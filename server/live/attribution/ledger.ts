/**
 * The account of a counter: each of its windows goes to requests and to idle time, and nothing is lost or made.
 * Pure state: times come with each call.
 */
import { Activity, type Outcome } from './activity.js';
import { IdlePower } from './idlePower.js';
import { PrefillRate } from './prefillRate.js';
import { shareWindow, type Share, type Window } from './share.js';
import { weigh, WeightFit, type Terms } from './weights.js';

/** Limits of a ledger. */
export interface LedgerLimits {
  /** A window is shared out at the latest so long after its end, also where a request has not told all yet. */
  readonly patienceSeconds: number;
  /** Ended requests that wait for the counter; beyond it the oldest are put together. */
  readonly maxWaiting: number;
}

/** Patience for prompts that are still computed; a counter that is away for hours does not fill the memory. */
export const defaultLimits: LedgerLimits = { patienceSeconds: 30, maxWaiting: 5000 };

/** Joules of one request so far. */
export interface Account extends Share {
  readonly joules: number;
}

/** One request in the ledger. */
export interface Entry {
  readonly activity: Activity;
  readonly account: Account;
  /** All windows that it overlaps have been shared out. */
  readonly isSettled: boolean;
  /** Part of its time lies in no window: before the counter's first step, or where it started anew. */
  readonly isIncomplete: boolean;
}

/** Sums since the start, in joules. `requests` and `idle` add up to `counter`, but for windows not shared out yet. */
export interface Totals {
  readonly counterJoules: number;
  readonly requestJoules: number;
  readonly idleJoules: number;
  /** Windows of the counter still to be shared out. */
  readonly pendingJoules: number;
}

interface OpenEntry extends Entry {
  account: Account;
  isSettled: boolean;
  isIncomplete: boolean;
}

const nothing: Account = { joules: 0, prefillJoules: 0, decodeJoules: 0 };

/** See above. */
export class Ledger {
  private readonly open = new Set<OpenEntry>();
  private pending: Window[] = [];
  private readonly fit = new WeightFit();
  private readonly idle = new IdlePower();
  private counterJoules = 0;
  private requestJoules = 0;
  private idleJoules = 0;
  /** When the latest reply began. */
  private lastBeginning = -Infinity;
  private readonly prefillRate = new PrefillRate();
  private readonly prefillSpans = new WeakMap<Activity, number>();
  /** End of what has been shared out. */
  private settledTo = -Infinity;

  constructor(private readonly limits: LedgerLimits = defaultLimits) {}

  get totals(): Totals {
    const pendingJoules = this.pending.reduce((sum, { joules }) => sum + joules, 0);
    const { counterJoules, requestJoules, idleJoules } = this;
    return { counterJoules, requestJoules, idleJoules, pendingJoules };
  }

  /** Watts while no request runs; null where there was no such window yet. */
  get idleWatts(): number | null {
    return this.idle.watts;
  }

  get weights(): Terms {
    return this.fit.weights;
  }

  /** Spans of load that the weights were fitted to. */
  get fittedSpans(): number {
    return this.fit.spans;
  }

  /** Requests in flight or waiting for the counter. */
  get waiting(): number {
    return this.open.size;
  }

  /** A request goes to the engine. */
  begin(at: number, guessedPromptTokens = 0, streams = true): Entry {
    const activity = new Activity(at, guessedPromptTokens, streams);
    const entry: OpenEntry = { activity, account: nothing, isSettled: false, isIncomplete: false };
    this.open.add(entry);
    return entry;
  }

  /** Part of a reply has arrived: `tokens` of it, as far as can be seen. */
  arrived(entry: Entry, at: number, tokens: number): void {
    if (entry.activity.firstToken === null) {
      this.began(entry, at);
    }
    entry.activity.arrived(at, tokens);
  }

  /** The request is over. Returns older ones that are given up: too many wait, and their energy goes into one sum. */
  end(entry: Entry, at: number, outcome: Outcome = {}): readonly Entry[] {
    const { activity } = entry;
    activity.finish(at, outcome);
    const span = this.prefillSpans.get(activity);
    if (span !== undefined) {
      this.prefillRate.learn(activity.computedTokens, span);
      activity.assumePrefill(activity.computedTokens * this.prefillRate.secondsPerToken!);
    }
    return this.open.size > this.limits.maxWaiting ? this.putTogether() : [];
  }

  /** The counter has stepped. Windows come in order and do not overlap. */
  add(window: Window): void {
    if (!(window.to > window.from) || !(window.joules >= 0)) {
      return;
    }
    this.counterJoules += window.joules;
    this.pending.push(window);
  }

  /** Shares out what can be shared out, and returns the requests that are done by it: settled, or incomplete. */
  settle(now: number): Entry[] {
    for (let window = this.pending[0]; window !== undefined && this.isReady(window, now); window = this.pending[0]) {
      this.pending.shift();
      this.shareOut(window);
    }
    const settled = [...this.open].filter(({ activity }) => activity.end !== null && activity.end <= this.settledTo);
    for (const entry of settled) {
      this.open.delete(entry);
      entry.isSettled = !entry.isIncomplete;
    }
    return settled;
  }

  /**
   * The joules of a request before its windows are shared out: what has been, and its share of the rest as if that were
   * one window, with what the counter has said of it, and where it has not, what the same work took lately. Null where
   * there is nothing yet that an estimate could rest on.
   */
  estimate({ activity, account }: Entry, now: number): Account | null {
    const end = activity.end ?? now;
    const around = [...this.open].map((each) => each.activity).filter((each) => each.overlaps(activity.start, end));
    const windows = this.pending.filter(({ from, to }) => activity.overlaps(from, to) && from < end);
    const from = windows[0]?.from ?? Math.max(this.settledTo, activity.start);
    const reached = windows.at(-1)?.to ?? from;
    const perWeight = this.fit.joulesPerWeight;
    let joules = windows.reduce((sum, window) => sum + window.joules, 0);
    if (reached < end && perWeight !== null) {
      const { terms } = shareWindow({ from: reached, to: end, joules: 1 }, around, this.fit.weights, null);
      joules += perWeight * weigh(terms, this.fit.weights);
    }
    const to = Math.max(reached, end);
    const share =
      to > from && joules > 0
        ? shareWindow({ from, to, joules }, around, this.fit.weights, this.idle.watts).shares[around.indexOf(activity)]
        : undefined;
    const isKnown = account.joules > 0 || windows.length > 0 || perWeight !== null;
    return isKnown ? plus(account, share ?? { prefillJoules: 0, decodeJoules: 0 }) : null;
  }

  /** A reply begins: until the one before it began, the engine was at other prompts. */
  private began(entry: Entry, at: number): void {
    const { activity } = entry;
    this.prefillSpans.set(activity, at - Math.max(activity.start, this.lastBeginning));
    if (this.prefillRate.secondsPerToken !== null) {
      activity.assumePrefill(activity.computedTokens * this.prefillRate.secondsPerToken);
    }
    for (const each of this.open) {
      each.activity.queued(this.lastBeginning);
    }
    this.lastBeginning = at;
  }

  private isReady(window: Window, now: number): boolean {
    if (now - window.to >= this.limits.patienceSeconds) {
      return true;
    }
    for (const { activity } of this.open) {
      if (activity.isOpenIn(window.from, window.to)) {
        return false;
      }
    }
    return true;
  }

  private shareOut(window: Window): void {
    this.markGap(this.settledTo, window.from);
    const around = [...this.open].filter(({ activity }) => activity.overlaps(window.from, window.to));
    const activities = around.map(({ activity }) => activity);
    const { idleJoules, shares, terms } = shareWindow(window, activities, this.fit.weights, this.idle.watts);
    around.forEach((entry, index) => {
      entry.account = plus(entry.account, shares[index]!);
      entry.activity.forget(window.to);
    });
    if (around.length === 0) {
      this.idle.learn(window.joules, window.to - window.from);
    } else {
      this.fit.learn(terms, window.joules - idleJoules, window.to - window.from);
    }
    this.idleJoules += idleJoules;
    this.requestJoules += window.joules - idleJoules;
    this.settledTo = window.to;
  }

  /** Between two windows the counter was not followed: what requests used there is not known. */
  private markGap(from: number, to: number): void {
    for (const entry of this.open) {
      if (to > from && entry.activity.overlaps(from, to)) entry.isIncomplete = true;
    }
  }

  /** One entry in place of the older half of those that have ended: their energy stays counted, as one. */
  private putTogether(): readonly Entry[] {
    const ended = [...this.open].filter(({ activity }) => activity.end !== null);
    const older = ended.slice(0, Math.ceil(ended.length / 2));
    const first = older[0];
    if (first === undefined || older.length < 2) {
      return [];
    }
    const activities = older.map(({ activity }) => activity);
    const sum = (of: (activity: Activity) => number): number => activities.reduce((total, each) => total + of(each), 0);
    const start = Math.min(...activities.map((each) => each.start));
    const activity = new Activity(start);
    activity.finish(Math.max(...activities.map(({ end }) => end ?? start)), {
      promptTokens: sum((each) => each.promptTokens),
      cachedTokens: sum((each) => each.cachedTokens),
      replyTokens: sum((each) => each.replyTokens),
    });
    for (const entry of older) {
      this.open.delete(entry);
    }
    const account = older.reduce<Account>((total, each) => plus(total, each.account), nothing);
    this.open.add({ activity, account, isSettled: false, isIncomplete: true });
    return older;
  }
}

function plus(account: Account, share: Share): Account {
  const prefillJoules = account.prefillJoules + share.prefillJoules;
  const decodeJoules = account.decodeJoules + share.decodeJoules;
  return { joules: prefillJoules + decodeJoules, prefillJoules, decodeJoules };
}
