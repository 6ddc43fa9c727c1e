/**
 * Figures as short text, for the status bar and messages. Pure: no `vscode` here.
 *
 * In the digits and units of the server's lenses and of the command line: a test holds the two together, as the client
 * may not import core.
 */

const units: readonly (readonly [factor: number, symbol: string])[] = [
  [1e9, 'GJ'],
  [1e6, 'MJ'],
  [1e3, 'kJ'],
  [1, 'J'],
  [1e-3, 'mJ'],
];
const smallest = [1e-6, 'µJ'] as const;

/** Below this many joules a figure reads `0 J`. */
const nothing = 5e-7;

/** The unit in which `joules` reads best: its factor in joules and its symbol. */
function unitFor(joules: number): readonly [factor: number, symbol: string] {
  const size = Math.abs(joules);
  // 999.6 would round to "1000", which reads better in the next unit.
  return size < nothing ? [1, 'J'] : (units.find(([factor]) => size >= factor * 0.9995) ?? smallest);
}

/** Two digits below 10, else three at most, never in exponent form: `1.2`, `48`, `21.1`, `139`. */
function digits(value: number): string {
  if (value >= 99.95) {
    return value.toFixed(0);
  }
  const text = value >= 9.95 ? value.toFixed(1) : value.toPrecision(2);
  return String(Number(text));
}

/** `48 J`, `1.2 kJ`, `820 mJ`. Input in joules. */
export function joulesText(joules: number): string {
  const [factor, symbol] = unitFor(joules);
  const size = Math.abs(joules);
  return `${joules < 0 && size >= nothing ? '-' : ''}${size < nothing ? '0' : digits(size / factor)} ${symbol}`;
}

/** `24–141 J`: both ends of an interval in joules, in the unit of the upper end. */
export function intervalText([lo, hi]: readonly [lo: number, hi: number]): string {
  const low = lo / unitFor(hi)[0];
  return `${low < 5e-3 ? '0' : digits(low)}–${joulesText(hi)}`;
}

/** `48 J (24–141)`: a figure and its 90 % interval in joules; the interval's unit is written only where it differs. */
export function figureText(energy: { joules: number; interval90: readonly [number, number] }): string {
  const [, symbol] = unitFor(energy.joules);
  const interval = intervalText(energy.interval90);
  const same = interval.endsWith(` ${symbol}`);
  return `${joulesText(energy.joules)} (${same ? interval.slice(0, -symbol.length - 1) : interval})`;
}

/** `13 mWh`: the same energy in watt-hours. Input in joules. */
export function wattHoursText(joules: number): string {
  const wattHours = joules / 3600;
  if (wattHours < nothing) {
    return '0 Wh';
  }
  if (wattHours >= 1000) {
    return `${digits(wattHours / 1000)} kWh`;
  }
  if (wattHours >= 0.1) {
    return `${digits(wattHours)} Wh`;
  }
  return wattHours >= 1e-3 ? `${digits(wattHours * 1e3)} mWh` : `${digits(wattHours * 1e6)} µWh`;
}

/** `12,345`: a count with thousands separators, the same in every locale so that it can be compared. */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** `52.3 J ± 1.1`: a measured figure and the half-width of its interval, in joules; null for one run. */
export function measuredFigureText(joules: number, halfWidth: number | null): string {
  const [factor] = unitFor(joules);
  const spread = halfWidth === null ? '' : ` ± ${String(Number((halfWidth / factor).toPrecision(2)))}`;
  return `${joulesText(joules)}${spread}`;
}

/** `42 s`, `3.2 min`, `1.4 h`. */
export function durationText(seconds: number): string {
  if (!(seconds > 0)) {
    return '0 s';
  }
  const [factor, symbol] =
    seconds < 0.9995 ? [1e-3, 'ms'] : seconds < 99.5 ? [1, 's'] : seconds < 5970 ? [60, 'min'] : [3600, 'h'];
  return `${digits(seconds / factor)} ${symbol}`;
}
