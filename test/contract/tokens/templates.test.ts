import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { tokensOfModel, type ModelTokens } from '../../../server/core/tokens/catalog.js';
import { countConversationTokens, createTokenCache } from '../../../server/core/tokens/countConversation.js';
import type { TurnTokens } from '../../../server/core/tokens/types.js';
import type { ContentPiece, Role, Turn } from '../../../server/core/transcript/model.js';
import { inlineCounter, vocabulary } from '../../support/tokens/engines.js';
import {
  CONVERSATIONS,
  MODELS,
  TEMPLATES,
  TOOLS,
  counted,
  reference,
  rendered,
  thinkingOf,
  type Model,
} from '../../support/tokens/renderedTemplates.js';
import { piece, turns } from '../../support/tokens/turns.js';

/** Conversations that a model's template refuses, or writes less of than was said: calls without their text. */
const REFUSED: readonly (readonly [Model, RegExp])[] = [
  [MODELS.llama3, /tool|call/],
  [MODELS.llama31, /two tool calls|text and a tool/],
  [MODELS.llama32, /two tool calls|text and a tool/],
  [MODELS.llama4, /tool|call/],
  [MODELS.deepseekV3, /text and a tool/],
  [MODELS.gptOss, /two tool calls/],
  [MODELS.deepseekR1, /text and a tool|thinking before a tool/],
  [MODELS.mistralNemo, /text and a tool/],
  [MODELS.mistralSmall, /text and a tool/],
  [MODELS.ministral3, /text and a tool|empty/],
  [MODELS.gemma2, /tool|system|white space/],
  [MODELS.gemma3, /tool/],
  [MODELS.mistralV1, /tool|call/],
  [MODELS.mistralV3, /text and a tool/],
  [MODELS.mistralV7, /tool|call/],
  [MODELS.phi4, /tool|call/],
  [MODELS.phi4Mini, /tool|call/],
];

/** SentencePiece has a blank before each text, which is the template's in questions and written by the model in replies. */
const BLANK_FIRST: readonly Model[] = [MODELS.mistralV1, MODELS.mistralV3, MODELS.mistralV7];

const refuses = (model: Model, name: string): boolean =>
  REFUSED.some(([each, names]) => each === model && names.test(name));

/** Whether the template itself says no. */
function objects(model: Model, conversation: readonly Turn[]): boolean {
  try {
    rendered(model, conversation);
    return false;
  } catch {
    return true;
  }
}

/** Whether tokenizer and template are the model's own. */
const ownAll = ({ tokenizer, template }: ModelTokens): boolean => tokenizer.exact && template.exact;

const sumOf = ({ text, lead, end, trail }: TurnTokens): number => text + lead + end + trail;

describe('chat templates beside the released ones', function () {
  this.timeout(30_000);

  for (const model of Object.values(MODELS)) {
    for (const [name, conversation] of Object.entries(CONVERSATIONS)) {
      for (const tools of [undefined, TOOLS]) {
        it(`${model.template}: ${name}${tools ? ', with tools' : ''}`, async () => {
          const result = await counted(model, conversation, tools);
          if (refuses(model, name)) {
            assert.ok(objects(model, conversation) || result.turns.some(({ exact }) => !exact));
            assert.equal(result.exact, false);
            return;
          }
          // A thought that the template knows nothing of was written all the same, and is in no prompt.
          const last = conversation.at(-1)!;
          const unread = model.thinking === undefined || !rendersThought(model, conversation);
          const lost = unread && thinkingOf(last) !== undefined ? (result.turns.at(-1)!.thinking ?? 0) : 0;
          assert.equal(result.lastRequest - lost, reference(model, conversation, tools));
          assert.ok(result.turns.every(({ exact }) => exact) || !ownAll(result.model));
        });
      }
    }
  }

  for (const model of Object.values(MODELS)) {
    it(`${model.template}: each turn owns what it adds to the rendering`, async () => {
      const said: [Role, string][] = [
        ['user', 'Hello there, how are you?'],
        ['assistant', 'Fine.'],
        ['user', 'And your cat?'],
        ['assistant', 'She sleeps.'],
      ];
      const conversation = turns(...said);
      const { turns: owned, pendingLead } = await counted(model, conversation);
      assert.equal(pendingLead, 0);
      for (const request of [1, 3]) {
        // Up to a reply's text stands what its request reads: the prompt with its generation prompt.
        const before = owned.slice(0, request).reduce((sum, turn) => sum + sumOf(turn), 0);
        const asked = await counted(model, conversation.slice(0, request));
        const read = before + owned[request]!.lead;
        // These open the thought in the prompt, and leave it out of later ones: a tag and a line feed; Gemma 4 an empty one.
        const opened = model === MODELS.gemma4 ? 4 : model === MODELS.deepseekR1 || model === MODELS.qwq ? 2 : 0;
        assert.equal(read + opened, asked.sum, `request ${request}`);
        assert.equal(read + opened, reference(model, conversation.slice(0, request)));
      }
      const engine = vocabulary(tokensOfModel(model.id).tokenizer.vocabulary);
      owned.forEach(({ text, end }, index) => {
        const [role, words] = said[index]!;
        const blank = BLANK_FIRST.includes(model);
        const own = blank ? engine.count(` ${words}`) - (role === 'user' ? 1 : 0) : engine.count(words);
        // Qwen 3 puts an empty thought before a last reply.
        const added = model === MODELS.qwen3 && index === 3 ? engine.count('<think>\n\n</think>\n\n') : 0;
        assert.equal(text, own + added, `text of ${index}`);
        if (index % 2 === 1) assert.equal(end >= 1, true, `end of ${index}`);
      });
    });

    it(`${model.template}: tool definitions are overhead of the first turn`, async () => {
      const conversation = turns(['user', 'Hi'], ['assistant', 'Hello'], ['user', 'Weather?']);
      const without = await counted(model, conversation);
      const result = await counted(model, conversation, TOOLS);
      const added = reference(model, conversation, TOOLS) - reference(model, conversation);
      assert.equal(result.sum - without.sum, added);
      // Where they stand inside a turn, the fixed text around them goes with them: two line feeds.
      const moved = result.turns[0]!.lead + result.turns[0]!.trail - without.turns[0]!.lead - without.turns[0]!.trail;
      assert.ok(Math.abs(moved - added) <= 1, `${moved} of ${added}`);
      const left = /leaves tool definitions out/.test(result.notes.join('; '));
      assert.equal(left, added === 0);
    });
  }

  /** Whether the template ever writes a thought; some only tell the model to think. */
  /** Whether the last thought of a conversation stands in what is rendered. */
  function rendersThought(model: Model, conversation: readonly Turn[]): boolean {
    const thought = thinkingOf(conversation.at(-1)!);
    return thought !== undefined && rendered(model, conversation).includes(thought.trim());
  }

  it('equals the rendering for any conversation that a template takes', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('', ' ', '\n\n', ' a ', '\nb\n', '/x'),
    );
    const call = fc.constant<ContentPiece[]>([
      piece('look', 'toolCall'),
      piece('{"at": "x\\n", "n": [1, null]}', 'toolCall'),
    ]);
    const round = fc.oneof(
      fc.tuple(text, text).map(([asked, said]): [Role, string | ContentPiece[]][] => [
        ['user', asked],
        ['assistant', said],
      ]),
      fc.tuple(text, call, text, text).map(([asked, calls, found, said]): [Role, string | ContentPiece[]][] => [
        ['user', asked],
        ['assistant', calls],
        ['tool', found],
        ['assistant', said],
      ]),
    );
    const conversations = fc
      .tuple(
        fc.option(text, { nil: undefined }),
        fc.array(round, { maxLength: 3 }),
        fc.option(text, { nil: undefined }),
      )
      .map(([system, rounds, asked]) =>
        turns(
          ...(system === undefined ? [] : [['system', system] as const]),
          ...rounds.flat(),
          ...(asked === undefined ? [] : [['user', asked] as const]),
        ),
      )
      .filter(({ length }) => length > 0);
    const models = fc.constantFrom(...Object.values(MODELS));
    let exact = 0;
    await fc.assert(
      fc.asyncProperty(models, conversations, fc.boolean(), async (model, conversation, withTools) => {
        const tools = withTools ? TOOLS : undefined;
        const result = await counted(model, conversation, tools);
        for (const turn of result.turns)
          for (const value of [turn.text, turn.lead, turn.end, turn.trail]) assert.ok(value >= 0);
        if (objects(model, conversation) || !result.turns.every((turn) => turn.exact || !ownAll(result.model))) return;
        if (!ownAll(result.model)) return;
        exact++;
        assert.equal(result.lastRequest, reference(model, conversation, tools));
      }),
      { numRuns: 150, seed: 12 },
    );
    assert.ok(exact > 40, String(exact));
  });

  it('lays out a very long conversation in stretches, as the whole is rendered', async () => {
    const rounds = Array.from({ length: 400 }, (_, index): [Role, string][] => [
      ['user', `Question ${index}?`],
      ['assistant', `Answer ${index}.`],
    ]);
    const conversation = turns(['system', 'Be brief.'], ...rounds.flat(), ['user', 'Bye']);
    for (const model of [
      MODELS.llama31,
      MODELS.qwen3,
      MODELS.deepseekV31,
      MODELS.mistralSmall,
      MODELS.gptOss,
      MODELS.gemma3,
    ]) {
      for (const tools of [undefined, TOOLS]) {
        assert.equal(
          (await counted(model, conversation, tools)).sum,
          reference(model, conversation, tools),
          model.template,
        );
      }
    }
  });

  it('thinking is in its own reply, and marked where later requests do without it', async () => {
    for (const model of [MODELS.qwen3, MODELS.gptOss, MODELS.qwq, MODELS.deepseekR1, MODELS.deepseekV31]) {
      const { turns: tokens } = await counted(model, CONVERSATIONS['thinking in earlier replies']!);
      for (const at of [1, 3]) {
        const { text, thinking = 0 } = tokens[at]!;
        assert.ok(thinking > 0 && text > thinking, `${model.template} ${at}`);
      }
    }
    // Qwen 3 keeps it until the tools have answered.
    const { turns: tokens } = await counted(MODELS.qwen3, CONVERSATIONS['thinking before a tool call']!);
    assert.equal(tokens[1]!.thinking, undefined);
  });

  it('a thought in tags at the start of a text is a thought', async () => {
    const tagged = turns(
      ['user', 'Why?'],
      ['assistant', '<think>\nLet me think.\n</think>\n\nBecause.'],
      ['user', 'Ok'],
    );
    const apart = turns(
      ['user', 'Why?'],
      ['assistant', [piece('Let me think.', 'thinking'), piece('Because.')]],
      ['user', 'Ok'],
    );
    for (const model of [MODELS.qwen3, MODELS.deepseekR1]) {
      assert.deepEqual((await counted(model, tagged)).turns, (await counted(model, apart)).turns);
    }
  });

  it('tokens that reach from one turn into the next, over line feeds alone, are counted once', async () => {
    const seams: readonly (readonly [string, string])[] = [
      ['Stop!', '/path'],
      ['Be brief. !!!\n', '/'],
      ['\n\n', '\n\n'],
      ['x/', '//'],
      ['??', '\n/\n'],
      ['', '/'],
      ['!', ''],
    ];
    for (const model of [MODELS.mistralNemo, MODELS.mistralV3, MODELS.mistralV1, MODELS.llama31]) {
      for (const [system, user] of seams) {
        const conversation = turns(['system', system], ['user', user]);
        const { sum } = await counted(model, conversation);
        assert.equal(sum, reference(model, conversation), `${model.template} ${JSON.stringify([system, user])}`);
      }
    }
  });

  describe("Mistral's templates beside mistral-common", () => {
    const { rows } = JSON.parse(fs.readFileSync(path.resolve(TEMPLATES, '../tokens/mistral-common.json'), 'utf8')) as {
      rows: { template: string; conversation: string; tools: boolean; tokens: number }[];
    };
    for (const row of rows) {
      const { template, conversation, tools, tokens } = row;
      // It writes a tool's result as JSON where the released templates take it as it is, and keeps white space around replies.
      const differs = /tool/.test(conversation) || (template === 'mistral-v3' && /white space/.test(conversation));
      it(`${template}: ${conversation}${tools ? ', with tools' : ''}${differs ? ', but for a few' : ''}`, async () => {
        const of = Object.values(MODELS).find((each) => each.template === template)!;
        const { lastRequest } = await counted(of, CONVERSATIONS[conversation]!, tools ? TOOLS : undefined);
        if (differs) assert.ok(Math.abs(lastRequest - tokens) <= 3, `${lastRequest} beside ${tokens}`);
        else assert.equal(lastRequest, tokens);
      });
    }
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
});
