import assert from 'node:assert/strict';
import { BUILT_IN_PROFILES, DEFAULT_PROFILE } from '../../../server/core/data/index.js';
import { AssumptionError, resolveAssumptions, type Overrides } from '../../../server/core/energy/assumptions.js';
import { createCatalogue } from '../../../server/core/energy/catalogue.js';

const catalogue = createCatalogue();
function resolve(id: string, overrides: Overrides = {}, longestSequence = 0) {
  const match = catalogue.find(id);
  assert.ok(match.ok);
  return resolveAssumptions(BUILT_IN_PROFILES[0]!, match.model, { overrides, longestSequence });
}

describe('assumptions', () => {
  it('has the four built-in profiles, the default first', () => {
    assert.deepEqual(
      BUILT_IN_PROFILES.map((profile) => profile.name),
      ['shared-server', 'solo-server', 'paper', 'unknown-api'],
    );
    assert.equal(BUILT_IN_PROFILES[0]!.name, DEFAULT_PROFILE);
    assert.deepEqual(BUILT_IN_PROFILES[0]!.batch, [8, 128]);
    const paper = BUILT_IN_PROFILES[2]!;
    assert.deepEqual([paper.engine, paper.precision, paper.batch], ['transformers', 'fp32', 1]);
  });

  it('takes the smallest power of two of GPUs that holds the weights x 1.2, and says so', () => {
    assert.equal(resolve('llama-3.1-8b').gpus, 1);
    assert.equal(resolve('llama-3.1-70b').gpus, 4, '141 GB x 1.2 is over 2 x 80 GB');
    assert.equal(resolve('llama-3.1-70b', { gpu: 'h200-sxm' }).gpus, 2);
    assert.ok(resolve('llama-3.1-70b').notes.some((note) => note.includes('4 GPUs')));
    assert.ok(!resolve('llama-3.1-70b', { gpus: 8 }).notes.some((note) => note.includes('GPUs')));
  });

  it('adds GPUs for a sequence that would not fit beside the weights', () => {
    assert.equal(resolve('llama-3.1-8b', {}, 100_000).gpus, 1);
    assert.ok(resolve('llama-3.1-8b', {}, 3_000_000).gpus >= 8);
    assert.equal(resolve('llama-3.1-8b', { gpus: 1 }, 3_000_000).gpus, 1);
  });

  it('takes the precision of the profile, else the model', () => {
    assert.equal(resolve('llama-3.1-8b').precision, 'bf16');
    assert.equal(resolve('deepseek-v3').precision, 'fp8');
    assert.equal(resolve('gpt-oss-20b').precision, 'mxfp4');
    assert.equal(resolve('deepseek-v3', { precision: 'bf16' }).precision, 'bf16');
  });

  it('shares layers by tensor parallelism, and experts on vLLM by expert parallelism', () => {
    const { tp, ep } = resolve('llama-3.1-70b');
    assert.deepEqual([tp, ep], [4, 1]);
    const moe = resolve('qwen3-235b-a22b-instruct-2507');
    assert.deepEqual([moe.gpus, moe.tp, moe.ep], [8, 1, 8]);
    const other = resolve('qwen3-235b-a22b-instruct-2507', { engine: 'tensorrt-llm' });
    assert.deepEqual([other.tp, other.ep], [8, 1]);
    const asked = resolve('qwen3-235b-a22b-instruct-2507', { tp: 8 });
    assert.deepEqual([asked.gpus, asked.tp, asked.ep], [8, 8, 1]);
    assert.equal(resolve('llama-3.1-405b', { tp: 8, pp: 2 }).gpus, 16);
  });

  const bad: [name: string, id: string, overrides: Overrides, field: string][] = [
    ['tp that does not divide', 'llama-3.1-70b', { gpus: 4, tp: 3 }, 'tp'],
    ['pp that does not divide', 'llama-3.1-70b', { gpus: 4, pp: 3 }, 'pp'],
    ['experts of a dense model', 'llama-3.1-70b', { ep: 4 }, 'ep'],
    ['a batch below one', 'llama-3.1-8b', { batch: 0 }, 'batch'],
    ['a range backwards', 'llama-3.1-8b', { batch: [64, 8] }, 'batch'],
  ];
  for (const [name, id, overrides, field] of bad) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => resolve(id, overrides),
        (error: unknown) =>
          error instanceof AssumptionError && error.field === field && error.message.startsWith(field),
      );
    });
  }
});
