import assert from 'node:assert/strict';
import { announcementText, failureLines, outputLines, resultText } from '../../../extension/measure/report.js';
import type { MeasurementDto, MeasurePlan } from '../../../server/protocol/messages.js';

const measurement: MeasurementDto = {
  provenance: 'simulated',
  joules: 52.3,
  ci95: 1.1,
  n: 5,
  scope: 'request-attributed',
  method: 'simulated meter',
  tokensIn: 300,
  tokensOut: 327,
  seconds: 4.2,
  predictedJoules: 50,
  predictedInterval90: [24, 139],
  ratio: 1.046,
  endpoint: 'http://127.0.0.1:4000/v1',
  at: '2026-01-01T00:00:00.000Z',
  stale: false,
  reply: 'Hello',
  warnings: [],
};
const plan: MeasurePlan = {
  requestHash: 'abcdef0123456789',
  conversation: 0,
  replyTurn: 3,
  model: 'llama',
  predicted: {
    joules: 50,
    interval90: [24, 139],
    prefillJoules: 1,
    rereadJoules: 0,
    decodeJoules: 49,
    hostJoules: 10,
    facilityJoules: 8,
  },
  announcement: 'predicted 50 J (24-139 J) for 1 request',
};
const settings = { repeats: 5, timeoutSeconds: 60, keepCache: false, meter: 'response' };

describe('measurements in words', () => {
  it('never shows a simulated figure without saying so', () => {
    assert.equal(
      resultText(measurement, 5),
      'Request simulated: 52.3 J ± 1.1 (n=5). Predicted at the same tokens: 50 J (24–139).',
    );
    assert.match(
      outputLines('a.json', plan, { requestHash: 'abc', measurement, raw: [] }).join('\n'),
      /simulated: 52\.3 J ± 1\.1/,
    );
  });

  it('says when a provenance is not known', () => {
    assert.match(
      resultText({ ...measurement, provenance: 'unknown' }, 5),
      /^Request reported \(provenance unknown\): /,
    );
  });

  it('says how far a cancelled measurement came', () => {
    assert.match(resultText({ ...measurement, n: 2 }, 5), /Stopped after 2 of 5\.$/);
  });

  it('announces what is sent, where, with or without a key, and the prediction', () => {
    const endpoint = {
      url: 'https://api.example.com/v1',
      origin: 'https://api.example.com',
      isDemo: false,
      label: 'x',
    };
    const without = announcementText(endpoint, plan, settings);
    assert.match(without, /3 turns before the reply, 5 times, to https:\/\/api\.example\.com\/v1, without a key/);
    assert.match(without, /predicted 50 J/);
    const withKey = announcementText({ ...endpoint, apiKey: 'sk-secret' }, plan, settings);
    assert.match(withKey, /with your key/);
    assert.doesNotMatch(withKey, /sk-secret/);
  });

  it('keeps the raw payload', () => {
    const lines = outputLines('a.json', plan, { requestHash: 'abc', measurement, raw: [': energy {"joules":1}'] });
    assert.ok(lines.includes('    : energy {"joules":1}'));
  });

  it('keeps what came back before a failure', () => {
    assert.deepEqual(failureLines('a.json', plan, 'The endpoint hung.', ['data: {}']), [
      'a.json, reply at turn 4: The endpoint hung.',
      '  raw payload:',
      '    data: {}',
      '',
    ]);
  });
});
