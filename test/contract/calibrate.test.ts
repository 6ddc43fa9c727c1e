import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const script = path.resolve(__dirname, '../../scripts/calibrate.js');

describe('calibration', () => {
  it('the committed constants are what npm run calibrate writes', async function () {
    this.timeout(180_000);
    const { stdout } = await promisify(execFile)(process.execPath, [script, '--check']);
    assert.match(stdout, /data\/coefficients\.json is current/);
    assert.match(stdout, /data\/videoCoefficients\.json is current/);
  });
});
