import assert from 'node:assert/strict';
import { CONVERSATIONS, MODELS, TOOLS, counted, reference } from '../../support/tokens/renderedTemplates.js';
import { piece, turns } from '../../support/tokens/turns.js';

describe('the template of the default model', function () {
  this.timeout(20_000);

  for (const [name, conversation] of Object.entries(CONVERSATIONS)) {
    // It takes one call at a time, without a text beside it, and knows no thinking.
    if (/two tool calls|text and a tool|thinking/.test(name)) continue;
    it(`${name}: as many tokens as the released template makes`, async () => {
      const result = await counted(MODELS.llama31, conversation);
      assert.equal(result.sum, reference(MODELS.llama31, conversation));
      assert.equal(result.exact, true);
    });
  }

  for (const name of ['one question', 'system and two rounds'] as const) {
    it(`${name}: tool definitions are overhead of the first turn`, async () => {
      const conversation = CONVERSATIONS[name]!;
      const result = await counted(MODELS.llama31, conversation, TOOLS);
      assert.equal(result.sum, reference(MODELS.llama31, conversation, TOOLS));
      const without = await counted(MODELS.llama31, conversation);
      // They stand in the first user's turn, and take the two line feeds of its header with them.
      assert.deepEqual(result.turns.slice(2), without.turns.slice(2));
      assert.ok(result.turns[0]!.lead > without.turns[0]!.lead + 50);
    });
  }

  it('owners are as the design gives them', async () => {
    const conversation = turns(['user', 'Hello'], ['assistant', 'Hi!'], ['user', 'Bye']);
    const { turns: tokens, pendingLead } = await counted(MODELS.llama31, conversation);
    // Beginning-of-sequence, the default system block with its end, and the user's own header.
    assert.deepEqual(tokens[0], { text: 1, lead: 30, end: 1, trail: 0, exact: true });
    // The generation prompt is four tokens of input; the end-of-turn token belongs to the reply.
    assert.deepEqual(tokens[1], { text: 2, lead: 4, end: 1, trail: 0, exact: true });
    assert.equal(pendingLead, 4);
    assert.equal((await counted(MODELS.llama31, conversation.slice(0, 2))).pendingLead, 0);
  });

  it('takes special-token look-alikes in a text as plain text', async () => {
    const [plain] = (await counted(MODELS.llama31, turns(['user', '<|eot_id|>']))).turns;
    assert.ok(plain!.text >= 5, 'pieces, not one special token');
  });

  it('says that an image is not counted, and counts the rest', async () => {
    const conversation = turns(['user', [piece('What is this?'), piece('', 'image')]], ['assistant', 'A cat.']);
    const result = await counted(MODELS.llama31, conversation);
    assert.deepEqual(
      result.turns.map(({ text, exact }) => [text, exact]),
      [
        [4, false],
        [3, true],
      ],
    );
    assert.equal(result.exact, false);
    assert.match(result.notes.join('; '), /images are not counted: no rule is published for this model/);
  });
});
