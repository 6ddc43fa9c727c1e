/** Prometheus pages: what exporters really send, and that no line can take the others down. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { numberOf, parseMetrics } from '../../../server/live/counters/prometheusText.js';

const only = (line: string) => {
  const { samples, badLines } = parseMetrics(line);
  assert.equal(badLines, 0, line);
  assert.equal(samples.length, 1, line);
  return samples[0]!;
};

describe('a page of metrics', () => {
  it('has blanks between labels, as the DCGM exporter once sent', () => {
    const sample = only('DCGM_FI_DEV_POWER_USAGE{gpu="0", UUID="GPU-8c", device="nvidia0"} 409.692000');
    assert.deepEqual(sample.labels, { gpu: '0', UUID: 'GPU-8c', device: 'nvidia0' });
    assert.equal(sample.value, 409.692);
  });

  it('has escapes, braces and commas in label values', () => {
    const sample = only('m{a="x\\"},\\\\ y\\n", b = "#{}", } 1');
    assert.deepEqual(sample.labels, { a: 'x"},\\ y\n', b: '#{}' });
  });

  it('has timestamps and OpenMetrics exemplars', () => {
    assert.deepEqual(only('m 5 1700000000123'), { name: 'm', labels: {}, value: 5, timestamp: 1700000000123 });
    const sample = only('m_total{a="1"} 17.5 1700000000.5 # {trace_id="KOO5S4vxi0o"} 0.67 1700000000.1');
    assert.equal(sample.value, 17.5);
    assert.equal(sample.timestamp, 1700000000.5);
    assert.equal(only('m_bucket{le="1"} 3 # {id="a"} 0.5').value, 3);
  });

  it('has NaN, infinities and exponents', () => {
    assert.ok(Number.isNaN(only('m NaN').value));
    assert.equal(only('m +Inf').value, Infinity);
    assert.equal(only('m -inf').value, -Infinity);
    assert.equal(only('m 1.234e+06').value, 1234000);
  });

  it('has types, comments, carriage returns and an end mark', () => {
    const page = parseMetrics('# HELP m what # it is\r\n# TYPE m counter\r\nm 1\r\n# EOF\r\n');
    assert.equal(page.types.get('m'), 'counter');
    assert.equal(page.samples.length, 1);
    assert.equal(page.badLines, 0);
  });

  it('survives lines that are no samples', () => {
    const lines = [
      'm{a="1} 2',
      'm{a=1} 2',
      'm',
      'm x',
      'm 1 2 3',
      '9m 1',
      'm{} constructor',
      'm-n 1',
      '<html>',
      'm{a="1" b="2"} 1',
    ];
    const page = parseMetrics([...lines, 'good 1'].join('\n'));
    assert.equal(page.badLines, lines.length);
    assert.deepEqual(
      page.samples.map(({ name }) => name),
      ['good'],
    );
  });

  it('gives back what was written, whatever stands between', () => {
    const name = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,8}$/);
    const label = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,6}$/);
    const labels = fc.uniqueArray(fc.tuple(label, fc.string()), { selector: ([key]) => key, maxLength: 4 });
    const blank = fc.constantFrom('', ' ', '  ');
    const escape = (text: string): string => text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
    // Line ends other than \n cannot be escaped in the format.
    const writable = labels.filter((all) => all.every(([, value]) => !value.includes('\r')));
    fc.assert(
      fc.property(
        name,
        writable,
        fc.double({ noNaN: true }),
        blank,
        fc.string(),
        (metric, pairs, value, gap, noise) => {
          const written = pairs.map(([key, text]) => `${key}${gap}=${gap}"${escape(text)}"`).join(`,${gap}`);
          const shown = value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value);
          const page = parseMetrics(`{${noise.replace(/[\r\n]/g, '')}\n${metric}{${written}}${gap} ${shown}\n`);
          const [sample] = page.samples;
          assert.ok(sample);
          assert.equal(sample.name, metric);
          assert.deepEqual({ ...sample.labels }, Object.fromEntries(pairs));
          assert.ok(sample.value === value);
        },
      ),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const { samples } = parseMetrics(String.fromCharCode(...bytes));
        assert.ok(samples.every(({ value }) => typeof value === 'number'));
      }),
    );
    assert.equal(numberOf(''), null);
    assert.equal(numberOf('toString'), null);
  });
});
