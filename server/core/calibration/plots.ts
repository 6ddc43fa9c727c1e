/** Plots of a validation as SVG text: no library, no script, colours that read in light and dark. */
import type { CoveredRow } from './coverage.js';
import { percentOff, quantile } from './metrics.js';

const WIDTH = 640;
const HEIGHT = 440;
const LEFT = 64;
const RIGHT = 28;
const TOP = 40;
const BOTTOM = 52;

const KINDS = [
  { kind: 'dense', label: 'dense', colour: '#2f6fb0' },
  { kind: 'hybrid', label: 'hybrid (Mamba)', colour: '#3f9142' },
  { kind: 'moe', label: 'mixture of experts', colour: '#c8622a' },
] as const;

/** What an axis covers. */
export interface Scale {
  readonly lo: number;
  readonly hi: number;
  readonly isLog: boolean;
}

const fraction = (value: number, { lo, hi, isLog }: Scale): number =>
  isLog ? Math.log(value / lo) / Math.log(hi / lo) : (value - lo) / (hi - lo);
/** Where a value lies on the x axis, in the SVG's units. */
export const xAt = (value: number, scale: Scale): string =>
  (LEFT + fraction(value, scale) * (WIDTH - LEFT - RIGHT)).toFixed(1);
/** The same on the y axis. */
export const yAt = (value: number, scale: Scale): string =>
  (HEIGHT - BOTTOM - fraction(value, scale) * (HEIGHT - TOP - BOTTOM)).toFixed(1);

/** An axis: its ends, ticks and words. */
export interface Axis extends Scale {
  readonly ticks: readonly number[];
  readonly title: string;
  readonly unit?: string;
}

/** A plot: title, grid, labels and legend around a body. */
export function frame(
  title: string,
  x: Axis,
  y: Axis,
  body: readonly string[],
  legend: readonly { label: string; colour: string }[],
): string {
  const grid = [
    ...x.ticks.map((t) => `<line x1="${xAt(t, x)}" x2="${xAt(t, x)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>`),
    ...y.ticks.map((t) => `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${yAt(t, y)}" y2="${yAt(t, y)}"/>`),
  ];
  const labels = [
    ...x.ticks.map(
      (t) => `<text x="${xAt(t, x)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${t}${x.unit ?? ''}</text>`,
    ),
    ...y.ticks.map((t) => `<text x="${LEFT - 8}" y="${yAt(t, y)}" dy="4" text-anchor="end">${t}${y.unit ?? ''}</text>`),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 12}" text-anchor="middle">${x.title}</text>`,
    `<text transform="translate(16 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${y.title}</text>`,
    `<text x="${LEFT}" y="22" font-size="15" font-weight="600">${title}</text>`,
  ];
  const keys = legend.map(
    ({ label, colour }, i) =>
      `<circle cx="${LEFT + 16}" cy="${TOP + 18 + 18 * i}" r="4" fill="${colour}"/>` +
      `<text x="${LEFT + 28}" y="${TOP + 22 + 18 * i}">${label}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${title}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<g stroke="#e3e3e3">${grid.join('')}</g>`,
    ...body,
    `<g font-family="system-ui, sans-serif" font-size="12" fill="#333333">${labels.join('')}${keys.join('')}</g>`,
    '</svg>',
    '',
  ].join('\n');
}

const dots = (rows: readonly CoveredRow[], x: (r: CoveredRow) => string, y: (r: CoveredRow) => string): string[] =>
  KINDS.map(
    ({ kind, colour }) =>
      `<g fill="${colour}" fill-opacity="0.65">${rows
        .filter((r) => r.held.row.kind === kind)
        .map((r) => `<circle cx="${x(r)}" cy="${y(r)}" r="3.5"/>`)
        .join('')}</g>`,
  );

/** Predicted against measured, log-log, with the line of equality and +- 20 %. */
export function predictedAgainstMeasured(rows: readonly CoveredRow[]): string {
  const axis: Axis = { lo: 0.05, hi: 20, isLog: true, ticks: [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20], title: '' };
  const x: Axis = { ...axis, title: 'measured, joules per output token' };
  const y: Axis = { ...axis, title: 'predicted, its architecture left out' };
  const guide = (factor: number, dash: string): string => {
    const [a, b] = factor >= 1 ? [axis.lo, axis.hi / factor] : [axis.lo / factor, axis.hi];
    return `<line x1="${xAt(a, x)}" y1="${yAt(a * factor, y)}" x2="${xAt(b, x)}" y2="${yAt(b * factor, y)}" stroke="#888888" stroke-dasharray="${dash}"/>`;
  };
  const points = dots(
    rows,
    (r) => xAt(r.measured, x),
    (r) => yAt(r.held.prediction.joulesPerToken, y),
  );
  return frame(
    'Predicted against measured (lines: equal, 20 % off)',
    x,
    y,
    [guide(1, 'none'), guide(1.2, '4 4'), guide(1 / 1.2, '4 4'), ...points],
    KINDS,
  );
}

/** Percent off by batch. */
export function residualsByBatch(rows: readonly CoveredRow[]): string {
  const x: Axis = { lo: 6, hi: 2400, isLog: true, ticks: [8, 16, 32, 64, 128, 256, 512, 1024, 2048], title: 'batch' };
  const y: Axis = {
    lo: -50,
    hi: 60,
    isLog: false,
    ticks: [-40, -20, 0, 20, 40],
    title: 'predicted over measured',
    unit: ' %',
  };
  const off = (r: CoveredRow): number =>
    Math.min(y.hi, Math.max(y.lo, percentOff(r.held.prediction.joulesPerToken, r.measured)));
  return frame(
    'Residuals by batch',
    x,
    y,
    [
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${yAt(0, y)}" y2="${yAt(0, y)}" stroke="#888888"/>`,
      ...dots(
        rows,
        (r) => xAt(r.held.row.batch, x),
        (r) => yAt(off(r), y),
      ),
    ],
    KINDS,
  );
}

/** Intervals as given, each row's measurement inside or outside, sorted by residual within a class. */
export function intervalCoverage(rows: readonly CoveredRow[]): string {
  const ordered = KINDS.flatMap(({ kind }) =>
    rows.filter((r) => r.held.row.kind === kind).sort((a, b) => a.held.logRatio - b.held.logRatio),
  );
  const x: Axis = { lo: 0, hi: ordered.length + 1, isLog: false, ticks: [], title: 'rows, by class and residual' };
  const y: Axis = {
    lo: 0.5,
    hi: 1.8,
    isLog: true,
    ticks: [0.5, 0.7, 0.8, 1, 1.2, 1.5, 1.8],
    title: 'over predicted: interval and measurement',
  };
  const clip = (v: number): number => Math.min(y.hi, Math.max(y.lo, v));
  const colourOf = new Map<string, string>(KINDS.map(({ kind, colour }) => [kind, colour]));
  const marks = ordered.map((r, i) => {
    const at = r.held.prediction.joulesPerToken;
    const px = xAt(i + 1, x);
    const isInside = r.measured >= r.lo && r.measured <= r.hi;
    const colour = colourOf.get(r.held.row.kind)!;
    return (
      `<line x1="${px}" x2="${px}" y1="${yAt(clip(r.lo / at), y)}" y2="${yAt(clip(r.hi / at), y)}" stroke="${colour}" stroke-opacity="0.35"/>` +
      `<circle cx="${px}" cy="${yAt(clip(r.measured / at), y)}" r="${isInside ? 1.8 : 3.2}" fill="${isInside ? colour : '#b00020'}"/>`
    );
  });
  return frame('90 % intervals and measurements (red: outside)', x, y, marks, [
    ...KINDS,
    { label: 'outside its interval', colour: '#b00020' },
  ]);
}

/** Median and 90th percentile of the error of several predictors, as bars. */
export function predictorBars(
  bars: readonly { readonly name: string; readonly median: number; readonly p90: number }[],
): string {
  const most = 200;
  const x: Axis = {
    lo: 0,
    hi: most,
    isLog: false,
    ticks: [0, 25, 50, 75, 100, 150, 200],
    title: 'error: median (dark), 90th percentile (light)',
    unit: ' %',
  };
  const step = (HEIGHT - TOP - BOTTOM) / bars.length;
  const nameWidth = 150;
  const at = (v: number): number => LEFT + nameWidth + (Math.min(v, most) / most) * (WIDTH - LEFT - RIGHT - nameWidth);
  const body = bars.map(({ name, median, p90 }, i) => {
    const top = TOP + i * step + step * 0.2;
    const colour = i === 0 ? '#2f6fb0' : '#999999';
    const base = LEFT + nameWidth;
    return (
      `<rect x="${base}" y="${top.toFixed(1)}" width="${(at(p90) - base).toFixed(1)}" height="${(step * 0.6).toFixed(1)}" fill="${colour}" fill-opacity="0.35"/>` +
      `<rect x="${base}" y="${top.toFixed(1)}" width="${(at(median) - base).toFixed(1)}" height="${(step * 0.6).toFixed(1)}" fill="${colour}"/>` +
      `<text x="${base - 8}" y="${(top + step * 0.35).toFixed(1)}" text-anchor="end" font-family="system-ui, sans-serif" font-size="12" fill="#333333">${name}</text>`
    );
  });
  const ticks = x.ticks.map(
    (t) =>
      `<text x="${at(t).toFixed(1)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle" font-family="system-ui, sans-serif" font-size="12" fill="#333333">${t} %</text>`,
  );
  const empty: Axis = { ...x, ticks: [] };
  return frame('Error by predictor, all rows', empty, { ...empty, title: '' }, [...body, ...ticks], []);
}

/** Share of measurements inside intervals of several nominal levels, in percent, for a reliability table. */
export function reliability(rows: readonly CoveredRow[]): { nominal: number; actual: number }[] {
  const z: Readonly<Record<number, number>> = { 50: 0.6745, 60: 0.8416, 70: 1.0364, 80: 1.2816, 90: 1.6449, 95: 1.96 };
  const scaled = rows.map((r) => Math.abs(r.held.logRatio) / (Math.log(r.hi / r.lo) / (2 * 1.6449)));
  return Object.entries(z).map(([level, deviates]) => ({
    nominal: Number(level),
    actual: (100 * scaled.filter((s) => s <= deviates).length) / scaled.length,
  }));
}

/** Median of absolute residuals, percent: for alt texts. */
export const medianOff = (rows: readonly CoveredRow[]): number =>
  quantile(
    rows.map((r) => Math.abs(percentOff(r.held.prediction.joulesPerToken, r.measured))),
    0.5,
  );
