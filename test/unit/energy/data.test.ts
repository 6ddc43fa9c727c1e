import assert from 'node:assert/strict';
import { join } from 'node:path';
import written from '../../../server/core/data/outputLengths.json';
import { replyLengthsJson } from '../../../scripts/buildReplyLengths.js';

describe('generated data', () => {
  it('has reply lengths that equal what the script makes of data/', () => {
    assert.deepEqual(written, replyLengthsJson(join(__dirname, '..', '..', '..', '..', 'data')));
  });
});
