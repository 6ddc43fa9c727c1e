/** Prometheus text from metric families as data (exposition format 0.0.4). */

/** One series. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** `_bucket`, `_sum`, `_count` of a histogram. */
  readonly suffix?: string;
}

/** All series of one name. */
export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly series: readonly Series[];
}

/** Renders families; those without a series are left out. */
export function metricsText(families: readonly Family[]): string {
  return families
    .filter(({ series }) => series.length > 0)
    .map(({ name, type, help, series }) =>
      [
        `# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`,
        `# TYPE ${name} ${type}`,
        ...series.map((each) => `${name}${each.suffix ?? ''}${labelText(each.labels)} ${numberText(each.value)}`),
        '',
      ].join('\n'),
    )
    .join('');
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}

function numberText(value: number): string {
  return value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : Number.isNaN(value) ? 'NaN' : String(value);
}

/** A histogram that only grows. */
export class Histogram {
  private readonly counts: number[];
  private sum = 0;
  private count = 0;

  /** @param bounds upper bounds, rising */
  constructor(private readonly bounds: readonly number[]) {
    this.counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.sum += value;
    this.count++;
    this.bounds.forEach((bound, index) => {
      if (value <= bound) this.counts[index]!++;
    });
  }

  series(labels: Readonly<Record<string, string>>): Series[] {
    return [
      ...this.bounds.map((bound, index) => ({
        labels: { ...labels, le: numberText(bound) },
        value: this.counts[index]!,
        suffix: '_bucket',
      })),
      { labels: { ...labels, le: '+Inf' }, value: this.count, suffix: '_bucket' },
      { labels, value: this.sum, suffix: '_sum' },
      { labels, value: this.count, suffix: '_count' },
    ];
  }
}
