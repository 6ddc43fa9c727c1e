import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readCsv } from '../../../../server/core/calibration/endpoint/csv.js';
import { observe } from '../../../../server/core/calibration/endpoint/observations.js';
import { readMeasurementFile } from '../../../../server/core/calibration/endpoint/readMeasurements.js';
import { BUILT_IN_PROFILES } from '../../../../server/core/data/index.js';
import { findModel, tgi } from './synthetic.js';

const run = { joules: 50, provenance: 'measured', scope: 'gpu-window', method: 'nvml: GPU 0', field: 'x', tokensIn: 200, tokensOut: 90, tokensCached: null, seconds: 2, secondsToFirstToken: 0.1, finishReason: 'stop' }; // prettier-ignore
const report = { file: 'a.md', endpoint: 'http://127.0.0.1:8000/v1', model: 'llama-3.1-8b', endpointModel: 'x', measured: {}, runs: [run, { ...run, joules: 52 }] }; // prettier-ignore
const row = { model: 'llama-3.1-8b', in: 100, out: 50, batch: 8, joules: 12.5 };

describe('saved measurements', () => {
  it('are read from what measure --json prints: one object or one a line', () => {
    for (const text of [JSON.stringify(report), JSON.stringify(report, null, 2), `\uFEFF${JSON.stringify([report])}`]) {
      const { requests, problems } = readMeasurementFile('m.json', text);
      assert.deepEqual(problems, []);
      assert.deepEqual(requests.map(({ joules }) => joules), [50, 52]); // prettier-ignore
      const [first] = requests;
      assert.deepEqual(
        [first!.model, first!.tokensIn, first!.tokensOut, first!.scope, first!.meter, first!.batch],
        ['llama-3.1-8b', 200, 90, 'gpu-window', 'nvml: GPU 0', undefined],
      );
    }
    const lines = readMeasurementFile('m.jsonl', `${JSON.stringify(report)}\n\n${JSON.stringify(report)}\n`);
    assert.deepEqual(
      lines.requests.map(({ place }) => place),
      ['m.jsonl:1 run 1', 'm.jsonl:1 run 2', 'm.jsonl:3 run 1', 'm.jsonl:3 run 2'],
    );
  });

  it('are read from rows, histories and CSV, by either name of a field', () => {
    const dto = { provenance: 'measured', joules: 12.5, n: 5, ci95: 0.2, scope: 'gpu', method: 'm', tokensIn: 100, tokensOut: 50, model: 'llama-3.1-8b', concurrency: 8, at: '2026-11-25T10:00:00Z', predictedJoules: 3 }; // prettier-ignore
    const csv =
      'model,tokensIn,tokensOut,concurrency,joules,at,note\r\nllama-3.1-8b,100,50,8,12.5,2026-11-25T10:00:00Z,"a, ""b""\r\nc"\r\n';
    for (const text of [JSON.stringify({ measurements: [dto] }), JSON.stringify([dto]), csv]) {
      const { requests, problems } = readMeasurementFile('h', text);
      assert.deepEqual(problems, []);
      const { tokensIn, tokensOut, batch, joules, day } = requests[0]!;
      assert.deepEqual([tokensIn, tokensOut, batch, joules, day], [100, 50, 8, 12.5, '2026-11-25']);
    }
    assert.equal(readMeasurementFile('h', JSON.stringify([dto])).requests[0]!.repeats, 5);
  });

  it('take what a history keeps once of all runs', () => {
    const kept = { model: 'llama-3.1-8b', at: '2026-11-25T10:00:00Z', measured: { provenance: 'simulated', scope: 'gpu-window', method: 'm' }, runs: [{ joules: 5, tokensIn: 10, tokensOut: 5, seconds: 1 }] }; // prettier-ignore
    const { measured, ...rest } = kept;
    for (const one of [kept, { ...rest, ...measured, joules: 5, n: 1 }]) {
      assert.equal(readMeasurementFile('h.json', JSON.stringify(one)).requests[0]!.provenance, 'simulated');
    }
    const { requests, problems } = readMeasurementFile('h.json', JSON.stringify({ measurements: [kept] }, null, 2));
    assert.deepEqual(problems, []);
    assert.deepEqual([requests[0]!.provenance, requests[0]!.scope, requests[0]!.day], ['simulated', 'gpu-window', '2026-11-25']); // prettier-ignore
  });

  it('take the whole draw where a run tells it from the net one', () => {
    const net = { ...report, runs: [{ ...run, joules: 30, grossJoules: 55 }] };
    assert.equal(readMeasurementFile('m', JSON.stringify(net)).requests[0]!.joules, 55);
  });

  const bad: [name: string, row: unknown, says: RegExp][] = [
    [
      'an estimate',
      { ...row, provenance: 'estimated' },
      /^provenance: estimated by the provider; .*measured figures alone/,
    ],
    ['an unknown provenance', { ...row, provenance: 'unknown' }, /^provenance: unknown how/],
    ['another provenance', { ...row, provenance: 'guess' }, /^provenance: expected measured \(it is "guess"\)/],
    ['no energy', { ...row, joules: null }, /^joules: missing/],
    ['negative energy', { ...row, joules: -1 }, /^joules: expected the measured joules, above 0 \(it is -1\)/],
    ['text for tokens', { ...row, in: 'many' }, /^in: expected the tokens of the prompt.*"many"/],
    ['no reply length', { model: 'llama-3.1-8b', in: 5, joules: 1 }, /^out: missing/],
    ['a node scope', { ...row, scope: 'node-window' }, /^scope: node-window has more than the GPUs/],
    ['more cached than sent', { ...row, cached: 101 }, /^cached: 101 is more than in, 100/],
    ['an unknown GPU', { ...row, gpu: 'h101' }, /^gpu: unknown GPU "h101".*h100/],
    ['a discarded run', { ...row, discarded: 'another user' }, /^discarded when it was measured: another user/],
    ['a number', 7, /^row: expected an object/],
  ];
  for (const [name, value, says] of bad) {
    it(`name file, line and field of ${name}, and use the rest`, () => {
      const text = [row, value, row].map((each) => JSON.stringify(each)).join('\n');
      const { requests, problems } = readMeasurementFile('r.jsonl', text);
      assert.equal(requests.length, 2);
      assert.equal(problems.length, 1);
      assert.equal(problems[0]!.place, 'r.jsonl:2');
      assert.match(problems[0]!.message, says);
    });
  }

  it('keep the line of a row in JSON over many lines', () => {
    const { problems } = readMeasurementFile('r.json', JSON.stringify([row, { ...row, joules: 0 }], null, 2));
    assert.equal(problems[0]!.place, 'r.json:9');
  });

  it('say of other files that they are none', () => {
    assert.match(readMeasurementFile('a', 'hello world').problems[0]!.message, /neither JSON nor CSV/);
    assert.match(readMeasurementFile('a', ' \n').problems[0]!.message, /holds no measurement/);
    assert.match(readMeasurementFile('a', '[{"in": 1, "out"').problems[0]!.message, /not valid JSON/);
  });

  it('are read without throwing, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.json().map((text) => text.slice(0, -1)), fc.string().map((text) => `joules,in\n${text}`)), (text) => {
        const { requests, problems } = readMeasurementFile('x', text);
        assert.ok(Array.isArray(requests) && problems.every(({ place, message }) => place !== '' && message !== ''));
      }),
      { numRuns: 200 },
    ); // prettier-ignore
  });

  it('as CSV round-trip whatever is in a cell', () => {
    const cell = fc.string();
    const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1 }), (lines) => {
        const text = lines.map((cells) => cells.map(quote).join(',')).join('\r\n');
        assert.deepEqual(readCsv(text).map(({ cells }) => cells), lines); // prettier-ignore
      }),
      { numRuns: 100 },
    );
  });
});

describe('measurements beside the general fit', () => {
  const read = (value: object) => readMeasurementFile('r', JSON.stringify(value)).requests;

  it('take the batch of the row, else one for all that the GPUs drew, else the middle of the profile', () => {
    const profile = BUILT_IN_PROFILES[0]!;
    const batchOf = (value: object, batch?: number) => {
      const { observations, notes } = observe(read(value), { profile, findModel, ...(batch === undefined ? {} : { batch }) }); // prettier-ignore
      return [observations[0]!.batch, notes.length];
    };
    const { batch: _batch, ...open } = row;
    assert.deepEqual(batchOf(row), [8, 0]);
    assert.deepEqual(batchOf({ ...open, scope: 'gpu-window' }), [1, 0]);
    assert.deepEqual(batchOf({ ...open, scope: 'request-attributed' }), [32, 1]);
    assert.deepEqual(batchOf({ ...open, scope: 'request-attributed' }, 5), [5, 0]);
  });

  it('name what cannot be predicted, and use the rest', () => {
    const rows = [row, { ...row, model: 'nothing-such' }, { ...row, model: 'llama-3.1-405b', gpus: 1 }];
    const requests = rows.flatMap(read);
    const { observations, problems } = observe(requests, { profile: tgi, findModel });
    assert.equal(observations.length, 1);
    assert.match(problems[0]!.message, /^model: .*nothing-such/);
    assert.match(problems[1]!.message, /do not fit/);
  });
});
