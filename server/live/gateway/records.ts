/** The latest requests with their figures, for `GET /joulelens/requests/{id}`. Bounded; no prompt, no reply, no key. */
import type { EnergyField } from './energyField.js';

/** One request. */
export interface RequestRecord {
  readonly id: string;
  /** `running`, `waiting` for the counter, `settled`, or `lost`: the counter did not cover all of it, or too many waited. */
  readonly state: 'running' | 'waiting' | 'settled' | 'lost';
  readonly model: string;
  readonly operation: string;
  /** `ok`, `error` or `cancelled`; null while it runs. */
  readonly outcome: string | null;
  /** ISO 8601. */
  readonly started: string;
  readonly seconds: number | null;
  readonly tokensIn: number | null;
  readonly tokensCached: number | null;
  readonly tokensOut: number | null;
  readonly energy: EnergyField | null;
}

/** A ring of records by id. */
export class Records {
  private readonly byId = new Map<string, RequestRecord>();

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.byId.size;
  }

  get(id: string): RequestRecord | undefined {
    return this.byId.get(id);
  }

  /** Adds or replaces; the oldest makes room. */
  put(record: RequestRecord): void {
    this.byId.set(record.id, record);
    if (this.byId.size > this.limit) {
      const oldest = this.byId.keys().next();
      if (!oldest.done) this.byId.delete(oldest.value);
    }
  }
}
