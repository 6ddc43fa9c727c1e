import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { measuringPage } from '../../../scripts/lib/measuringPage.js';

describe('docs/measuring.md', () => {
  it('is what the tables say; else run npm run measuring', () => {
    const file = path.join(__dirname, '../../../../docs/measuring.md');
    assert.equal(readFileSync(file, 'utf8'), measuringPage());
  });
});
