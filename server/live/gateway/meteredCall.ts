/** One request to a model on its way through: read as it passes, begun and ended in the books, energy put in. */
import type { Books, Handle } from './books.js';
import type { Call } from './calls.js';
import { energyComment, type EnergyField } from './energyField.js';
import { EventStream } from './eventStream.js';
import { valueOf, type RawHeaders } from './headers.js';
import { LineStream } from './lineStream.js';
import type { RequestOutcome } from './modelTotals.js';
import { replyFacts } from './replyFacts.js';
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

/** See above. */
export class MeteredCall {
  private readonly reader = new RequestReader();
  private facts: RequestFacts | null = null;
  private handle: Handle | null = null;
  private energy: EnergyField | null = null;
  private hasFailed = false;

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
    this.facts = this.reader.facts(this.path.startsWith('/api/') || this.path.endsWith('_stream'));
    this.handle = this.books.begin(this.facts, this.call.operation);
  }

  /** What the body of the answer goes through. */
  filter(status: number, raw: RawHeaders): BodyFilter {
    this.hasFailed = status >= 400;
    const type = (valueOf(raw, 'content-type') ?? '').toLowerCase();
    const encoding = (valueOf(raw, 'content-encoding') ?? 'identity').trim().toLowerCase();
    if (encoding !== 'identity' || this.hasFailed)
      return { isChanged: false, push: (bytes) => bytes, end: () => nothing };
    if (type.startsWith('text/event-stream')) return this.streamFilter();
    if (/^application\/(x-ndjson|jsonl|x-jsonlines)/.test(type)) return this.linesFilter();
    return /^application\/([\w.+-]*\+)?json/.test(type)
      ? this.bodyFilter()
      : { isChanged: false, push: (bytes) => bytes, end: () => nothing };
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
      onData: (json) => {
        const { isUsage, isFinish } = this.read(json);
        const choices: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, 'choices') : null;
        // The last word on usage comes without choices; some engines put it where the reply finishes.
        const isLast =
          (Array.isArray(choices) && choices.length === 0) || (isFinish && this.facts?.wantsRunningUsage !== true);
        return this.call.addsEnergy && this.facts?.wantsUsage === true && isUsage && isLast;
      },
      energy: () => text(this.figure()),
      comment: () => {
        const figure = this.call.addsEnergy ? this.figure() : null;
        return figure === null ? null : energyComment(figure);
      },
    });
    return { isChanged: this.call.addsEnergy, push: (bytes) => stream.push(bytes), end: () => stream.end() };
  }

  private bodyFilter(): BodyFilter {
    const body = new WholeBody({
      onMembers: (json) => void this.read(json),
      energy: () => (this.call.addsEnergy ? text(this.figure()) : null),
    });
    return { isChanged: this.call.addsEnergy, push: (bytes) => body.push(bytes), end: () => nothing };
  }

  private linesFilter(): BodyFilter {
    const lines = new LineStream((json) => void this.read(json));
    return {
      isChanged: false,
      push: (bytes) => {
        lines.push(bytes);
        return bytes;
      },
      end: () => {
        lines.end();
        return nothing;
      },
    };
  }

  private read(json: unknown): ReturnType<typeof replyFacts> {
    const facts = replyFacts(json);
    this.hasFailed ||= facts.isError;
    if (this.handle !== null) {
      this.books.arrived(this.handle, facts.tokens);
      this.books.learn(this.handle, facts.outcome);
    }
    return facts;
  }
}

function text(figure: EnergyField | null): string | null {
  return figure === null ? null : JSON.stringify(figure);
}
