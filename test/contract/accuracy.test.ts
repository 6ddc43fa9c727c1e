import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const script = path.resolve(__dirname, '../../scripts/accuracy.js');

describe('accuracy page', () => {
  it('docs/accuracy.md, docs/constants.md, docs/video.md and their plots are what npm run accuracy writes', async function () {
    this.timeout(240_000);
    const { stdout } = await promisify(execFile)(process.execPath, [script, '--check']);
    assert.equal(stdout.split('\n').filter((line) => line.endsWith('is current')).length, 10);
  });
});
