/** Runs as points, their mean with its 95 % interval, and beside them what was predicted: a row for each measurement. */
import type { HistoryEntryDto } from '../../server/protocol/history.js';
import { svg } from './dom.js';
import { bar, drawing, label, mark } from './marks.js';
import { extent, linear, tickText, unitOf } from './scales.js';

const width = 340;
const rowHeight = 34;
const left = 104;
const right = 12;
const axisHeight = 30;

/** One request's measurements, the newest first. */
export function stripPlot(entries: readonly HistoryEntryDto[], spoken: string): SVGElement {
  const domain = extent(
    entries.flatMap(({ runs, joules, ci95, predictedJoules }) => [
      ...runs,
      joules - (ci95 ?? 0),
      joules + (ci95 ?? 0),
      predictedJoules,
    ]),
    0.08,
  );
  const scale = linear(domain, [left, width - right]);
  const bottom = entries.length * rowHeight + 4;
  const [factor, symbol] = unitOf(domain[1]);
  const grid = scale.ticks.flatMap((tick) => [
    svg('path', { class: 'grid', d: `M${scale.at(tick)} 2V${bottom}` }),
    label(tickText(tick, factor), scale.at(tick), bottom + 14, 'tick', 'middle'),
  ]);
  return drawing(
    width,
    bottom + axisHeight,
    spoken,
    ...grid,
    label(`${symbol} a request`, width - right, bottom + 27, 'tick', 'end'),
    ...entries.flatMap((entry, row) => entryRow(entry, 4 + row * rowHeight + rowHeight / 2, scale.at)),
  );
}

function entryRow(entry: HistoryEntryDto, y: number, at: (joules: number) => number): SVGElement[] {
  const {
    provenance,
    runs,
    joules,
    ci95,
    predictedJoules,
    predictedInterval90: [lo, hi],
    state,
  } = entry;
  const stale = state === 'stale' ? 'stale' : '';
  const [from, to] = [at(lo), at(hi)];
  const predicted = at(predictedJoules);
  return [
    label(shortTime(entry.at), 0, y - 1, `name ${stale}`),
    label(stale === '' ? `n = ${entry.n}` : `n = ${entry.n}, stale`, 0, y + 12, 'tick'),
    svg('rect', { class: 'predicted-range', x: from, y: y - 12, width: Math.max(1, to - from), height: 24 }),
    svg('path', { class: 'predicted', d: `M${predicted} ${y - 12}V${y + 12}` }),
    ...(ci95 === null
      ? []
      : [bar(`interval ${provenance} ${stale}`, [at(joules - ci95), y], [at(joules + ci95), y], 5)]),
    // A little above and below the line in turn, so that equal runs are seen.
    ...runs.map((run, index) => mark(provenance, at(run), y + [-6, 6, -3, 3, 0][index % 5]!, 2.6, `run ${stale}`)),
    svg('path', { class: `mean ${provenance} ${stale}`, d: `M${at(joules)} ${y - 9}V${y + 9}` }),
  ];
}

/** `4 May, 10:05`, in the reader's language. */
export function shortTime(at: string): string {
  return new Date(at).toLocaleString(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
}
