/** The last line of `annotate --stream`: what all conversations of a file come to. */
import type { ConversationJson, diagnosticJson, Energy } from '../core/index.js';

/** Diagnostics that the line carries; a count stands for the rest. */
const MOST_DIAGNOSTICS = 1000;

/** Energies of a total, in the order in which they are written. */
const PARTS = [
  'joules',
  'prefillJoules',
  'rereadJoules',
  'decodeJoules',
  'hostJoules',
  'facilityJoules',
] as const satisfies readonly (keyof Energy)[];

/** How many numbers a `Total` is. */
export const TOTAL_FIELDS = 3 + PARTS.length;

/** One conversation's total as numbers alone: tokens, the interval's two ends, then joules by part. */
export type Total = ArrayLike<number>;

/** The numbers of a conversation's total. */
export const totalOf = ({ tokens, energy }: NonNullable<ConversationJson['total']>): number[] => [
  tokens,
  ...energy.interval90,
  ...PARTS.map((part) => energy[part]),
];

/** The sum of conversations: points add; so do the interval's ends, because their errors are common. */
export class FileTotal {
  readonly #sums = new Float64Array(TOTAL_FIELDS);
  #lowerBound = false;
  #withoutEnergy = 0;
  readonly #diagnostics: ReturnType<typeof diagnosticJson>[] = [];
  #more = 0;

  add(total: Total): void {
    for (let field = 0; field < TOTAL_FIELDS; field++) this.#sums[field] = this.#sums[field]! + total[field]!;
  }

  /** Conversations whose energy cannot be figured: their own lines say why. */
  leaveOut(conversations: number): void {
    this.#withoutEnergy += conversations;
  }

  markLowerBound(): void {
    this.#lowerBound = true;
  }

  diagnose(diagnostic: ReturnType<typeof diagnosticJson>): void {
    if (this.#diagnostics.length < MOST_DIAGNOSTICS) this.#diagnostics.push(diagnostic);
    else this.#more++;
  }

  line(file: string): string {
    const [tokens, lo, hi, ...sums] = this.#sums;
    const energy = { ...Object.fromEntries(PARTS.map((part, index) => [part, sums[index]])), interval90: [lo, hi] };
    return JSON.stringify({
      file,
      total: { tokens, energy },
      ...(this.#lowerBound ? { lowerBound: true } : {}),
      ...(this.#withoutEnergy > 0 ? { conversationsWithoutEnergy: this.#withoutEnergy } : {}),
      diagnostics: this.#diagnostics,
      ...(this.#more > 0 ? { moreDiagnostics: this.#more } : {}),
    });
  }
}
