/** Predicted against measured, each with its interval, on logarithmic axes of one scale: on the diagonal both agree. */
import type { HistoryEntryDto } from '../../server/protocol/history.js';
import { svg } from './dom.js';
import { bar, drawing, label, mark } from './marks.js';
import { logarithmic, tickWithUnit } from './scales.js';

const size = 330;
const left = 58;
const bottom = 44;
const top = 10;
const right = 14;

/** A figure of one provenance; `what` names it on the axis. */
export function scatterPlot(
  entries: readonly HistoryEntryDto[],
  what: string,
  spoken: string,
  onClick: (entry: HistoryEntryDto) => void,
): SVGElement {
  const shown = entries.filter(({ joules, predictedJoules }) => joules > 0 && predictedJoules > 0);
  const values = shown.flatMap(({ joules, predictedJoules, predictedInterval90 }) => [
    joules,
    predictedJoules,
    ...predictedInterval90.filter((each) => each > 0),
  ]);
  const domain: [number, number] = [Math.min(...values) / 1.3, Math.max(...values) * 1.3];
  const x = logarithmic(domain, [left, size - right]);
  const y = logarithmic(domain, [size - bottom, top]);
  const [x0, x1, y0, y1] = [left, size - right, size - bottom, top];
  /** Within a factor of two: a region that the eye can hold on to. */
  const twice = [
    [domain[0], 2 * domain[0]],
    [domain[1] / 2, domain[1]],
    [domain[1], domain[1]],
    [domain[1], domain[1] / 2],
    [2 * domain[0], domain[0]],
    [domain[0], domain[0]],
  ] as const;
  return drawing(
    size,
    size,
    spoken,
    svg('path', { class: 'twice', d: `M${twice.map(([px, py]) => `${x.at(px)} ${y.at(py)}`).join('L')}Z` }),
    ...x.ticks.flatMap((tick) => [
      svg('path', { class: 'grid', d: `M${x.at(tick)} ${y0}V${y1}` }),
      label(tickWithUnit(tick), x.at(tick), y0 + 15, 'tick', 'middle'),
    ]),
    ...y.ticks.flatMap((tick) => [
      svg('path', { class: 'grid', d: `M${x0} ${y.at(tick)}H${x1}` }),
      label(tickWithUnit(tick), x0 - 6, y.at(tick) + 4, 'tick', 'end'),
    ]),
    svg('path', { class: 'diagonal', d: `M${x0} ${y0}L${x1} ${y1}` }),
    label('predicted at the same tokens', (x0 + x1) / 2, size - 8, 'name', 'middle'),
    svg(
      'text',
      { class: 'name', transform: `translate(12 ${(y0 + y1) / 2}) rotate(-90)`, 'text-anchor': 'middle' },
      what,
    ),
    ...shown.map((entry) => point(entry, x.at, y.at, onClick)),
  );
}

function point(
  entry: HistoryEntryDto,
  x: (joules: number) => number,
  y: (joules: number) => number,
  onClick: (entry: HistoryEntryDto) => void,
): SVGElement {
  const {
    provenance,
    joules,
    ci95,
    predictedJoules,
    predictedInterval90: [lo, hi],
  } = entry;
  const stale = entry.state === 'stale' ? 'stale' : '';
  const [px, py] = [x(predictedJoules), y(joules)];
  return svg(
    'g',
    { class: 'point', click: () => onClick(entry) },
    svg(
      'title',
      {},
      `${entry.file}, turn ${entry.replyTurn + 1}: ${entry.measuredText}, predicted ${entry.predictedText}`,
    ),
    bar('predicted thin', [x(lo), py], [x(hi), py], 3),
    ...(ci95 === null
      ? []
      : [bar(`interval thin ${provenance} ${stale}`, [px, y(joules - ci95)], [px, y(joules + ci95)], 3)]),
    mark(provenance, px, py, 4, stale),
  );
}
