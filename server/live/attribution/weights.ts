/**
 * What a prompt token weighs against a decoded one, where requests share a window of the counter.
 *
 * Three things cost energy in a transformer that serves a batch: a *pass* of one token through the layers (arithmetic,
 * for prompt and reply tokens alike), a *step* of decode, which reads all weights once for the whole batch, and the
 * *context* that a decoded token reads from the KV cache. A request pays its own passes and context, and its part of
 * the steps.
 */

/** Amounts of the three, or their weights. */
export interface Terms {
  /** Tokens through the layers. */
  readonly passes: number;
  /** Decode steps, shared by the batch. */
  readonly steps: number;
  /** Tokens of context read. */
  readonly context: number;
}

/**
 * Where the fit starts, in decode steps. A pass of 2 operations a parameter at 400e12 a second and 600 W against a
 * read of 2 bytes a parameter at 2.3e12 bytes a second and 450 W: 1/130, whatever the model's size. A token of context
 * is 131,072 bytes against 16e9 bytes of weights (8 billion parameters, grouped-query attention).
 */
export const startingWeights: Terms = { passes: 1 / 130, steps: 1, context: 131_072 / 16e9 };

/** Windows are joined to spans so long before they teach: when exactly a prompt was computed is not known. */
const spanSeconds = 3;
/** Spans that the starting weights count for. */
const startingSpans = 10;
/** What is kept of older spans at each new one: half is gone after 350, a quarter of an hour of load. */
const memory = 0.998;
/** A fitted weight stays within this factor of its start. */
const maxFactor = 100;
const sweeps = 40;

const names = ['passes', 'steps', 'context'] as const;

/** The sum that decides about shares. */
export function weigh(terms: Terms, weights: Terms): number {
  return names.reduce((sum, name) => sum + terms[name] * weights[name], 0);
}

/** Amounts of two together. */
export function sumTerms(a: Terms, b: Terms): Terms {
  return { passes: a.passes + b.passes, steps: a.steps + b.steps, context: a.context + b.context };
}

/** Fits the weights to the counter: least squares over spans of load, drawn to the starting weights while there are few. */
export class WeightFit {
  private readonly products: number[][] = names.map(() => names.map(() => 0));
  private readonly targets: number[] = names.map(() => 0);
  private joules = 0;
  private weight = 0;
  private count = 0;
  private span = { terms: { passes: 0, steps: 0, context: 0 }, joules: 0, seconds: 0 };
  private fitted: Terms = startingWeights;

  /** Spans of load learned from. */
  get spans(): number {
    return this.count;
  }

  /** In decode steps: `steps` is 1. */
  get weights(): Terms {
    return this.fitted;
  }

  /** One window: what was done in it, what its requests used, how long it was. */
  learn(terms: Terms, joules: number, seconds: number): void {
    this.span.terms = sumTerms(this.span.terms, terms);
    this.span.joules += joules;
    this.span.seconds += seconds;
    if (this.span.seconds >= spanSeconds || this.count === 0) {
      this.learnSpan(this.span.terms, this.span.joules);
      this.span = { terms: { passes: 0, steps: 0, context: 0 }, joules: 0, seconds: 0 };
    }
  }

  private learnSpan(terms: Terms, joules: number): void {
    const scaled = names.map((name) => terms[name] * startingWeights[name]);
    const total = scaled.reduce((sum, each) => sum + each, 0);
    if (!(total > 0) || !(joules > 0)) {
      return;
    }
    this.count++;
    this.joules = this.joules * memory + joules;
    this.weight = this.weight * memory + total;
    scaled.forEach((a, row) => {
      scaled.forEach((b, column) => {
        this.products[row]![column] = this.products[row]![column]! * memory + a * b;
      });
      this.targets[row] = this.targets[row]! * memory + a * joules;
    });
    this.fitted = this.solve();
  }

  /** Joules a unit of weight, at the weights in force; null before the first window. */
  get joulesPerWeight(): number | null {
    return this.perWeight;
  }

  private perWeight: number | null = null;

  /** Coordinate descent within bounds: three unknowns that are never negative. */
  private solve(): Terms {
    const centre = this.joules / this.weight;
    const trace = this.products.reduce((sum, row, index) => sum + row[index]!, 0);
    const pull = (startingSpans * trace) / Math.min(this.count, 1 / (1 - memory));
    const joulesEach = names.map(() => centre);
    for (let sweep = 0; sweep < sweeps; sweep++) {
      names.forEach((_, row) => {
        const others = this.products[row]!.reduce(
          (sum, a, column) => sum + (column === row ? 0 : a * joulesEach[column]!),
          0,
        );
        const best = (this.targets[row]! - others + pull * centre) / (this.products[row]![row]! + pull);
        joulesEach[row] = Math.min(centre * maxFactor, Math.max(centre / maxFactor, best));
      });
    }
    const [passes, steps, context] = joulesEach as [number, number, number];
    this.perWeight = steps;
    return {
      passes: (startingWeights.passes * passes) / steps,
      steps: 1,
      context: (startingWeights.context * context) / steps,
    };
  }
}
