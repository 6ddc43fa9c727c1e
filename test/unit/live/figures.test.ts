import assert from 'node:assert/strict';
import fc from 'fast-check';
import { extractEnergy } from '../../../server/live/extractors/index.js';
import { joulesPerUnit, toJoules } from '../../../server/live/units.js';
import { provenanceOf, weakest } from '../../../server/live/extractors/provenance.js';
import { halfWidth95 } from '../../../server/live/statistics.js';

const nothing = { chunks: [], comments: [], headers: {}, trailers: {} };

describe('units', () => {
  it('hold by definition', () => {
    assert.equal(toJoules(1, 'kWh'), 1000 * toJoules(1, 'Wh'));
    assert.equal(toJoules(1, 'Wh'), 60 * 60);
    assert.equal(toJoules(1000, 'mWh'), 3600);
    assert.ok(Math.abs(toJoules(121_723, 'Wms') - 121.723) < 1e-9);
    assert.equal(toJoules(1e6, 'uJ'), 1);
    assert.ok(Object.values(joulesPerUnit).every((factor) => factor > 0));
  });
});

describe('extraction', () => {
  it('finds a figure given in joules and kilowatt-hours without a warning, whatever its size', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (joules) => {
        const chunk = { energy: { energy_joules: joules, energy_kwh: joules / 3.6e6, source: 'measured' } };
        const { reading } = extractEnergy({ ...nothing, chunks: [chunk] });
        assert.equal(reading?.joules, joules);
        assert.deepEqual(reading.warnings, []);
      }),
    );
  });

  it('is not misled by whatever else stands there', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, text) => {
        const { reading } = extractEnergy({
          chunks: [{ energy: value, usage: { energy: value } }, value],
          comments: [text, `energy ${JSON.stringify(value)}`],
          headers: { 'x-energy-joules': text, 'x-energy-data': JSON.stringify(value) },
          trailers: {},
        });
        assert.ok(reading === null || (reading.joules > 0 && Number.isFinite(reading.joules)));
      }),
    );
  });

  it('takes the last chunk that holds energy', () => {
    const chunks = [{ energy: { joules: 1 } }, { energy: { joules: 2 } }, { usage: {} }];
    assert.equal(extractEnergy({ ...nothing, chunks }).reading?.joules, 2);
  });

  it('prefers a trailer to a header of the same name', () => {
    const { reading } = extractEnergy({
      ...nothing,
      headers: { 'x-energy-joules': '1' },
      trailers: { 'x-energy-joules': '2' },
    });
    assert.equal(reading?.joules, 2);
  });

  it('takes phases where they are given', () => {
    const chunks = [{ usage: { energy: { joules: 5, prefill_joules: 2, decode_joules: 3, source: 'measured' } } }];
    const { reading } = extractEnergy({ ...nothing, chunks });
    assert.equal(reading?.prefillJoules, 2);
    assert.equal(reading.decodeJoules, 3);
  });

  it('does not read inherited fields', () => {
    assert.equal(extractEnergy({ ...nothing, chunks: [Object.create({ energy: { joules: 1 } })] }).reading, null);
  });
});

describe('provenance', () => {
  it('understands endpoints’ words', () => {
    assert.equal(provenanceOf('measured'), 'measured');
    assert.equal(provenanceOf('Simulated measurement'), 'simulated');
    assert.equal(provenanceOf('estimated from measured averages'), 'estimated');
    assert.equal(provenanceOf('NVML'), 'measured');
    assert.equal(provenanceOf('provider'), 'unknown');
  });

  it('of a sum is that of its weakest part', () => {
    assert.equal(weakest(['measured', 'measured']), 'measured');
    assert.equal(weakest(['measured', 'estimated']), 'estimated');
    assert.equal(weakest(['measured', 'simulated', 'estimated']), 'simulated');
    assert.equal(weakest([]), 'unknown');
  });
});

describe('statistics', () => {
  it('uses Student’s t', () => {
    assert.equal(halfWidth95([5]), null);
    assert.equal(halfWidth95([5, 5, 5]), 0);
    // s = 1, n = 5: 2.776 x sqrt(2.5) / sqrt(5)
    assert.ok(Math.abs((halfWidth95([1, 2, 3, 4, 5]) ?? 0) - 2.776 * Math.sqrt(2.5 / 5)) < 1e-3);
  });
});
