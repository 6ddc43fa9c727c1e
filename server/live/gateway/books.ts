/** Brings requests, the counter and the ledger together: who runs, what each has cost, what is said of it. */
import { randomUUID } from 'node:crypto';
import {
  Ledger,
  type Account,
  type Entry,
  type LedgerLimits,
  type Outcome,
  type Window,
} from '../attribution/index.js';
import type { EnergyCounter } from '../counters/index.js';
import { energyField, type EnergyField } from './energyField.js';
import type { Family } from './metricsText.js';
import { ModelTotals, type RequestOutcome } from './modelTotals.js';
import { Records, type RequestRecord } from './records.js';
import { joinOutcomes } from './replyFacts.js';
import type { RequestFacts } from './requestFacts.js';

/** A request in the books. */
export interface Handle {
  readonly id: string;
  readonly entry: Entry;
  readonly model: string;
  readonly operation: string;
  readonly promptBytes: number;
  /** ISO 8601. */
  readonly started: string;
}

interface OpenHandle extends Handle {
  outcome: Outcome;
  pieces: number;
  result: RequestOutcome | null;
  /** What the metrics have of it already. */
  counted: Account;
}

/** What the books are kept with. */
export interface BooksOptions {
  readonly counter: Pick<EnergyCounter, 'boundary' | 'provenance' | 'method'>;
  /** Monotonic seconds, the counter's own clock. */
  readonly now: () => number;
  readonly limits: LedgerLimits;
  /** Requests that are kept for `GET /joulelens/requests/{id}`. */
  readonly maxRecords: number;
  /** How many requests run now. */
  readonly onLoad?: (running: number) => void;
}

const nothing: Account = { joules: 0, prefillJoules: 0, decodeJoules: 0 };

/** Bytes of JSON for one token of a prompt, before any request has said. */
const startingBytesPerToken = 4;
/** What a new ratio counts in a running mean. */
const freshness = 0.1;

/** See above. */
export class Books {
  private readonly ledger: Ledger;
  private readonly open = new Map<Entry, OpenHandle>();
  private readonly records: Records;
  private readonly models = new ModelTotals();
  private running = 0;
  private assignedJoules = 0;
  private bytesPerToken = startingBytesPerToken;
  private tokensPerPiece = 1;
  private settled = 0;
  private settleSeconds = 0;
  private lost = 0;

  constructor(private readonly options: BooksOptions) {
    this.ledger = new Ledger(options.limits);
    this.records = new Records(options.maxRecords);
  }

  /** Requests that run. */
  get runningRequests(): number {
    return this.running;
  }

  /** Whether anything runs or waits for the counter. */
  get isBusy(): boolean {
    return this.open.size > 0;
  }

  /** A request goes to the engine. */
  begin(facts: RequestFacts, operation: string): Handle {
    const guess = facts.promptBytes / this.bytesPerToken;
    const handle: OpenHandle = {
      id: randomUUID(),
      entry: this.ledger.begin(this.options.now(), guess, facts.streams),
      model: facts.model,
      operation,
      promptBytes: facts.promptBytes,
      started: new Date().toISOString(),
      outcome: {},
      pieces: 0,
      result: null,
      counted: nothing,
    };
    this.open.set(handle.entry, handle);
    this.options.onLoad?.(++this.running);
    return handle;
  }

  /** Pieces of the reply have arrived. */
  arrived({ entry }: Handle, pieces: number): void {
    const handle = this.open.get(entry);
    if (handle === undefined || handle.result !== null || pieces === 0) return;
    handle.pieces += pieces;
    this.ledger.arrived(entry, this.options.now(), pieces * this.tokensPerPiece);
  }

  /** The engine has said something about the request. */
  learn({ entry }: Handle, outcome: Outcome): void {
    const handle = this.open.get(entry);
    if (handle !== undefined && handle.result === null) handle.outcome = joinOutcomes(handle.outcome, outcome);
  }

  /** The engine is done with the request. Only the first call counts. */
  end({ entry }: Handle, result: RequestOutcome): void {
    const handle = this.open.get(entry);
    if (handle === undefined || handle.result !== null) return;
    handle.result = result;
    const { outcome, pieces } = handle;
    // An answer that is an error has made no use of its prompt, as far as anyone can see.
    if (result === 'error' && pieces === 0) entry.activity.guessPrompt(0);
    this.learnRatios(handle);
    const lost = this.ledger.end(entry, this.options.now(), outcome);
    this.options.onLoad?.(--this.running);
    this.models.addRequest({
      model: handle.model,
      operation: handle.operation,
      outcome: result,
      seconds: (entry.activity.end ?? entry.activity.start) - entry.activity.start,
      firstTokenSeconds: entry.activity.firstToken === null ? null : entry.activity.firstToken - entry.activity.start,
      tokensIn: Math.round(entry.activity.promptTokens),
      tokensCached: Math.round(entry.activity.cachedTokens),
      tokensOut: Math.round(entry.activity.replyTokens),
    });
    for (const each of lost) this.giveUp(each);
    this.settle();
  }

  /** The counter has stepped. */
  addWindow(window: Window): void {
    this.ledger.add(window);
    this.settle();
  }

  /** The figure of a request as far as it is known now. */
  energy({ id, entry }: Handle): EnergyField {
    const account = entry.isSettled ? entry.account : this.ledger.estimate(entry, this.options.now());
    return energyField(id, account, entry.isSettled, this.options.counter.provenance, this.method());
  }

  /** A request by its id. */
  record(id: string): RequestRecord | undefined {
    for (const handle of this.open.values()) {
      if (handle.id === id) return this.recordOf(handle, handle.result === null ? 'running' : 'waiting');
    }
    return this.records.get(id);
  }

  /** Everything that is counted, for Prometheus. */
  families(): Family[] {
    const { counterJoules, requestJoules, idleJoules, pendingJoules } = this.ledger.totals;
    const source = this.options.counter.provenance;
    const gauge = (name: string, help: string, value: number | null): Family => ({
      name,
      type: 'gauge',
      help,
      series: value === null ? [] : [{ labels: {}, value }],
    });
    const counter = (name: string, help: string, value: number, labels: Record<string, string> = {}): Family => ({
      name,
      type: 'counter',
      help,
      series: [{ labels, value }],
    });
    return [
      ...this.models.families(source),
      counter(
        'gen_ai_server_idle_energy_joules_total',
        'Energy while no request ran: idle power, measured in windows without any, times that time.',
        idleJoules,
        { source },
      ),
      counter(
        'joulelens_gateway_unassigned_energy_joules_total',
        'Energy of requests that were given up because too many waited for the counter.',
        Math.max(0, requestJoules - this.assignedJoules),
        { source },
      ),
      counter('joulelens_gateway_counter_energy_joules_total', 'What the counter has counted.', counterJoules, {
        source,
      }),
      gauge('joulelens_gateway_pending_energy_joules', 'Counted, and not shared out yet.', pendingJoules),
      gauge('joulelens_gateway_idle_power_watts', 'Power while no request runs.', this.ledger.idleWatts),
      gauge('gen_ai_server_requests_in_flight', 'Requests that run.', this.running),
      gauge(
        'joulelens_gateway_unsettled_requests',
        'Ended, and waiting for the counter.',
        this.open.size - this.running,
      ),
      counter('joulelens_gateway_settled_requests_total', 'Requests whose figure is settled.', this.settled),
      counter(
        'joulelens_gateway_lost_requests_total',
        'Requests without a settled figure: the counter had not stepped yet, started anew, or too many waited for it.',
        this.lost,
      ),
      counter(
        'joulelens_gateway_settle_lag_seconds_total',
        'Sum over settled requests of the time from their end to the settled figure.',
        this.settleSeconds,
      ),
      gauge(
        'joulelens_gateway_passes_per_step',
        'Token passes that weigh as much as one decode step of the batch.',
        1 / this.ledger.weights.passes,
      ),
    ];
  }

  /** The rule, in one sentence. */
  method(): string {
    const passes = Number((1 / this.ledger.weights.passes).toPrecision(2));
    const spans = this.ledger.fittedSpans;
    const { boundary, method } = this.options.counter;
    return (
      `share of ${boundary}${method === undefined ? '' : ` (${method})`}: each counter window by the tokens that requests had in it, ` +
      `one decode step of the batch weighing as much as ${passes} token passes ` +
      `(${spans < 10 ? 'by the ratio of arithmetic to memory traffic' : `fitted to ${spans} spans of the counter`}); idle apart`
    );
  }

  private settle(): void {
    const now = this.options.now();
    const settled = this.ledger.settle(now);
    for (const handle of this.open.values()) this.count(handle);
    for (const entry of settled) {
      const handle = this.open.get(entry);
      if (handle === undefined) continue;
      if (entry.isIncomplete) {
        this.giveUp(entry);
        continue;
      }
      this.settled++;
      this.settleSeconds += now - (entry.activity.end ?? now);
      this.open.delete(entry);
      this.records.put(this.recordOf(handle, 'settled'));
    }
  }

  /** Moves what was shared out since the last time into the totals. */
  private count(handle: OpenHandle): void {
    const { account } = handle.entry;
    const { counted } = handle;
    if (account === counted) return;
    this.models.addEnergy(handle.model, {
      prefillJoules: account.prefillJoules - counted.prefillJoules,
      decodeJoules: account.decodeJoules - counted.decodeJoules,
    });
    this.assignedJoules += account.joules - counted.joules;
    handle.counted = account;
  }

  private giveUp(entry: Entry): void {
    const handle = this.open.get(entry);
    if (handle === undefined) return;
    this.lost++;
    this.open.delete(entry);
    this.records.put(this.recordOf(handle, 'lost'));
  }

  /** What the engine said about sizes makes the next guesses better. */
  private learnRatios({ outcome, pieces, promptBytes }: OpenHandle): void {
    const { promptTokens, replyTokens } = outcome;
    if (promptTokens !== undefined && promptTokens > 0 && promptBytes > 0) {
      const ratio = Math.min(20, Math.max(0.5, promptBytes / promptTokens));
      this.bytesPerToken += freshness * (ratio - this.bytesPerToken);
    }
    if (replyTokens !== undefined && replyTokens > 1 && pieces > 1) {
      const ratio = Math.min(64, Math.max(0.1, replyTokens / pieces));
      this.tokensPerPiece += freshness * (ratio - this.tokensPerPiece);
    }
  }

  private recordOf(handle: OpenHandle, state: RequestRecord['state']): RequestRecord {
    const { entry, outcome } = handle;
    const { activity } = entry;
    return {
      id: handle.id,
      state,
      model: handle.model,
      operation: handle.operation,
      outcome: handle.result,
      started: handle.started,
      seconds: activity.end === null ? null : activity.end - activity.start,
      tokensIn: outcome.promptTokens ?? null,
      tokensCached: outcome.cachedTokens ?? null,
      tokensOut: outcome.replyTokens ?? null,
      energy: state === 'lost' ? null : this.energy(handle),
    };
  }
}
