import assert from 'node:assert/strict';
import { createRedactor, redacted } from '../../../extension/redact.js';

describe('keys in logs', () => {
  it('are blanked wherever they stand, also as JSON writes them', () => {
    const redactor = createRedactor();
    redactor.add('sk-a"b\\c');
    assert.equal(redactor.clean('key sk-a"b\\c!'), 'key <key>!');
    assert.equal(redactor.clean(JSON.stringify({ apiKey: 'sk-a"b\\c' })), '{"apiKey":"<key>"}');
  });

  it('leave ordinary text alone when empty or short', () => {
    const redactor = createRedactor();
    redactor.add('');
    redactor.add('abc');
    assert.equal(redactor.clean('abc def'), 'abc def');
  });

  it('are blanked by every method of a logger that writes', () => {
    const written: string[] = [];
    const logger = {
      level: 3,
      info: (text: string) => void written.push(text),
      trace: (text: string) => void written.push(text),
      dispose: () => void written.push('disposed'),
    };
    const redactor = createRedactor();
    const safe = redacted(logger, redactor);
    redactor.add('secret-key');
    safe.info('a secret-key');
    safe.trace('{"apiKey":"secret-key"}');
    safe.dispose();
    assert.deepEqual(written, ['a <key>', '{"apiKey":"<key>"}', 'disposed']);
    assert.equal(safe.level, 3);
  });
});
