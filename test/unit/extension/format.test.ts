import assert from 'node:assert/strict';
import fc from 'fast-check';
import { countText, figureText, intervalText, joulesText, wattHoursText } from '../../../extension/format.js';

describe('figures as text', () => {
  const cases: [number, string][] = [
    [0, '0 J'],
    [0.00042, '0.42 mJ'],
    [0.82, '820 mJ'],
    [0.99999, '1 J'],
    [1.2, '1.2 J'],
    [47.6, '48 J'],
    [999.7, '1 kJ'],
    [1234, '1.2 kJ'],
    [5.2e6, '5.2 MJ'],
  ];
  for (const [joules, text] of cases) {
    it(`${joules} joules read ${text}`, () => assert.equal(joulesText(joules), text));
  }

  it('names the unit of an interval once, and twice only where it differs', () => {
    assert.equal(figureText({ joules: 48, interval90: [24, 141] }), '48 J (24–141)');
    assert.equal(figureText({ joules: 480, interval90: [240, 1410] }), '480 J (0.24–1.4 kJ)');
    assert.equal(intervalText([0.02, 1.5]), '0.02–1.5 J');
  });

  it('never loses more than the rounding it shows', () => {
    const factors: Record<string, number> = { mJ: 1e-3, J: 1, kJ: 1e3, MJ: 1e6 };
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e8, noNaN: true }), (joules) => {
        const [value, unit] = joulesText(joules).split(' ');
        const shown = Number(value) * (factors[unit ?? ''] ?? NaN);
        assert.ok(Math.abs(shown - joules) <= joules * 0.05 + 1e-12, `${joules} read ${value} ${unit}`);
      }),
    );
  });

  it('counts and watt-hours', () => {
    assert.equal(countText(1234567), '1,234,567');
    assert.equal(wattHoursText(3600), '1 Wh');
    assert.equal(wattHoursText(48), '13 mWh');
  });
});
