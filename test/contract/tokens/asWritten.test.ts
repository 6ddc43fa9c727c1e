import assert from 'node:assert/strict';
import { chooseModel, type ModelSettings } from '../../../server/core/analysis/modelChoice.js';
import { createCatalogue } from '../../../server/core/energy/catalogue.js';
import { countConversationTokens, createTokenCache } from '../../../server/core/tokens/countConversation.js';
import type { Conversation } from '../../../server/core/transcript/model.js';
import { adapterById } from '../../../server/core/transcript/registry.js';
import { inlineCounter, vocabulary } from '../../support/tokens/engines.js';
import { CONVERSATIONS, MODELS, reference, rendered, type Model } from '../../support/tokens/renderedTemplates.js';
import { parse } from '../../support/transcript/fixtures.js';

const catalogue = createCatalogue();
const adapter = adapterById('rendered-template')!;

async function counted(conversation: Conversation, model: string) {
  const settings: ModelSettings = { model };
  const { tokens } = chooseModel(catalogue, conversation, settings);
  const result = await countConversationTokens(conversation, tokens, inlineCounter, createTokenCache());
  const sum = result.turns.reduce((all, { text, lead, end, trail }) => all + text + lead + end + trail, 0);
  return { ...result, sum: sum + result.pendingLead };
}

describe('rendered prompts, counted as written', function () {
  this.timeout(20_000);

  const models: readonly Model[] = [MODELS.llama3, MODELS.qwen25, MODELS.qwen3, MODELS.deepseekV3];
  for (const model of models) {
    for (const [name, turns] of Object.entries(CONVERSATIONS)) {
      if (model === MODELS.llama3 && name.includes('tool')) continue;
      it(`${model.template}, ${name}: as many tokens as the whole text has`, async () => {
        const text = rendered(model, turns);
        const [conversation] = parse(adapter, text).conversations;
        const result = await counted(conversation!, model.id);
        assert.equal(result.sum, reference(model, turns));
        assert.equal(result.exact, true, result.notes.join('; '));
        // After a tool result DeepSeek writes on without a prompt.
        const { role } = turns.at(-1)!;
        const prompted = role !== 'assistant' && !(model === MODELS.deepseekV3 && role === 'tool');
        assert.equal(result.pendingLead > 0, prompted);
      });
    }
  }

  it('the reply decodes its text and its end; the header before it is input', async () => {
    const text =
      '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n';
    const prompt = `${text}<|im_start|>assistant\n`;
    const count = (source: string) => vocabulary('qwen-3').count(source);
    const { turns, pendingLead } = await counted(parse(adapter, prompt).conversations[0]!, MODELS.qwen3.id);
    assert.deepEqual(turns[1], { text: count('Hello'), lead: 1 + count('assistant\n'), end: 1, trail: 1, exact: true });
    assert.equal(pendingLead, 1 + count('assistant\n'));
    assert.equal((await counted(parse(adapter, text).conversations[0]!, MODELS.qwen3.id)).pendingLead, 0);
  });

  it('says where the control tokens are not those of the model', async () => {
    const text = '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n';
    const result = await counted(parse(adapter, text).conversations[0]!, MODELS.llama31.id);
    assert.equal(result.exact, false);
    assert.match(result.notes.join('; '), /other control tokens/);
  });
});
