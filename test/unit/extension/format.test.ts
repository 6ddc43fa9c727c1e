import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  countText,
  durationText,
  figureText,
  intervalText,
  joulesText,
  measuredFigureText,
  wattHoursText,
} from '../../../extension/format.js';
import { formatInterval, formatJoules, formatSeconds, formatWattHours } from '../../../server/core/energy/units.js';

const joules = fc.double({ min: 1e-9, max: 1e10, noNaN: true });

describe('figures as text', () => {
  const cases: [number, string][] = [
    [0, '0 J'],
    [0.00042, '420 µJ'],
    [0.82, '820 mJ'],
    [0.99999, '1 J'],
    [1.2, '1.2 J'],
    [47.6, '47.6 J'],
    [48, '48 J'],
    [999.7, '1 kJ'],
    [1234, '1.2 kJ'],
    [5.2e6, '5.2 MJ'],
  ];
  for (const [value, text] of cases) {
    it(`${value} joules read ${text}`, () => assert.equal(joulesText(value), text));
  }

  it('names the unit of an interval once, and twice only where it differs', () => {
    assert.equal(figureText({ joules: 48, interval90: [24, 141] }), '48 J (24–141)');
    assert.equal(figureText({ joules: 480, interval90: [240, 1410] }), '480 J (0.24–1.4 kJ)');
    assert.equal(intervalText([0.02, 1.5]), '0.02–1.5 J');
  });

  it('are the same in the status bar as in lenses and on the command line', () => {
    fc.assert(
      fc.property(joules, joules, (one, other) => {
        const interval = [Math.min(one, other), Math.max(one, other)] as const;
        assert.equal(joulesText(one), formatJoules(one));
        assert.equal(wattHoursText(one), formatWattHours(one));
        assert.equal(durationText(one), formatSeconds(one));
        assert.equal(intervalText(interval), formatInterval(interval).replace('-', '–'));
      }),
    );
  });

  it('never lose more than the rounding they show', () => {
    const factors: Record<string, number> = { µJ: 1e-6, mJ: 1e-3, J: 1, kJ: 1e3, MJ: 1e6, GJ: 1e9 };
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e10, noNaN: true }), (value) => {
        const [shown, unit] = joulesText(value).split(' ');
        const read = Number(shown) * (factors[unit ?? ''] ?? NaN);
        assert.ok(Math.abs(read - value) <= value * 0.051, `${value} read ${shown} ${unit}`);
      }),
    );
  });

  it('of a measurement carry the half-width in the same unit', () => {
    assert.equal(measuredFigureText(52.31, 1.13), '52.3 J ± 1.1');
    assert.equal(measuredFigureText(5231, 113), '5.2 kJ ± 0.11');
    assert.equal(measuredFigureText(52.31, null), '52.3 J');
  });

  it('counts and watt-hours', () => {
    assert.equal(countText(1234567), '1,234,567');
    assert.equal(wattHoursText(3600), '1 Wh');
    assert.equal(wattHoursText(48), '13.3 mWh');
  });
});
