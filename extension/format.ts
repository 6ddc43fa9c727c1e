/** Figures as short text, for the status bar and messages. Pure: no `vscode` here. */

const units: readonly (readonly [factor: number, symbol: string])[] = [
  [1e6, 'MJ'],
  [1e3, 'kJ'],
  [1, 'J'],
  [1e-3, 'mJ'],
];

/** The unit in which `joules` reads best: its factor in joules and its symbol. */
function unitFor(joules: number): readonly [number, string] {
  const size = Math.abs(joules);
  if (size === 0) {
    return [1, 'J'];
  }
  // 999.5 would round to "1000", which reads better in the next unit.
  return units.find(([factor]) => size >= factor * 0.9995) ?? [1e-3, 'mJ'];
}

/** A number with about three significant digits, never in exponent form: `0.82`, `4.1`, `48`, `139`. */
function digits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) {
    return '0';
  }
  if (size >= 10) {
    return Math.round(value).toString();
  }
  return size >= 1 ? value.toFixed(1).replace(/\.0$/, '') : Number(value.toPrecision(2)).toString();
}

/** `48 J`, `1.2 kJ`, `820 mJ`. Input in joules. */
export function joulesText(joules: number): string {
  const [factor, symbol] = unitFor(joules);
  return `${digits(joules / factor)} ${symbol}`;
}

/** `24–141 J`: both ends of an interval in joules, in the unit of the upper end. */
export function intervalText(interval: readonly [lo: number, hi: number]): string {
  const [factor, symbol] = unitFor(interval[1]);
  return `${digits(interval[0] / factor)}–${digits(interval[1] / factor)} ${symbol}`;
}

/** `48 J (24–141)`: a figure and its 90 % interval in joules; the unit is repeated only where it differs. */
export function figureText(energy: { joules: number; interval90: readonly [number, number] }): string {
  const [factor, symbol] = unitFor(energy.joules);
  const [lo, hi] = energy.interval90;
  const [, hiSymbol] = unitFor(hi);
  const interval = hiSymbol === symbol ? `${digits(lo / factor)}–${digits(hi / factor)}` : intervalText([lo, hi]);
  return `${digits(energy.joules / factor)} ${symbol} (${interval})`;
}

/** `13.5 mWh`: the same energy in watt-hours. Input in joules. */
export function wattHoursText(joules: number): string {
  const wattHours = joules / 3600;
  return wattHours >= 1 ? `${digits(wattHours)} Wh` : `${digits(wattHours * 1e3)} mWh`;
}

/** `12,345`: a count with thousands separators, the same in every locale so that it can be compared. */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** `52.3 J ± 1.1`: a measured figure to three digits and the half-width of its interval, in joules; null for one run. */
export function measuredFigureText(joules: number, halfWidth: number | null): string {
  const [factor, symbol] = unitFor(joules);
  const precise = (value: number, count: number): string =>
    value >= 10 ** count ? Math.round(value).toString() : Number(value.toPrecision(count)).toString();
  const spread = halfWidth === null ? '' : ` ± ${precise(halfWidth / factor, 2)}`;
  return `${precise(joules / factor, 3)} ${symbol}${spread}`;
}
