/** From joules to places in a drawing, and the ticks of an axis. Pure. */

/** A scale of one axis. */
export interface Scale {
  /** The place of a figure, in units of the drawing; held to the ends of the axis. */
  at(joules: number): number;
  readonly ticks: readonly number[];
}

const steps = [1, 2, 2.5, 5, 10];

/** Linear from `lo` to `hi` joules over `[from, to]`; about `count` round ticks. */
export function linear([lo, hi]: readonly [number, number], [from, to]: readonly [number, number], count = 4): Scale {
  const span = hi - lo || Math.abs(hi) || 1;
  const power = 10 ** Math.floor(Math.log10(span / count));
  const step = (steps.find((each) => each * power >= span / count) ?? 10) * power;
  const ticks: number[] = [];
  for (let tick = Math.ceil(lo / step - 1e-9) * step; tick <= hi + step * 1e-9; tick += step) {
    ticks.push(Number(tick.toPrecision(12)));
  }
  return { at: (joules) => from + ((hold(joules, lo, hi) - lo) / span) * (to - from), ticks };
}

/** Logarithmic, for figures above 0: decades, and 2 and 5 between them where the axis is short. */
export function logarithmic([lo, hi]: readonly [number, number], [from, to]: readonly [number, number]): Scale {
  const span = Math.log(hi / lo) || 1;
  const between = hi / lo > 200 ? [1] : hi / lo > 30 ? [1, 3] : [1, 2, 5];
  const ticks: number[] = [];
  for (let decade = 10 ** Math.floor(Math.log10(lo)); decade <= hi; decade *= 10) {
    ticks.push(
      ...between.map((each) => Number((each * decade).toPrecision(6))).filter((tick) => tick >= lo && tick <= hi),
    );
  }
  return { at: (joules) => from + (Math.log(hold(joules, lo, hi) / lo) / span) * (to - from), ticks };
}

const hold = (value: number, lo: number, hi: number): number => Math.min(hi, Math.max(lo, value));

/** The ends of all values, with `margin` of the span on either side. */
export function extent(values: readonly number[], margin: number): [number, number] {
  const lo = Math.min(...values);
  const hi = Math.max(...values);
  const pad = (hi - lo || Math.abs(hi) * 0.1 || 1) * margin;
  return [lo - pad, hi + pad];
}

const units: readonly (readonly [factor: number, symbol: string])[] = [
  [1e9, 'GJ'],
  [1e6, 'MJ'],
  [1e3, 'kJ'],
  [1, 'J'],
  [1e-3, 'mJ'],
];

/** The unit in which an axis up to `hi` joules reads best. */
export function unitOf(hi: number): readonly [factor: number, symbol: string] {
  return units.find(([factor]) => Math.abs(hi) >= factor) ?? [1e-6, 'µJ'];
}

/** `0.5`, `20`: a tick in a unit. */
export const tickText = (joules: number, factor: number): string =>
  String(Number((joules / factor).toPrecision(4))).replace('-', '−');

/** `500 mJ`: a tick of an axis over several units. */
export function tickWithUnit(joules: number): string {
  const [factor, symbol] = unitOf(joules);
  return `${tickText(joules, factor)} ${symbol}`;
}
