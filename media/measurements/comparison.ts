/** Two prompts measured in pairs: the runs of both, what lies between them, and the verdict in a sentence. */
import type { ComparisonDto, ComparisonSideDto, DifferenceDto } from '../../server/protocol/history.js';
import type { ProvenanceDto } from '../../server/protocol/messages.js';
import { html, svg } from './dom.js';
import { bar, drawing, label, mark } from './marks.js';
import { extent, linear, tickText, unitOf } from './scales.js';
import { shortTime } from './strip.js';

const width = 340;
const left = 46;
const right = 12;

/** A card. `onReveal` shows a side's request in the editor. */
export function comparisonCard(
  comparison: ComparisonDto,
  badge: (provenance: ProvenanceDto) => HTMLElement,
  onReveal: (side: ComparisonSideDto) => void,
): HTMLElement {
  const { a, b, verdict, notes, joules } = comparison;
  const side = (name: string, each: ComparisonSideDto): HTMLElement =>
    html(
      'p',
      { class: 'side' },
      html('b', {}, name),
      ' ',
      each.uri === null
        ? each.label
        : html('button', { class: 'link', type: 'button', click: () => onReveal(each) }, each.label),
    );
  const outcome = joules.isReal === null ? 'no verdict' : joules.isReal ? 'real difference' : 'no difference found';
  return html(
    'article',
    { class: 'card' },
    html('h3', {}, badge(comparison.provenance), ` ${outcome} · ${shortTime(comparison.at)}`),
    side('A', a),
    side('B', b),
    html('figure', {}, pairsPlot(comparison), html('figcaption', { class: 'quiet' }, verdict)),
    sidesTable(comparison),
    html('ul', { class: 'quiet' }, ...notes.map((note) => html('li', {}, note))),
  );
}

function pairsPlot({ a, b, provenance, joules, verdict }: ComparisonDto): SVGElement {
  const domain = extent([...a.runs, ...b.runs], 0.08);
  const scale = linear(domain, [left, width - right]);
  const [factor, symbol] = unitOf(domain[1]);
  const [yA, yB, axis] = [20, 62, 86];
  // Of the same length on the page as the axis above, so that the difference can be seen in it.
  const half = (domain[1] - domain[0]) / 2;
  const ends = joules.interval ?? [joules.mean, joules.mean];
  const reach = Math.max(half, ...ends.map((end) => Math.abs(end) * 1.1));
  const differences = linear([-reach, reach], [left, width - right]);
  const [smallFactor, smallSymbol] = unitOf(reach);
  const yDifference = 132;
  const zero = differences.at(0);
  return drawing(
    width,
    184,
    `Runs of A and B in pairs. ${verdict}`,
    ...scale.ticks.flatMap((tick) => [
      svg('path', { class: 'grid', d: `M${scale.at(tick)} 4V${axis - 6}` }),
      label(tickText(tick, factor), scale.at(tick), axis + 6, 'tick', 'middle'),
    ]),
    label(symbol, 0, axis + 6, 'tick'),
    ...a.runs.map((run, pair) =>
      svg('path', { class: 'pair', d: `M${scale.at(run)} ${yA}L${scale.at(b.runs[pair] ?? run)} ${yB}` }),
    ),
    ...row('A', a, yA, provenance, scale.at),
    ...row('B', b, yB, provenance, scale.at),
    label('B − A', 0, yDifference + 4, 'name'),
    svg('path', { class: 'zero', d: `M${zero} ${yDifference - 16}V${yDifference + 16}` }),
    ...differences.ticks.map((tick) => label(tickText(tick, smallFactor), differences.at(tick), 164, 'tick', 'middle')),
    label(smallSymbol, 0, 164, 'tick'),
    ...(joules.interval === null
      ? []
      : [
          bar(
            `interval ${provenance}`,
            [differences.at(joules.interval[0]), yDifference],
            [differences.at(joules.interval[1]), yDifference],
            6,
          ),
        ]),
    mark(provenance, differences.at(joules.mean), yDifference, 4),
  );
}

function row(
  name: string,
  { runs, joules }: ComparisonSideDto,
  y: number,
  provenance: ProvenanceDto,
  at: (joules: number) => number,
): SVGElement[] {
  return [
    label(name, 0, y + 4, 'name'),
    ...runs.map((run) => mark(provenance, at(run), y, 3, 'run')),
    svg('path', { class: `mean ${provenance}`, d: `M${at(joules)} ${y - 11}V${y + 11}` }),
  ];
}

function sidesTable({ a, b, joules, perOutputToken, texts }: ComparisonDto): HTMLElement {
  const rows: [string, string, string, string][] = [
    ['Joules a request', texts.a, texts.b, differenceText(joules, texts.joules)],
    ['Predicted at the same tokens', texts.predictedA, texts.predictedB, texts.predicted],
    ['Tokens in', count(a.tokensIn), count(b.tokensIn), signed(b.tokensIn - a.tokensIn)],
    ['Tokens out', count(a.tokensOut), count(b.tokensOut), signed(b.tokensOut - a.tokensOut)],
    ...(perOutputToken === null
      ? []
      : [
          [
            'Joules a token of reply',
            texts.perTokenA,
            texts.perTokenB,
            differenceText(perOutputToken, texts.perToken),
          ] as [string, string, string, string],
        ]),
  ];
  return html(
    'table',
    {},
    html('caption', {}, 'Means over the pairs. *: the interval leaves out 0'),
    html('thead', {}, html('tr', {}, ...['', 'A', 'B', 'B − A'].map((each) => html('th', { scope: 'col' }, each)))),
    html(
      'tbody',
      {},
      ...rows.map(([name, ...cells]) =>
        html(
          'tr',
          {},
          html('th', { scope: 'row' }, name),
          ...cells.map((cell) => html('td', { class: 'number' }, cell)),
        ),
      ),
    ),
  );
}

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const signed = (value: number): string => `${Math.round(value) > 0 ? '+' : ''}${count(value).replace('-', '−')}`;
const differenceText = ({ isReal }: DifferenceDto, text: string): string => (isReal === true ? `${text} *` : text);
