import assert from 'node:assert/strict';
import { VOCABULARIES, tokensOfModel } from '../../../server/core/tokens/catalog.js';
import { EXTENDED } from '../../../server/core/tokens/vocabularies.js';

/** Model id, vocabulary, template, exact tokenizer and template. */
const CASES: readonly (readonly [string, string, string, boolean, boolean])[] = [
  ['meta-llama/Llama-3.1-8B-Instruct', 'llama-3', 'llama-3.1', true, true],
  ['llama-3.1-8b', 'llama-3', 'llama-3.1', true, true],
  ['llama3.2:3b', 'llama-3', 'llama-3.2', true, true],
  ['meta-llama/Meta-Llama-3-8B-Instruct', 'llama-3', 'llama-3', true, true],
  ['nvidia/Llama-3.1-Nemotron-70B-Instruct-HF', 'llama-3', 'llama-3.1', true, false],
  ['meta-llama/Llama-2-7b-chat-hf', 'llama-2', 'generic', true, false],
  ['meta-llama/Llama-4-Scout-17B-16E-Instruct', 'o200k_base', 'llama-4', false, false],
  ['Qwen/Qwen2.5-7B-Instruct', 'qwen-2.5', 'qwen-2.5', true, true],
  ['Qwen/Qwen3-8B', 'qwen-3', 'qwen-3', true, true],
  ['Qwen/Qwen3-Coder-30B-A3B-Instruct', 'qwen-3', 'qwen-3-coder', true, true],
  ['Qwen/QwQ-32B', 'qwen-2.5', 'qwq', true, true],
  ['Qwen/Qwen3-30B-A3B-Thinking-2507', 'qwen-3', 'qwen-3', true, false],
  ['Qwen/Qwen2-7B-Instruct', 'qwen-2.5', 'qwen-2.5', false, false],
  ['deepseek-ai/DeepSeek-V3', 'deepseek-v3', 'deepseek-v3', true, true],
  ['deepseek-ai/DeepSeek-R1', 'deepseek-r1', 'deepseek-r1', true, true],
  ['deepseek-ai/DeepSeek-V3.1', 'deepseek-r1', 'deepseek-v3.1', true, false],
  ['deepseek-ai/DeepSeek-V3.2-Exp', 'deepseek-r1', 'deepseek-v3.1', false, false],
  ['deepseek-ai/DeepSeek-R1-Distill-Llama-8B', 'deepseek-r1-distill-llama', 'deepseek-r1', true, true],
  ['openai/gpt-oss-20b', 'o200k_base', 'gpt-oss', true, true],
  ['gpt-4o-mini', 'o200k_base', 'openai-chat', true, true],
  ['openai/o3', 'o200k_base', 'openai-chat', true, true],
  ['gpt-4-turbo', 'cl100k_base', 'openai-chat', true, true],
  ['gpt-3.5-turbo-0125', 'cl100k_base', 'openai-chat', true, true],
  ['claude-opus-4-1', 'cl100k_base', 'generic', false, false],
  ['gemini-2.5-pro', 'gemma-3', 'generic', false, false],
  ['google/gemma-3-4b-it', 'gemma-3', 'gemma-3', true, true],
  ['google/gemma-2-9b-it', 'gemma-2', 'gemma-2', true, true],
  ['google/gemma-4-31B-it', 'gemma-3', 'gemma-4', false, true],
  ['google/gemma-3n-E4B-it', 'gemma-3', 'gemma-3', false, false],
  ['mistralai/Mistral-Nemo-Instruct-2407', 'tekken', 'mistral-nemo', true, true],
  ['mistralai/Mistral-Small-3.2-24B-Instruct-2506', 'tekken', 'mistral-small-3.2', true, true],
  ['mistralai/Devstral-Small-2507', 'tekken', 'devstral-small', true, false],
  ['mistralai/Mistral-Large-Instruct-2407', 'mistral-v3', 'mistral-v3', true, true],
  ['mistralai/Mistral-Large-Instruct-2411', 'mistral-v3', 'mistral-v7', false, true],
  ['mistralai/Ministral-8B-Instruct-2410', 'tekken', 'mistral-nemo', true, false],
  ['mistralai/Mistral-Small-24B-Instruct-2501', 'tekken', 'mistral-small-3.2', true, false],
  ['mistralai/Devstral-Small-2-24B-Instruct-2512', 'tekken', 'mistral-small-3.2', true, false],
  ['mistralai/Ministral-3-8B-Instruct-2512', 'tekken', 'ministral-3-reasoning', true, false],
  ['mistralai/Mistral-7B-Instruct-v0.3', 'mistral-v3', 'mistral-v3', true, true],
  ['mistralai/Mixtral-8x7B-Instruct-v0.1', 'mistral-v1', 'mistral-v1', true, true],
  ['microsoft/phi-4', 'cl100k_base', 'phi-4', true, true],
  ['phi4:14b', 'cl100k_base', 'phi-4', true, true],
  ['microsoft/Phi-4-mini-instruct', 'o200k_base', 'phi-4-mini', true, true],
  ['microsoft/Phi-4-mini-reasoning', 'o200k_base', 'generic', false, false],
  ['microsoft/Phi-4-reasoning-plus', 'cl100k_base', 'generic', false, false],
  ['something-else', 'o200k_base', 'generic', false, false],
];

describe('tokenizers by model', () => {
  for (const [id, vocabulary, template, exact, templateExact] of CASES) {
    it(id, () => {
      const tokens = tokensOfModel(id);
      assert.deepEqual(
        [tokens.tokenizer.vocabulary, tokens.template.id, tokens.tokenizer.exact, tokens.template.exact],
        [vocabulary, template, exact, templateExact],
      );
      assert.ok([...VOCABULARIES, ...Object.keys(EXTENDED)].includes(vocabulary));
      assert.match(tokens.tokenizer.title, exact ? /\(exact\)$/ : /as a stand-in/);
    });
  }

  it('takes ids in any case', () => {
    assert.equal(tokensOfModel('META-LLAMA/llama-3.1-8b-INSTRUCT').template.id, 'llama-3.1');
  });
});
