import assert from 'node:assert/strict';
import { createCatalogue } from '../../../server/core/energy/catalogue.js';
import { findGpu, GPUS, unknownGpuMessage } from '../../../server/core/energy/gpus.js';

const catalogue = createCatalogue();
const idOf = (wanted: string): string => {
  const match = catalogue.find(wanted);
  assert.ok(match.ok, match.ok ? '' : match.error);
  return match.model.id;
};

describe('catalogue of models', () => {
  it('derives an architecture for every model', () => {
    assert.ok(catalogue.open.length >= 40);
    for (const row of [...catalogue.open, ...catalogue.closed]) assert.equal(idOf(row.id), row.id);
  });

  const names: [wanted: string, id: string][] = [
    ['llama-3.1-8b', 'meta-llama/Llama-3.1-8B-Instruct'],
    ['LLAMA-3.1-8B-INSTRUCT', 'meta-llama/Llama-3.1-8B-Instruct'],
    ['meta-llama/Meta-Llama-3.1-8B-Instruct', 'meta-llama/Llama-3.1-8B-Instruct'],
    ['llama3.1:8b', 'meta-llama/Llama-3.1-8B-Instruct'],
    ['qwen2.5-7b', 'Qwen/Qwen2.5-7B-Instruct'],
    ['gpt-oss-120b', 'openai/gpt-oss-120b'],
    ['deepseek-r1', 'deepseek-ai/DeepSeek-R1'],
    ['mixtral-8x7b', 'mistralai/Mixtral-8x7B-Instruct-v0.1'],
    ['gemma-3-27b', 'google/gemma-3-27b-it'],
    ['gpt-4o-2024-08-06', 'gpt-4o'],
    ['claude-3-5-sonnet-20241022', 'claude-3-5-sonnet'],
    ['Qwen3-235B-A22B-Instruct-2507-FP8', 'Qwen/Qwen3-235B-A22B-Instruct-2507-FP8'],
  ];
  for (const [wanted, id] of names) it(`finds ${wanted}`, () => assert.equal(idOf(wanted), id));

  it('reads a quantized copy of a known model, and says so', () => {
    const match = catalogue.find('someone/Llama-3.1-8B-Instruct-AWQ-INT4');
    assert.ok(match.ok);
    assert.equal(match.model.arch.nativePrecision, 'int4');
    assert.ok(match.model.notes.some((note) => note.includes('meta-llama/Llama-3.1-8B-Instruct')));
  });

  const later: [wanted: string, before: string][] = [
    ['gpt-5.4', 'gpt-5.2'],
    ['openai/gpt-5.3-codex', 'gpt-5.2'],
    ['gpt-6-mini', 'gpt-5-mini'],
    ['claude-opus-4-7', 'claude-opus-4-5'],
    ['anthropic/claude-sonnet-4.6', 'claude-sonnet-4-5'],
    ['us.anthropic.claude-sonnet-4-6-20260115-v1:0', 'claude-sonnet-4-5'],
    ['gemini-3-flash-preview', 'gemini-2.5-flash'],
    ['gemini-2.5-flash-preview-05-20', 'gemini-2.5-flash'],
    ['mistral-medium-3.1', 'mistral-medium-3'],
  ];
  for (const [wanted, before] of later) {
    it(`takes ${wanted} as the release before it, and says so`, () => {
      const match = catalogue.find(wanted);
      assert.ok(match.ok, match.ok ? '' : match.error);
      assert.ok(match.model.closed);
      const [note] = match.model.notes;
      assert.ok(note === `${match.model.id} is not in this catalogue: taken as ${before}` || match.model.id === before);
      const known = catalogue.find(before);
      assert.ok(known.ok);
      assert.deepEqual(match.model.sizeFactor, known.model.sizeFactor);
    });
  }

  for (const wanted of ['gpt-1', 'claude-5', 'grok-5-nano', 'llama-9', 'gpt', 'sonnet', '5', 'gpt-5-pro']) {
    it(`takes ${wanted} for no other`, () => assert.ok(!catalogue.find(wanted).ok));
  }

  it('lists the nearest ids for an unknown one', () => {
    const match = catalogue.find('lama-3.1-8b');
    assert.ok(!match.ok && match.error.includes('meta-llama/Llama-3.1-8B-Instruct'), JSON.stringify(match));
    assert.ok(!catalogue.find('').ok);
  });

  it('says that a closed model is guessed', () => {
    const match = catalogue.find('gpt-4o');
    assert.ok(match.ok && match.model.closed && match.model.sizeFactor !== null);
    assert.ok(match.model.notes.some((note) => note.includes('closed')));
  });

  it('has a source for every row, and sane ranges', () => {
    for (const row of catalogue.open)
      assert.ok(row.source.includes('config.json') && row.published.source.length > 10, row.id);
    for (const row of catalogue.closed) {
      assert.ok(row.source.length > 10 && row.sizeFactor[0] <= 1 && row.sizeFactor[1] >= 1, row.id);
    }
  });
});

describe('table of GPUs', () => {
  it('has nine with source and positive figures', () => {
    assert.equal(GPUS.length, 9);
    for (const gpu of GPUS) {
      assert.ok(gpu.source.length > 20);
      assert.ok(gpu.idleWatts < gpu.tdpWatts && gpu.vramGiB > 0 && gpu.bandwidthBytesPerSecond > 1e11);
      assert.ok(gpu.peakFlopsPerSecond.fp32 < gpu.peakFlopsPerSecond.bf16);
    }
  });
  it('finds ids in any case and lists the nearest for others', () => {
    assert.equal(findGpu('H100-SXM')?.id, 'h100-sxm');
    assert.equal(findGpu('h100'), null);
    assert.match(unknownGpuMessage('h100'), /h100-sxm, h100-pcie, h100-nvl|h100-sxm, h100-nvl, h100-pcie/);
  });
});
