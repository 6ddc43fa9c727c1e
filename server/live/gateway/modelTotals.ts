/** What has been counted of each model since the start. The number of models that are told apart is bounded. */
import type { Account } from '../attribution/index.js';
import { Histogram, type Family, type Series } from './metricsText.js';

/** Models beyond are put together: a client may write anything as a model's name. */
const maxModels = 100;
const others = 'other';

/** Bounds that OpenTelemetry's conventions advise for these two, in seconds. */
const firstTokenBounds = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const durationBounds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/** How a request ended. */
export type RequestOutcome = 'ok' | 'error' | 'cancelled';

/** A request that has ended. */
export interface EndedRequest {
  readonly model: string;
  readonly operation: string;
  readonly outcome: RequestOutcome;
  readonly seconds: number;
  readonly firstTokenSeconds: number | null;
  readonly tokensIn: number;
  readonly tokensCached: number;
  readonly tokensOut: number;
}

interface Total {
  prefillJoules: number;
  decodeJoules: number;
  tokensIn: number;
  tokensCached: number;
  tokensOut: number;
  /** By operation and outcome. */
  readonly requests: Map<string, number>;
  readonly firstToken: Histogram;
  readonly duration: Histogram;
}

/** Totals by model. */
export class ModelTotals {
  private readonly totals = new Map<string, Total>();

  /** Adds energy. */
  addEnergy(model: string, { prefillJoules, decodeJoules }: Pick<Account, 'prefillJoules' | 'decodeJoules'>): void {
    const total = this.of(model);
    total.prefillJoules += prefillJoules;
    total.decodeJoules += decodeJoules;
  }

  /** Counts a request. */
  addRequest(request: EndedRequest): void {
    const total = this.of(request.model);
    const key = `${request.operation}\n${request.outcome}`;
    total.requests.set(key, (total.requests.get(key) ?? 0) + 1);
    total.tokensIn += request.tokensIn;
    total.tokensCached += request.tokensCached;
    total.tokensOut += request.tokensOut;
    total.duration.observe(request.seconds);
    if (request.firstTokenSeconds !== null) total.firstToken.observe(request.firstTokenSeconds);
  }

  /** @param source what the joules are: `measured`, `estimated`, `simulated` */
  families(source: string): Family[] {
    const each = (series: (total: Total, model: { gen_ai_request_model: string }) => readonly Series[]): Series[] =>
      [...this.totals].flatMap(([model, total]) => series(total, { gen_ai_request_model: model }));
    return [
      {
        name: 'gen_ai_server_energy_joules_total',
        type: 'counter',
        help: 'Energy of requests by the attribution rule, in joules, by model and phase.',
        series: each((total, model) => [
          { labels: { ...model, phase: 'prefill', source }, value: total.prefillJoules },
          { labels: { ...model, phase: 'decode', source }, value: total.decodeJoules },
        ]),
      },
      {
        name: 'gen_ai_server_requests_total',
        type: 'counter',
        help: 'Requests that have ended.',
        series: each((total, model) =>
          [...total.requests].map(([key, value]) => {
            const [operation = '', outcome = ''] = key.split('\n');
            return { labels: { ...model, gen_ai_operation_name: operation, outcome }, value };
          }),
        ),
      },
      {
        name: 'gen_ai_server_tokens_total',
        type: 'counter',
        help: 'Tokens of requests that have ended. Cached ones are among the input.',
        series: each((total, model) => [
          { labels: { ...model, gen_ai_token_type: 'input' }, value: total.tokensIn },
          { labels: { ...model, gen_ai_token_type: 'cached' }, value: total.tokensCached },
          { labels: { ...model, gen_ai_token_type: 'output' }, value: total.tokensOut },
        ]),
      },
      {
        name: 'gen_ai_server_time_to_first_token_seconds',
        type: 'histogram',
        help: 'From the request to the first piece of a streamed reply.',
        series: each((total, model) => total.firstToken.series(model)),
      },
      {
        name: 'gen_ai_server_request_duration_seconds',
        type: 'histogram',
        help: 'From the request to the end of the reply.',
        series: each((total, model) => total.duration.series(model)),
      },
    ];
  }

  private of(model: string): Total {
    const known = this.totals.get(model);
    if (known !== undefined) return known;
    const name = this.totals.size < maxModels ? model : others;
    const total = this.totals.get(name) ?? newTotal();
    this.totals.set(name, total);
    return total;
  }
}

function newTotal(): Total {
  return {
    prefillJoules: 0,
    decodeJoules: 0,
    tokensIn: 0,
    tokensCached: 0,
    tokensOut: 0,
    requests: new Map(),
    firstToken: new Histogram(firstTokenBounds),
    duration: new Histogram(durationBounds),
  };
}
