import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  figuresOf,
  historyCsv,
  historyJson,
  mergeRecords,
  readRecord,
  recordLine,
} from '../../../server/core/history/index.js';
import { anyRecord } from '../../support/history/anyRecord.js';
import { historyRecord } from '../../support/history/records.js';

describe('a record of the history', () => {
  it('is one line, and reads back as it was with the fields of a later version', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const line = recordLine(record);
        assert.doesNotMatch(line, /[\n\r]/);
        assert.deepEqual(readRecord(line), JSON.parse(JSON.stringify(record)));
      }),
    );
  });

  it('is not read where its line is torn anywhere', () => {
    fc.assert(
      fc.property(anyRecord, fc.nat(), (record, at) => {
        const line = recordLine(record);
        assert.equal(readRecord(line.slice(0, at % line.length)), null);
      }),
    );
  });

  it('is not read where it is another thing, of another version, or lacks a figure', () => {
    for (const line of ['', 'null', '[]', '{}', '"text"', JSON.stringify({ ...historyRecord(), version: 2 })]) {
      assert.equal(readRecord(line), null, line);
    }
    const { predicted: _, ...without } = historyRecord();
    assert.equal(readRecord(JSON.stringify(without)), null);
    assert.throws(() => recordLine({ ...historyRecord(), ratio: NaN }));
  });

  it('counts once, however many files hold it, and stands in the order of time', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 8 }), (records) => {
        const merged = mergeRecords([...records, ...[...records].reverse()]);
        assert.equal(merged.length, new Set(records.map(({ id }) => id)).size);
        const times = merged.map(({ at }) => Date.parse(at));
        assert.deepEqual(
          times,
          [...times].sort((a, b) => a - b),
        );
      }),
    );
  });

  it('takes figures of a run, and no text but the words that say what they are', () => {
    const run = {
      joules: 3,
      grossJoules: 4,
      contended: false,
      tokensCached: null,
      provenance: 'measured',
      method: 'm'.repeat(1000),
      reply: 'secret words',
      text: 'secret words',
      raw: ['secret words'],
      usage: { text: 'secret words' },
      watts: NaN,
    };
    const kept = figuresOf(run);
    assert.doesNotMatch(JSON.stringify(kept), /secret/);
    assert.deepEqual(kept, {
      joules: 3,
      grossJoules: 4,
      contended: false,
      tokensCached: null,
      provenance: 'measured',
      method: 'm'.repeat(300),
    });
  });
});

describe('the exported history', () => {
  /** Cells of RFC 4180 text, read without our writer. */
  function cells(csv: string): string[][] {
    const rows: string[][] = [[]];
    for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
      rows.at(-1)!.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
      if (end === '\r\n') rows.push([]);
    }
    return rows.slice(0, -1);
  }

  it('as CSV has a column for every figure, with all its digits', () => {
    const [head, row] = cells(historyCsv([historyRecord({ ratio: 1 / 3 })])) as [string[], string[]];
    const of = (name: string): string => row[head.indexOf(name)]!;
    assert.equal(of('joules'), '52.3');
    assert.equal(of('provenance'), 'measured');
    assert.equal(of('predictedLow90'), '24');
    assert.equal(of('predictedHigh90'), '139');
    assert.equal(Number(of('ratio')), 1 / 3);
    assert.equal(of('runJoules'), '52.2 52.4');
    assert.equal(of('assumedBatch'), '8..128');
    assert.equal(of('meter'), '');
  });

  it('as CSV keeps any file name in its cell, and runs none as a formula', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 4 }), (records) => {
        const rows = cells(historyCsv(records));
        const file = rows[0]!.indexOf('file');
        assert.equal(rows.length, records.length + 1);
        for (const row of rows) assert.equal(row.length, rows[0]!.length);
        records.forEach((record, index) => {
          const cell = rows[index + 1]![file]!;
          assert.ok(cell === record.file || cell === `'${record.file}`, cell);
          assert.doesNotMatch(cell, /^[=+\-@]/);
        });
      }),
    );
  });

  it('as JSON holds the records as they are kept', () => {
    const records = [historyRecord(), historyRecord({ id: 'two' })];
    assert.deepEqual(JSON.parse(historyJson(records)), { measurements: records });
  });
});
