import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRawLog } from '../../../server/live/rawLog.js';
import { redactorFor } from '../../../server/live/redact.js';
import { hashRequest } from '../../../server/live/requestHash.js';
import { endpointUrl, travelsInClear } from '../../../server/live/endpoint.js';
import { createMeter } from '../../../server/live/meters/registry.js';
import { withNonce } from '../../../server/live/nonce.js';

describe('redaction', () => {
  it('leaves no key in any form', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.string(), fc.string(), (key, before, after) => {
        fc.pre(!'<key>'.includes(key));
        const redact = redactorFor(key);
        assert.ok(!redact(`${before} ${key} ${after}`).includes(key) || `${before} ${after}`.includes(key));
        assert.ok(!redact(JSON.stringify({ key })).includes(JSON.stringify(key).slice(1, -1)));
      }),
    );
    assert.equal(redactorFor(undefined)('abc'), 'abc');
    assert.equal(redactorFor('')('abc'), 'abc');
  });
});

describe('the raw log', () => {
  it('keeps the start and the end and says what it left out', () => {
    const log = createRawLog((text) => text);
    for (let i = 0; i < 10_000; i++) log.add(String(i));
    const lines = log.lines();
    assert.equal(lines[0], '0');
    assert.equal(lines.at(-1), '9999');
    const gap = lines.findIndex((line) => line.includes('left out'));
    const [before, after] = [Number(lines[gap - 1]), Number(lines[gap + 1])];
    assert.equal(lines[gap], `(${after - before - 1} lines left out)`);
  });

  it('hides cookies and shortens long lines', () => {
    const log = createRawLog((text) => text);
    log.addHeaders({ 'set-cookie': 'a=b', server: 'x' });
    log.add('y'.repeat(10_000));
    assert.deepEqual(log.lines().slice(0, 2), ['set-cookie: <hidden>', 'server: x']);
    assert.match(log.lines()[2] ?? '', /… \(10000 characters\)$/);
  });
});

describe('the hash of a request', () => {
  it('is SHA-256 of roles and texts, and differs where they do', () => {
    const hash = hashRequest([{ role: 'user', content: 'Hi' }]);
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.equal(hash, hashRequest([{ role: 'user', content: 'Hi' }]));
    assert.notEqual(hash, hashRequest([{ role: 'system', content: 'Hi' }]));
    const message = fc.record({ role: fc.constantFrom('user', 'assistant'), content: fc.string() });
    fc.assert(
      fc.property(fc.array(message), fc.array(message), (a, b) => {
        assert.equal(hashRequest(a) === hashRequest(b), JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  it('keeps the boundaries between messages', () => {
    const split = [
      { role: 'user', content: 'a' },
      { role: 'user', content: 'b' },
    ];
    assert.notEqual(hashRequest(split), hashRequest([{ role: 'user', content: 'ab' }]));
  });
});

describe('the endpoint', () => {
  it('is joined with a path, whatever slashes and queries it has', () => {
    assert.equal(endpointUrl({ baseUrl: 'http://h/v1' }, 'models').href, 'http://h/v1/models');
    assert.equal(endpointUrl({ baseUrl: 'http://h/v1//' }, 'models').href, 'http://h/v1/models');
    assert.equal(
      endpointUrl({ baseUrl: 'https://h/v1?api-version=2#x' }, 'models').href,
      'https://h/v1/models?api-version=2',
    );
  });

  it('is in clear only over plain http to another machine', () => {
    assert.equal(travelsInClear('http://example.com/v1'), true);
    assert.equal(travelsInClear('https://example.com/v1'), false);
    for (const local of ['http://localhost:1/v1', 'http://127.0.0.1/v1', 'http://[::1]/v1']) {
      assert.equal(travelsInClear(local), false);
    }
  });
});

describe('meters by name', () => {
  it('are made where they are known, and refused in one line where not', () => {
    const problemOf = (name: string): string => {
      const made = createMeter(name);
      return 'problem' in made ? made.problem : '';
    };
    for (const name of ['response', 'simulated', 'rapl', 'nvml:0,1', 'prometheus:http://h/metrics#m,J']) {
      assert.equal(problemOf(name), '', name);
    }
    assert.match(problemOf('nvml:x'), /after nvml: come the indices of GPUs/);
    assert.match(problemOf('toString'), /^Meter "toString": not known; there are response, nvml/);
  });
});

describe('the nonce', () => {
  it('stands before everything else and changes nothing else', () => {
    const messages = [
      { role: 'system', content: 'a' },
      { role: 'user', content: 'b' },
    ];
    assert.deepEqual(withNonce(messages, 'f00'), [{ role: 'system', content: '[f00]\na' }, messages[1]]);
    assert.equal(messages[0]?.content, 'a');
  });
});
