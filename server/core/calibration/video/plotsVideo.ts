/** Plots of the video validation as SVG text. */
import { frame, xAt, yAt, type Axis } from '../plots.js';
import type { VideoReport } from './videoReport.js';

const SOURCES = [
  { source: 'benchlab', label: 'benchlab (Diffusers)', colour: '#2f6fb0' },
  { source: 'mlenergy', label: 'ML.ENERGY (xDiT)', colour: '#c8622a' },
] as const;

/** Predicted against measured kilojoules of left-out models, log-log. */
export function leftOutPlot(report: VideoReport): string {
  const axis: Axis = { lo: 8, hi: 2000, isLog: true, ticks: [10, 20, 50, 100, 200, 500, 1000, 2000], title: '' };
  const x: Axis = { ...axis, title: 'measured, kJ a clip, one H100' };
  const y: Axis = { ...axis, title: 'predicted, its model left out' };
  const guide = (factor: number, dash: string): string => {
    const [a, b] = factor >= 1 ? [axis.lo, axis.hi / factor] : [axis.lo / factor, axis.hi];
    return `<line x1="${xAt(a, x)}" y1="${yAt(a * factor, y)}" x2="${xAt(b, x)}" y2="${yAt(b * factor, y)}" stroke="#888888" stroke-dasharray="${dash}"/>`;
  };
  const points = report.leftOut.flatMap((model) =>
    model.cases.map((c, i) => {
      const colour = SOURCES.find((s) => s.source === c.source)!.colour;
      const [px, py] = [xAt(c.measuredJoules / 1000, x), yAt(c.predictedJoules / 1000, y)];
      const name =
        i === 0
          ? `<text x="${px}" y="${py}" dx="9" dy="14" font-family="system-ui, sans-serif" font-size="11" fill="#333333">${model.model}</text>`
          : '';
      return `<circle cx="${px}" cy="${py}" r="4.5" fill="${colour}" fill-opacity="0.8"/>${name}`;
    }),
  );
  return frame(
    'Clips of models that the fit never saw (lines: equal, 20 % off)',
    x,
    y,
    [guide(1, 'none'), guide(1.2, '4 4'), guide(1 / 1.2, '4 4'), ...points],
    SOURCES,
  );
}

/** Local log-log slope in latent tokens, published formula and ours. */
export function slopePlot(report: VideoReport): string {
  const x: Axis = {
    lo: 4000,
    hi: 700_000,
    isLog: true,
    ticks: [5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000],
    title: 'latent tokens (WAN2.1-T2V-1.3B)',
  };
  const y: Axis = { lo: 1, hi: 2, isLog: false, ticks: [1, 1.25, 1.5, 1.75, 2], title: 'local slope of energy' };
  const kinds = [
    { of: 'formula', label: 'published formula', colour: '#c8622a' },
    { of: 'ours', label: 'ours', colour: '#2f6fb0' },
  ] as const;
  const body = kinds.map(({ of, colour }) => {
    const points = report.slopes.map((s) => `${xAt(s.tokens, x)},${yAt(s[of], y)}`);
    const dots = points.map((p) => `<circle cx="${p.split(',')[0]}" cy="${p.split(',')[1]}" r="4" fill="${colour}"/>`);
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}"/>${dots.join('')}`;
  });
  return frame('How steeply energy grows: between 1 and 2, towards 2', x, y, body, kinds);
}
