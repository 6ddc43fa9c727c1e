import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readJsonNow } from '../../../server/core/transcript/json/reader.js';
import { chatJson, dialectJson, editPlan, applyPlan, runs } from '../../support/transcript/arbitraries.js';
import { FIXTURES, parse, plain } from '../../support/transcript/fixtures.js';

/** What stands after each value: blanks, or a comment as long, which only the tolerant reader takes. */
const BLANKS = '    ';
const COMMENT = '/**/';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('JSON without a mistake is read in a shorter way', () => {
  it('to the same tree', () => {
    const text = fc.oneof(
      fc
        .tuple(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 1, 2, '\t'))
        .map(([value, indent]) => JSON.stringify(value, null, indent)),
      chatJson,
      dialectJson,
    );
    fc.assert(
      fc.property(text, (json) => {
        assert.deepEqual(readJsonNow(json + BLANKS), readJsonNow(json + COMMENT));
      }),
      runs(400, 3),
    );
  });

  it('and nothing that has one is taken for such', () => {
    fc.assert(
      fc.property(fc.oneof(chatJson, dialectJson), editPlan, (json, plan) => {
        const { after } = applyPlan(json, plan);
        const [strict, tolerant] = [readJsonNow(after + BLANKS), readJsonNow(after + COMMENT)];
        if (strict.problems.length === 0 || tolerant.problems.length === 0) assert.deepEqual(strict, tolerant);
        // The tolerant reader lets comments and trailing commas pass.
        if (isJson(after)) assert.equal(strict.problems.length, 0);
      }),
      runs(400, 5),
    );
  });

  it('and what exports and logs leave aside is nothing that they show', () => {
    let compared = 0;
    for (const { adapter, name, text } of FIXTURES) {
      if (adapter.family !== 'log-or-export' || !/\.jsonl?$/.test(name)) continue;
      const values = name.endsWith('l') ? text.split('\n').filter((line) => line.trim() !== '') : [text.trimEnd()];
      if (!values.every(isJson)) continue;
      const [fast, slow] = [BLANKS, COMMENT].map((end) => values.map((value) => value + end).join('\n'));
      assert.deepEqual(plain(slow!, parse(adapter, fast!, name)), plain(slow!, parse(adapter, slow!, name)), name);
      compared++;
    }
    assert.ok(compared > 15, `only ${compared} fixtures`);
  });

  it('up to the depth that is kept, and beyond it', () => {
    for (const depth of [199, 200, 201, 100_000]) {
      const json = `${'['.repeat(depth)}1${']'.repeat(depth)}`;
      assert.deepEqual(readJsonNow(json + BLANKS), readJsonNow(json + COMMENT), String(depth));
    }
  });
});
