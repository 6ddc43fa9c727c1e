/** The marks of runs, figures and intervals. A provenance has its own shape, so that colour is not needed to tell them apart. */
import type { ProvenanceDto } from '../../server/protocol/messages.js';
import { svg } from './dom.js';

/** One run or figure: a disc where measured, a square where estimated, a diamond where simulated, a ring where unknown. */
export function mark(provenance: ProvenanceDto, x: number, y: number, size: number, more = ''): SVGElement {
  const name = `mark ${provenance} ${more}`;
  switch (provenance) {
    case 'estimated':
      return svg('rect', { class: name, x: x - size, y: y - size, width: 2 * size, height: 2 * size });
    case 'simulated': {
      const long = size * 1.3;
      return svg('path', { class: name, d: `M${x} ${y - long}L${x + long} ${y}L${x} ${y + long}L${x - long} ${y}Z` });
    }
    default:
      return svg('circle', { class: name, cx: x, cy: y, r: size });
  }
}

/** A line with end caps, level or upright. */
export function bar(
  name: string,
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
  cap: number,
): SVGElement {
  const [dx, dy] = y1 === y2 ? [0, cap] : [cap, 0];
  return svg('path', {
    class: name,
    d: `M${x1} ${y1}L${x2} ${y2}M${x1 - dx} ${y1 - dy}L${x1 + dx} ${y1 + dy}M${x2 - dx} ${y2 - dy}L${x2 + dx} ${y2 + dy}`,
  });
}

/** Text in a drawing. */
export const label = (
  text: string,
  x: number,
  y: number,
  name: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
): SVGElement => svg('text', { class: name, x, y, 'text-anchor': anchor }, text);

/** A drawing that is read as one sentence; its figures stand in the table too. */
export function drawing(width: number, height: number, spoken: string, ...parts: SVGElement[]): SVGElement {
  return svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': spoken }, ...parts);
}
