import assert from 'node:assert/strict';
import { tokensOfModel } from '../../../server/core/tokens/catalog.js';
import { countConversationTokens, createTokenCache } from '../../../server/core/tokens/countConversation.js';
import type { Turn } from '../../../server/core/transcript/model.js';
import { inlineCounter, vocabulary } from '../../support/tokens/engines.js';
import { CONVERSATIONS, MODELS, TOOLS, counted, reference } from '../../support/tokens/renderedTemplates.js';
import { piece, turns } from '../../support/tokens/turns.js';

const { llama3, qwen25, qwen3, deepseek } = MODELS;

/** Qwen 3's template puts an empty thought before a last reply that has none; a file without one was made without. */
const emptyThoughts = (conversation: readonly Turn[]): number =>
  conversation.at(-1)!.role === 'assistant' ? vocabulary('qwen-3').count('<think>\n\n</think>\n\n') : 0;

describe('chat templates beside the released ones', function () {
  this.timeout(20_000);

  for (const model of [llama3, qwen25, qwen3, deepseek]) {
    for (const [name, conversation] of Object.entries(CONVERSATIONS)) {
      // Llama 3 came before tools.
      if (model === llama3 && name.includes('tool')) continue;
      // DeepSeek's renders calls in a way that its servers do not keep to.
      if (model === deepseek && name === 'a tool call') continue;
      it(`${model.template}: ${name}`, async () => {
        const result = await counted(model, conversation);
        const thoughts = model === qwen3 ? emptyThoughts(conversation) : 0;
        assert.equal(result.sum, reference(model, conversation) - thoughts);
        assert.equal(result.exact, true);
      });
    }
  }

  for (const model of [qwen25, qwen3]) {
    for (const name of ['one question', 'system and two rounds'] as const) {
      it(`${model.template}: tool definitions, ${name}`, async () => {
        const conversation = CONVERSATIONS[name]!;
        const result = await counted(model, conversation, TOOLS);
        assert.equal(result.sum, reference(model, conversation, TOOLS));
        const without = await counted(model, conversation);
        assert.ok(result.turns[0]!.lead > without.turns[0]!.lead + 50);
        assert.deepEqual(result.turns.slice(1), without.turns.slice(1));
      });
    }
  }

  it('Qwen: a text and two tool calls', async () => {
    const call = [piece('f', 'toolCall'), piece('{}', 'toolCall')];
    const conversation = turns(['user', 'Go'], ['assistant', [piece('Both.'), ...call, ...call]], ['user', 'And?']);
    for (const model of [qwen25, qwen3]) {
      assert.equal((await counted(model, conversation)).sum, reference(model, conversation), model.template);
    }
  });

  it('Qwen 3: thinking is in its own reply and marked as left out later', async () => {
    const conversation = turns(
      ['user', 'Why?'],
      ['assistant', [piece('Let me think.\n', 'thinking'), piece('Because.')]],
    );
    const result = await counted(qwen3, conversation);
    assert.equal(result.sum, reference(qwen3, conversation));
    const { text, thinking } = result.turns[1]!;
    assert.ok(thinking! > 4 && text > thinking!);
  });

  it('OpenAI: three tokens a message and the role, three to start the reply, one more and the name where named', async () => {
    const gpt4o = tokensOfModel('gpt-4o');
    const hello = turns(['user', 'Hello']);
    const count = (conversation: readonly Turn[]) =>
      countConversationTokens({ turns: conversation }, gpt4o, inlineCounter, createTokenCache());
    const plain = await count(hello);
    assert.deepEqual(plain.turns[0], { text: 1, lead: 3, end: 1, trail: 0, exact: true });
    assert.equal(plain.pendingLead, 3);
    const named = await count(hello.map((turn) => ({ ...turn, name: 'Ann' })));
    assert.equal(named.turns[0]!.lead, 3 + 1 + vocabulary('o200k_base').count('Ann'));
  });

  /** Tokens of all that is rendered, `control` tokens one each; and those of our counts. */
  async function sums(id: string, conversation: readonly Turn[], rendered: string, control: RegExp) {
    const model = tokensOfModel(id);
    const result = await countConversationTokens({ turns: conversation }, model, inlineCounter, createTokenCache());
    const engine = vocabulary(model.tokenizer.vocabulary);
    const texts = rendered.split(control).reduce((sum, text) => sum + engine.count(text), 0);
    const ours = result.turns.reduce((all, { text, lead, end, trail }) => all + text + lead + end + trail, 0);
    assert.equal(result.exact, false);
    return [ours + result.pendingLead, texts + rendered.match(control)!.length];
  }

  const ROUNDS = turns(['system', 'Be brief.'], ['user', 'Hi, 12?'], ['assistant', 'Yes.'], ['user', 'And 34?']);
  const RENDERED = {
    'mistralai/Mistral-7B-Instruct-v0.1': '<s> [INST] Be brief.\n\nHi, 12? [/INST] Yes.</s> [INST] And 34? [/INST]',
    'mistralai/Mistral-7B-Instruct-v0.3': '<s>[INST] Be brief.\n\nHi, 12?[/INST] Yes.</s>[INST] And 34?[/INST]',
    'mistralai/Mistral-Nemo-Instruct-2407': '<s>[INST]Be brief.\n\nHi, 12?[/INST]Yes.</s>[INST]And 34?[/INST]',
    'google/gemma-3-4b-it':
      '<bos><start_of_turn>user\nBe brief.\n\nHi, 12?<end_of_turn>\n<start_of_turn>model\nYes.<end_of_turn>\n' +
      '<start_of_turn>user\nAnd 34?<end_of_turn>\n<start_of_turn>model\n',
  };
  for (const [id, text] of Object.entries(RENDERED)) {
    it(`${id}: the form that is published, token by token`, async () => {
      const brackets = vocabulary(tokensOfModel(id).tokenizer.vocabulary).id === 'mistral-v1' ? '' : '|\\[\\/?INST\\]';
      const [ours, reference] = await sums(id, ROUNDS, text, new RegExp(`<[a-z_/]+>${brackets}`, 'g'));
      assert.equal(ours, reference);
    });
  }

  it('gpt-oss: the rendering that its server shows, token by token', async () => {
    const conversation = turns(['system', 'You are a helpful assistant.'], ['user', 'What is the capital of Sweden?']);
    const result = await countConversationTokens(
      { turns: conversation },
      tokensOfModel('openai/gpt-oss-20b'),
      inlineCounter,
      createTokenCache(),
    );
    const rendered =
      '<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\n' +
      'Current date: 2025-08-20\n\nReasoning: medium\n\n# Valid channels: analysis, commentary, final. Channel must be ' +
      'included for every message.<|end|><|start|>developer<|message|># Instructions\n\nYou are a helpful assistant.\n\n' +
      '<|end|><|start|>user<|message|>What is the capital of Sweden?<|end|><|start|>assistant';
    const special = /<\|[a-z]+\|>/g;
    const texts = rendered.split(special).reduce((sum, text) => sum + vocabulary('o200k_base').count(text), 0);
    const sum = result.turns.reduce((all, { text, lead, end, trail }) => all + text + lead + end + trail, 0);
    assert.equal(sum + result.pendingLead, texts + rendered.match(special)!.length);
    assert.equal(result.exact, false);
  });
});
