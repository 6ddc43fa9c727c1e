/** A share of `npm run fuzz`, the same documents each time, and the documents that once went wrong. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fuzzCase, type FuzzCase } from '../../support/transcript/fuzz/cases.js';
import { check } from '../../support/transcript/fuzz/check.js';

const SHARE = 600;
const SEED = 20;

const folder = path.resolve(__dirname, '../../../../test/fixtures/fuzz');

describe('mutated documents', () => {
  it('are read without a throw, with sound ranges, by every adapter; an update equals a full parse', () => {
    for (let index = 0; index < SHARE; index++) {
      const made = fuzzCase(SEED, index);
      const failure = check(made);
      assert.equal(failure, null, `${failure?.stage}: ${failure?.message}\nin ${JSON.stringify(made)}`);
    }
  });

  for (const name of fs.readdirSync(folder)) {
    it(name, () => {
      const failure = check(JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')) as FuzzCase);
      assert.equal(failure, null, `${failure?.stage}: ${failure?.message}`);
    });
  }
});
