/** One request to a model on its way through: read as it passes, begun and ended in the books, energy put in. */
import type { Books, Handle } from './books.js';
import type { Call } from './calls.js';
import { energyComment, type EnergyField } from './energyField.js';
import { placeInBody, placeInEvent, type EnergyPath } from './energyPlaces.js';
import { EventStream } from './eventStream.js';
import { valueOf, type RawHeaders } from './headers.js';
import { LineStream } from './lineStream.js';
import type { RequestOutcome } from './modelTotals.js';
import { headerFacts, replyFacts } from './replyFacts.js';
import { RequestReader, type RequestFacts } from './requestFacts.js';
import { WholeBody } from './wholeBody.js';

/** What a body goes through. */
export interface BodyFilter {
  /** Whether bytes may be added. */
  readonly isChanged: boolean;
  push(bytes: Buffer): Buffer;
  /** The body has ended as it should. */
  end(): Buffer;
}

const nothing = Buffer.alloc(0);
const unchanged: BodyFilter = { isChanged: false, push: (bytes) => bytes, end: () => nothing };

/** See above. */
export class MeteredCall {
  private readonly reader = new RequestReader();
  private facts: RequestFacts | null = null;
  private handle: Handle | null = null;
  private energy: EnergyField | null = null;
  private hasFailed = false;
  /** The server has said what the request cost, in a form that the streams do not see. */
  private hasOwnEnergy = false;

  constructor(
    private readonly call: Call,
    private readonly books: Books,
    private readonly path: string,
  ) {}

  /** Null before the request has gone to the engine. */
  get id(): string | null {
    return this.handle?.id ?? null;
  }

  get model(): string {
    return this.facts?.model ?? '';
  }

  requestBytes(bytes: Uint8Array): void {
    this.reader.push(bytes);
  }

  /** The body is complete, or the engine answers before it is. */
  begin(): void {
    if (this.handle !== null) return;
    this.facts = this.reader.facts(/^\/api\/(chat|generate)$|_stream$/.test(this.path));
    this.handle = this.books.begin(this.facts, this.call.operation);
  }

  /** What the body of the answer goes through. */
  filter(status: number, raw: RawHeaders): BodyFilter {
    this.hasFailed = status >= 400;
    const type = (valueOf(raw, 'content-type') ?? '').toLowerCase();
    const encoding = (valueOf(raw, 'content-encoding') ?? 'identity').trim().toLowerCase();
    if (encoding !== 'identity' || this.hasFailed) return unchanged;
    if (this.handle !== null)
      this.books.learn(
        this.handle,
        headerFacts((name) => valueOf(raw, name)),
      );
    if (type.startsWith('text/event-stream')) return this.streamFilter();
    if (/^application\/(x-ndjson|jsonl|x-jsonlines)/.test(type)) return this.linesFilter();
    return /^application\/([\w.+-]*\+)?json/.test(type) ? this.bodyFilter() : unchanged;
  }

  /** The exchange is over. */
  end(outcome: RequestOutcome): void {
    if (this.handle !== null) this.books.end(this.handle, outcome === 'ok' && this.hasFailed ? 'error' : outcome);
  }

  /** The figure, once the engine is done. */
  figure(): EnergyField | null {
    if (this.handle === null) return null;
    this.books.end(this.handle, this.hasFailed ? 'error' : 'ok');
    return (this.energy ??= this.books.energy(this.handle));
  }

  private streamFilter(): BodyFilter {
    const stream = new EventStream({
      onData: (json) => this.place(json),
      energy: () => this.text(),
      comment: () => {
        const figure = this.hasOwnEnergy ? null : this.figure();
        return figure === null ? null : energyComment(figure);
      },
    });
    return { isChanged: true, push: (bytes) => stream.push(bytes), end: () => stream.end() };
  }

  private bodyFilter(): BodyFilter {
    const hooks = { onMembers: (json: unknown) => void this.read(json), energy: () => this.text() };
    const body = new WholeBody(hooks, placeInBody(this.call.form));
    return { isChanged: true, push: (bytes) => body.push(bytes), end: () => nothing };
  }

  private linesFilter(): BodyFilter {
    const lines = new LineStream({ onLine: (json) => this.place(json), energy: () => this.text() });
    return { isChanged: true, push: (bytes) => lines.push(bytes), end: () => lines.end() };
  }

  /** Reads an event or a line; where the energy goes in it. */
  private place(json: unknown): EnergyPath | null {
    this.read(json);
    const { wantsUsage, wantsRunningUsage } = this.facts ?? { wantsUsage: false, wantsRunningUsage: false };
    return placeInEvent(this.call.form, json, { usage: wantsUsage, runningUsage: wantsRunningUsage });
  }

  /** The figure as JSON. */
  private text(): string | null {
    const figure = this.hasOwnEnergy ? null : this.figure();
    return figure === null ? null : JSON.stringify(figure);
  }

  private read(json: unknown): void {
    const facts = replyFacts(json);
    this.hasFailed ||= facts.isError;
    this.hasOwnEnergy ||= facts.hasOwnEnergy;
    if (this.handle !== null) {
      this.books.arrived(this.handle, facts.tokens);
      this.books.learn(this.handle, facts.outcome);
    }
  }
}
