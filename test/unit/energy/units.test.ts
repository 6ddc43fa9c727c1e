import assert from 'node:assert/strict';
import {
  formatGrams,
  formatInterval,
  formatJoules,
  formatWattHours,
  gramsCo2e,
  gridIntensity,
  GRID_ZONES,
} from '../../../server/core/energy/units.js';

describe('figures as text', () => {
  const joules: [value: number, text: string][] = [
    [0, '0 J'],
    [1e-9, '0 J'],
    [2.5e-5, '25 µJ'],
    [0.0123, '12.3 mJ'],
    [0.327, '327 mJ'],
    [0.9999, '1 J'],
    [1.234, '1.2 J'],
    [9.99, '10 J'],
    [47.04, '47 J'],
    [47.36, '47.4 J'],
    [327.4, '327 J'],
    [999.7, '1 kJ'],
    [10_120, '10.1 kJ'],
    [3.4e6, '3.4 MJ'],
    [7.2e12, '7200 GJ'],
    [-2, '-2 J'],
    [NaN, '0 J'],
  ];
  for (const [value, text] of joules) it(`writes ${value} J as ${text}`, () => assert.equal(formatJoules(value), text));

  it('writes an interval in the unit of its upper end', () => {
    assert.equal(formatInterval([24.1, 139.2]), '24.1-139 J');
    assert.equal(formatInterval([900, 3200]), '0.9-3.2 kJ');
    assert.equal(formatInterval([0, 0]), '0-0 J');
    assert.equal(formatInterval([1e-6, 3]), '0-3 J');
  });

  it('writes watt-hours', () => {
    assert.equal(formatWattHours(1296), '0.36 Wh');
    assert.equal(formatWattHours(43.2), '12 mWh');
    assert.equal(formatWattHours(10_080_000), '2.8 kWh');
    assert.equal(formatWattHours(0), '0 Wh');
  });

  it('knows the grid', () => {
    assert.equal(gridIntensity('fra'), 44.18);
    assert.equal(gridIntensity('nowhere'), null);
    assert.equal(gridIntensity('constructor'), null);
    assert.equal(gramsCo2e(3.6e6, 'FRA'), 44.18);
    assert.equal(gramsCo2e(1, '?'), null);
    assert.ok(GRID_ZONES.length > 200);
    assert.equal(formatGrams(0.005), '5 mgCO2e');
  });
});
