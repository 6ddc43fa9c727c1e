/**
 * Measurements of this session. Each belongs to the hash of its request's turns: it is shown where that request
 * stands, and as stale, where it was last seen, once no such request is left.
 */
import { requestAt } from '../core/index.js';
import type { ChatMessage, Conversation } from '../core/index.js';
import type { MeasurementDto } from '../protocol/messages.js';
import type { DocumentSession } from './session.js';

/** A measurement as it was taken. */
export interface KeptMeasurement {
  readonly requestHash: string;
  readonly conversation: number;
  readonly replyTurn: number;
  /** Code units of the request's texts: unequal lengths need no hash to differ. */
  readonly length: number;
  readonly measurement: MeasurementDto;
  /** True for one of an earlier session. */
  readonly isFromHistory?: boolean;
}

/** A measurement and where it is shown now. */
export interface PlacedMeasurement extends KeptMeasurement {
  /** Index of the reply; the number of turns where the reply is to come. */
  readonly replyTurn: number;
}

/** What is looked for; without a length by its hash alone. */
type Sought = Pick<KeptMeasurement, 'requestHash' | 'conversation' | 'replyTurn'> & {
  readonly length: number | undefined;
};

/** Of one document; the oldest goes first. */
const maxPerDocument = 100;

export const lengthOf = (messages: readonly ChatMessage[]): number =>
  messages.reduce((sum, { content }) => sum + content.length, 0);

export class Measurements {
  readonly #hash: (messages: readonly ChatMessage[]) => string;
  readonly #kept = new Map<string, KeptMeasurement[]>();
  /** By contents: hashing a long request at every lens request would be work for nothing. */
  #placed = new WeakMap<object, PlacedMeasurement[]>();

  constructor(hash: (messages: readonly ChatMessage[]) => string) {
    this.#hash = hash;
  }

  /** Adds one; the earlier one of the same request, and those shown at the same place, give way. */
  add(session: DocumentSession, kept: KeptMeasurement): void {
    const others = (this.#kept.get(session.uri) ?? []).filter(
      (each) =>
        each.requestHash !== kept.requestHash &&
        (each.conversation !== kept.conversation || each.replyTurn !== kept.replyTurn),
    );
    this.#kept.set(session.uri, [...others, kept].slice(-maxPerDocument));
    this.#placed.delete(session.analysis.contents);
  }

  /** Adds those of earlier sessions, in the order of time; what was measured in this one goes before. */
  restore(session: DocumentSession, earlier: readonly KeptMeasurement[]): void {
    const own = this.#kept.get(session.uri) ?? [];
    // The name of an untitled document comes again for others: there a measurement must find its request.
    const ofThis = session.uri.startsWith('untitled:') ? earlier.filter((each) => this.stands(session, each)) : earlier;
    for (const each of [
      ...ofThis.filter(({ requestHash }) => !own.some((one) => one.requestHash === requestHash)),
      ...own,
    ]) {
      this.add(session, each);
    }
  }

  /** Forgets those of a document, or all. */
  clear(uri?: string): void {
    if (uri === undefined) this.#kept.clear();
    else this.#kept.delete(uri);
    this.#placed = new WeakMap();
  }

  /** Whether the request of a measurement is in the document as it stands. */
  stands(session: DocumentSession, kept: KeptMeasurement): boolean {
    return this.#find(session.analysis.contents, kept) >= 0;
  }

  /** Index of the conversation that holds a request; null where none does. */
  find(session: DocumentSession, requestHash: string, conversation: number, replyTurn: number): number | null {
    const kept = this.#kept.get(session.uri)?.find((each) => each.requestHash === requestHash);
    const found = this.#find(session.analysis.contents, { requestHash, conversation, replyTurn, length: kept?.length });
    return found < 0 ? null : found;
  }

  /** The last one of a conversation, or of the document, whose reply's text is there. */
  lastReply(uri: string, conversation?: number): KeptMeasurement | undefined {
    const isMeant = (each: KeptMeasurement): boolean =>
      each.measurement.reply !== '' && (conversation ?? each.conversation) === each.conversation;
    return this.#kept.get(uri)?.filter(isMeant).at(-1);
  }

  /** The measurement of a request, if there is one. */
  of(uri: string, requestHash: string): KeptMeasurement | undefined {
    return this.#kept.get(uri)?.find((each) => each.requestHash === requestHash);
  }

  /** Where the measurements of a document stand in it now. */
  placed(session: DocumentSession): readonly PlacedMeasurement[] {
    const kept = this.#kept.get(session.uri);
    if (!kept || session.conversations.length === 0) return [];
    // As they are sent: a measurement of filled-in values is not one of the placeholders.
    const { contents } = session.analysis;
    const known = this.#placed.get(contents);
    if (known) return known;
    const placed = kept.map((each) => this.#place(contents, each));
    this.#placed.set(contents, placed);
    return placed;
  }

  #place(conversations: readonly Conversation[], kept: KeptMeasurement): PlacedMeasurement {
    const { measurement } = kept;
    const found = this.#find(conversations, kept);
    if (found >= 0) return { ...kept, conversation: found, measurement: { ...measurement, stale: false } };
    const conversation = Math.min(kept.conversation, conversations.length - 1);
    const replyTurn = Math.min(kept.replyTurn, conversations[conversation]!.turns.length);
    return { ...kept, conversation, replyTurn, measurement: { ...measurement, stale: true } };
  }

  /** Index of the conversation that holds the request; -1 where none does. */
  #find(conversations: readonly Conversation[], kept: Sought): number {
    const holds = (conversation: Conversation | undefined): boolean => {
      if (!conversation || conversation.turns.length < kept.replyTurn) return false;
      const request = requestAt(conversation, kept.replyTurn);
      if (
        request?.replyTurn !== kept.replyTurn ||
        lengthOf(request.messages) !== (kept.length ?? lengthOf(request.messages))
      )
        return false;
      return this.#hash(request.messages) === kept.requestHash;
    };
    return holds(conversations[kept.conversation]) ? kept.conversation : conversations.findIndex(holds);
  }
}
