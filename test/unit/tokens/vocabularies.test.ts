import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { VOCABULARIES, tokenizerNotes, tokenizerOfModel } from '../../../server/core/tokens/vocabularies.js';

/** tiktoken's own table of models and encodings. */
const OPENAI = JSON.parse(
  fs.readFileSync(path.resolve(__dirname, '../../../../node_modules/tiktoken/model_to_encoding.json'), 'utf8'),
) as Record<string, string>;

/** Encodings with the ranks of another. */
const SAME_RANKS: Readonly<Record<string, string>> = { gpt2: 'r50k_base', p50k_edit: 'p50k_base' };

const EXACT: Readonly<Record<string, readonly string[]>> = {
  'llama-3': [
    'meta-llama/Meta-Llama-3-70B',
    'llama3.3:70b',
    'ollama/llama3.2',
    'nvidia/Llama-3.1-Nemotron-70B-Instruct-HF',
  ],
  'llama-2': [
    'meta-llama/Llama-2-13b-hf',
    'llama2:7b',
    'microsoft/Phi-3-mini-4k-instruct',
    'Phi-3-medium-128k-instruct',
  ],
  'qwen-3': ['Qwen/Qwen3-Coder-480B-A35B-Instruct', 'qwen3:8b', 'ollama/qwen3:8b', 'Qwen/Qwen3-Next-80B-A3B-Instruct'],
  'qwen-2.5': ['Qwen/QwQ-32B', 'Qwen/Qwen2.5-Coder-7B'],
  'deepseek-v3': ['deepseek-ai/DeepSeek-V3', 'deepseek-v3-0324'],
  'deepseek-r1': ['deepseek-ai/DeepSeek-R1', 'deepseek-r1:671b', 'deepseek-ai/DeepSeek-V3.1'],
  'deepseek-r1-distill-llama': ['deepseek-r1-distill-llama-8b'],
  'deepseek-r1-distill-qwen': ['deepseek-ai/DeepSeek-R1-Distill-Qwen-14B'],
  'gemma-3': ['google/gemma-3-27b-it', 'gemma3:4b'],
  'gemma-2': ['google/gemma-2-2b-it', 'gemma2:9b'],
  tekken: [
    'mistralai/Mistral-Nemo-Instruct-2407',
    'mistralai/Pixtral-12B-2409',
    'mistralai/Ministral-8B-Instruct-2410',
    'mistralai/Devstral-Small-2507',
    'mistralai/Magistral-Small-2506',
    'mistral-small-3.2-24b',
    'mistralai/Mistral-Small-24B-Instruct-2501',
    'mistralai/Ministral-3-14B-Reasoning-2512',
  ],
  'mistral-v1': ['mistralai/Mistral-7B-Instruct-v0.2', 'mistralai/Mixtral-8x7B-Instruct-v0.1'],
  'mistral-v3': [
    'mistralai/Mistral-7B-Instruct-v0.3',
    'mistralai/Mixtral-8x22B-Instruct-v0.1',
    'mistralai/Codestral-22B-v0.1',
    'mistralai/Mistral-Large-Instruct-2407',
  ],
  o200k_base: [
    'openai/gpt-oss-120b',
    'gpt-5',
    'openai/o3',
    'o4-mini',
    'o1-preview',
    'ft:gpt-4o-mini:acme::x',
    'phi4-mini',
  ],
  cl100k_base: ['gpt-3.5-turbo-instruct', 'azure/gpt-4-32k', 'microsoft/phi-4', 'phi4:14b', 'databricks/dbrx-instruct'],
};

const STAND_INS: Readonly<Record<string, readonly string[]>> = {
  'llama-2': ['codellama/CodeLlama-34b-hf', 'lmsys/vicuna-7b-v1.5', 'microsoft/Phi-3.5-mini-instruct', '01-ai/Yi-34B'],
  o200k_base: ['meta-llama/Llama-4-Maverick-17B-128E', 'microsoft/Phi-4-mini-reasoning', 'something-else', 'grok-4'],
  cl100k_base: ['claude-sonnet-4-5', 'anthropic/claude-3-haiku', 'microsoft/Phi-4-reasoning', 'allenai/OLMo-2-1124-7B'],
  'gemma-3': ['gemini-2.5-pro', 'google/gemma-3n-E4B-it'],
  'gemma-2': ['google/gemma-2b-it', 'google/codegemma-7b', 'gemini-1.5-flash', 'CohereForAI/c4ai-command-r-plus'],
  'qwen-2.5': ['Qwen/Qwen2-7B-Instruct', 'qwen-max'],
  'qwen-3': ['Qwen/Qwen3.5-35B-A3B', 'deepseek-ai/DeepSeek-R1-0528-Qwen3-8B'],
  'deepseek-v3': ['deepseek-ai/DeepSeek-V2-Lite'],
  'deepseek-r1': ['deepseek-ai/DeepSeek-V3.2-Exp', 'deepseek-chat'],
  tekken: ['codestral-2501', 'mistral-medium-2505', 'mistralai/Mistral-Large-3-675B-Instruct-2512'],
  'mistral-v3': ['mistralai/Mistral-Large-Instruct-2411', 'mistralai/Mathstral-7B-v0.1'],
  p50k_base: ['microsoft/phi-2'],
};

describe('vocabularies by model', () => {
  it('OpenAI: as tiktoken has it, every model of its table', () => {
    for (const [model, encoding] of Object.entries(OPENAI)) {
      const { vocabulary, exact } = tokenizerOfModel(model);
      assert.deepEqual([vocabulary, exact], [SAME_RANKS[encoding] ?? encoding, true], model);
    }
    assert.ok(Object.keys(OPENAI).length > 60);
  });

  for (const [vocabulary, models] of Object.entries(EXACT)) {
    it(`${vocabulary}: the own one of ${models.join(', ')}`, () => {
      for (const model of models) {
        const choice = tokenizerOfModel(model);
        assert.deepEqual([choice.vocabulary, choice.exact], [vocabulary, true], model);
        assert.match(choice.title, / \(exact\)$/);
        assert.equal(choice.errorPercent, undefined);
      }
    });
  }

  for (const [vocabulary, models] of Object.entries(STAND_INS)) {
    it(`${vocabulary}: a stand-in for ${models.join(', ')}`, () => {
      for (const model of models) {
        const choice = tokenizerOfModel(model);
        assert.deepEqual([choice.vocabulary, choice.exact], [vocabulary, false], model);
        assert.ok(choice.title.startsWith(`${vocabulary} as a stand-in for `), choice.title);
      }
    });
  }

  it('an error range has a source, and holds what was measured', () => {
    for (const model of [...Object.values(STAND_INS).flat()]) {
      const { errorPercent, errorSource } = tokenizerOfModel(model);
      assert.equal(errorPercent === undefined, errorSource === undefined, model);
      if (errorPercent) assert.ok(errorPercent[0] <= 0 && errorPercent[1] >= 0, model);
    }
    const [note] = tokenizerNotes(tokenizerOfModel('claude-opus-4-5'));
    assert.match(
      note!,
      /^cl100k_base counts −30 % to \+7 % beside the model's own tokenizer \(measured beside .*Claude 2/,
    );
    for (const model of ['claude-opus-4-7', 'anthropic/claude-opus-4.8', 'claude-sonnet-5']) {
      assert.deepEqual(tokenizerOfModel(model).errorPercent, [-48, 7], model);
    }
    assert.deepEqual(tokenizerNotes(tokenizerOfModel('llama3')), []);
  });

  it('every one that ships is used', () => {
    const used = new Set([...Object.keys(EXACT), ...Object.keys(OPENAI).map((id) => tokenizerOfModel(id).vocabulary)]);
    assert.deepEqual(
      [...VOCABULARIES].filter((id) => !used.has(id)),
      [],
    );
  });
});
