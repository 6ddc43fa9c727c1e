import assert from 'node:assert/strict';
import { conversationJson, createJouleService, type DocumentAnalysis } from '../../../server/core/index.js';
import type { AnalysisSettings, OpenOptions, TokenCounter } from '../../../server/core/index.js';
import { BUILT_IN_PROFILES } from '../../../server/core/data/index.js';
import { requestOfTurn } from '../../../server/core/analysis/meaning.js';
import { factsFormat, factsText, type Facts } from '../../support/transcript/factsFormat.js';

interface Spy extends TokenCounter {
  counted: string[];
}
/** A token for each word, so that expected counts can be told. */
const wordCounter = (): Spy => {
  const spy: Spy = {
    counted: [],
    count(_vocabulary, texts) {
      spy.counted.push(...texts);
      return Promise.resolve(Uint32Array.from(texts, (text) => text.split(/\s+/).filter((word) => word !== '').length));
    },
  };
  return spy;
};

const settings: AnalysisSettings = { profile: BUILT_IN_PROFILES[0]!, model: 'llama-3.1-8b' };

async function analyse(facts: Facts, options: OpenOptions = {}, counter: TokenCounter = wordCounter()) {
  const service = createJouleService({ counter, formats: [factsFormat()] });
  const analysis = service.openDocument({ path: 'a.facts.json' }, factsText(facts), options);
  await settle(analysis);
  return analysis;
}
async function settle(analysis: DocumentAnalysis): Promise<void> {
  for (const _slice of analysis.parseSlices());
  await analysis.count(settings);
}
const jsonOf = (analysis: DocumentAnalysis, index = 0) =>
  conversationJson(analysis.figures(index)!, (offset) => ({ line: 0, character: offset }));
const textTokens = (analysis: DocumentAnalysis): number[] => analysis.figures(0)!.tokens.turns.map(({ text }) => text);

describe('what the facts of a conversation mean', () => {
  it('hidden context: a lower bound, each part of it with its place', async () => {
    const analysis = await analyse({
      conversations: [
        { hidden: ['an earlier response'], turns: [{ role: 'user', text: 'one two' }] },
        { turns: [{ role: 'user', text: 'three' }] },
      ],
    });
    const [first, second] = [jsonOf(analysis), jsonOf(analysis, 1)];
    assert.equal(first.lowerBound, true);
    const at = analysis.text.indexOf('an earlier');
    assert.deepEqual(first.hidden, [
      {
        what: 'an earlier response',
        range: { start: { line: 0, character: at }, end: { line: 0, character: at + 19 } },
      },
    ]);
    assert.ok(!('lowerBound' in second) && !('hidden' in second));
  });

  it('reported usage: beside our count of the same request, and in no figure', async () => {
    const turns = [
      { role: 'user', text: 'one two three' },
      { role: 'assistant', text: 'four five' },
      { role: 'user', text: 'six' },
      { role: 'assistant', text: 'seven' },
    ];
    const plain = jsonOf(await analyse({ conversations: [{ turns }] }));
    const usage = { input: 100, cached: 64, output: 2 };
    const told = jsonOf(
      await analyse({
        conversations: [{ turns: turns.map((turn, index) => (index === 3 ? { ...turn, reported: usage } : turn)) }],
      }),
    );
    const { reported } = told.turns[3]!;
    const request = told.requests[1]!;
    assert.deepEqual(reported, {
      ...usage,
      counted: { input: request.tokensIn, output: request.tokensOut },
      difference: { input: request.tokensIn - 100, output: request.tokensOut - 2 },
    });
    assert.ok(!('reported' in told.turns[1]!));
    assert.deepEqual(told.total, plain.total);
  });

  it('standing instructions: over 1,000 requests, no reply to come, and no generation prompt', async () => {
    const standing = { when: 'always', note: 'in every request' } as const;
    const turns = [{ role: 'system', text: 'word '.repeat(800).trim() }];
    const alone = await analyse({ conversations: [{ standing, turns }] });
    const json = jsonOf(alone);
    assert.equal(json.next, null);
    assert.ok(json.standing && 'joulesPer1000Requests' in json.standing && json.standing.cached);
    const { joulesPer1000Requests, interval90, cached, tokens, note } = json.standing;
    assert.equal(note, 'in every request');
    assert.equal(tokens, json.total!.tokens);
    assert.ok(Math.abs(joulesPer1000Requests / (1000 * json.total!.energy.joules) - 1) < 1e-9);
    assert.ok(interval90[0] < joulesPer1000Requests && joulesPer1000Requests < interval90[1]);
    assert.ok(cached.joulesPer1000Requests < joulesPer1000Requests / 2, 'all but a block comes from the cache');
    // The same turn as a conversation of its own has a reply to come, and its generation prompt in the request.
    const chat = jsonOf(await analyse({ conversations: [{ turns }] }));
    assert.ok(chat.next && !('standing' in chat));
    assert.ok(chat.requests[0]!.tokensIn > json.requests[0]!.tokensIn);
  });

  it('a standing prompt with a user turn is a request all the same', async () => {
    const standing = { when: 'on-demand', note: 'once asked for' } as const;
    const json = jsonOf(await analyse({ conversations: [{ standing, turns: [{ role: 'user', text: 'do it' }] }] }));
    assert.ok(json.next && json.standing);
  });

  it('requestOfTurn finds the request of each turn, and none outside', () => {
    const requests = [
      [0, 1],
      [2, 4],
      [5, 5],
    ].map((turns) => ({ turns }) as unknown as Parameters<typeof requestOfTurn>[0][number]);
    const found = [-1, 0, 1, 2, 3, 4, 5, 6].map((turn) => requests.indexOf(requestOfTurn(requests, turn)!));
    assert.deepEqual(found, [-1, 0, 0, 1, 1, 1, 2, -1]);
    assert.equal(requestOfTurn([], 0), undefined);
  });
});

describe('templates', () => {
  const facts: Facts = {
    conversations: [
      {
        syntax: 'mustache',
        samples: { short: { topic: 'tea' }, long: { topic: 'a kettle that sings', name: 'Ada' } },
        turns: [
          { role: 'system', text: 'Speak of {{topic}} only' },
          { role: 'user', text: 'I am {{name}} and ask' },
        ],
      },
    ],
  };

  it('are counted as written by default, and say so', async () => {
    const analysis = await analyse(facts);
    assert.deepEqual(textTokens(analysis), [4, 5]);
    assert.deepEqual(jsonOf(analysis).template, {
      syntax: 'mustache',
      variables: ['topic', 'name'],
      filled: 'as written',
    });
    assert.deepEqual(analysis.problems, []);
  });

  it('are counted with a sample of the file; ranges stay those of the source', async () => {
    const written = jsonOf(await analyse(facts));
    const analysis = await analyse(facts, { fill: { kind: 'sample', name: 'long' } });
    const filled = jsonOf(analysis);
    assert.deepEqual(textTokens(analysis), [7, 5]);
    assert.equal(filled.template?.filled, 'sample: long');
    assert.deepEqual(filled.template.variables, written.template?.variables);
    assert.deepEqual(
      filled.turns.map(({ range, contentRanges }) => [range, contentRanges]),
      written.turns.map(({ range, contentRanges }) => [range, contentRanges]),
    );
    assert.ok(filled.total!.energy.joules > written.total!.energy.joules);
    assert.equal(analysis.contents[0]!.turns[0]!.pieces[0]!.text, 'Speak of a kettle that sings only');
    assert.equal(analysis.transcript.conversations[0]!.turns[0]!.pieces[0]!.text, 'Speak of {{topic}} only');
  });

  it('a missing value is a problem at its place, and its text stays as written', async () => {
    const analysis = await analyse(facts, { fill: { kind: 'sample', name: 'short' } });
    assert.deepEqual(textTokens(analysis), [4, 5]);
    const [problem, ...more] = analysis.problems;
    assert.equal(more.length, 0);
    assert.equal(problem!.code, 'template-value');
    assert.equal(problem!.message, 'No value for name: this text is counted as written.');
    assert.equal(analysis.text.slice(problem!.span.start, problem!.span.end), '{{name}}');
  });

  it('take values of the user, or none where the file has no such sample', async () => {
    const values = { topic: 'x y z', name: 'B' };
    const analysis = await analyse(facts, { fill: { kind: 'values', label: 'mine.json', values } });
    assert.deepEqual(textTokens(analysis), [6, 5]);
    assert.equal(jsonOf(analysis).template?.filled, 'mine.json');
    const none = await analyse(facts, { fill: { kind: 'sample', name: 'no such' } });
    assert.equal(jsonOf(none).template?.filled, 'as written');
  });

  it('change with the choice, and back', async () => {
    const analysis = await analyse(facts);
    const written = jsonOf(analysis);
    analysis.fillTemplates({ kind: 'sample', name: 'long' });
    assert.equal(analysis.figures(0), null, 'old counts do not answer for other values');
    await settle(analysis);
    assert.deepEqual(textTokens(analysis), [7, 5]);
    analysis.fillTemplates({ kind: 'as-written' });
    await settle(analysis);
    assert.deepEqual(jsonOf(analysis), written);
  });

  it('an edit counts the piece that it touched, values filled in, and nothing else', async () => {
    const many: Facts = {
      conversations: [
        {
          syntax: 'jinja',
          samples: { a: { topic: 'tea' } },
          turns: Array.from({ length: 40 }, (_, index) => ({ role: 'user', text: `turn ${index} on {{ topic }} end` })),
        },
      ],
    };
    const counter = wordCounter();
    const analysis = await analyse(many, { fill: { kind: 'sample', name: 'a' } }, counter);
    counter.counted = [];
    const at = analysis.text.indexOf('turn 7 on') + 'turn 7 on'.length;
    const text = `${analysis.text.slice(0, at)} green${analysis.text.slice(at)}`;
    analysis.edit(text, { start: at, oldEnd: at, newEnd: at + 6 });
    await settle(analysis);
    assert.deepEqual(counter.counted, ['turn 7 on green tea end']);
    assert.equal(analysis.contents[0]!.turns[7]!.pieces[0]!.text, 'turn 7 on green tea end');
  });

  it('without an end are tried a few times and no more', async () => {
    const loop = '{% for i in range(90000) %}{% for j in range(90000) %}x{% endfor %}{% endfor %}';
    const turns = Array.from({ length: 30 }, (_, index) => ({ role: 'user', text: `${index} ${loop}` }));
    const analysis = await analyse(
      { conversations: [{ syntax: 'jinja', turns }] },
      { fill: { kind: 'values', label: 'v.json', values: { a: 1 } } },
    );
    assert.equal(analysis.problems.length, 30);
    assert.ok(analysis.problems.every(({ code }) => code === 'template-syntax'));
  });
});

describe('branches', () => {
  const facts: Facts = {
    conversations: [
      { id: 'main', otherBranches: 1, turns: [{ role: 'user', text: 'the one shown' }] },
      { id: 'other', branch: true, turns: [{ role: 'user', text: 'a first try of it' }] },
    ],
  };

  it('show the current one, or all, each a conversation', async () => {
    const analysis = await analyse(facts);
    assert.deepEqual([analysis.transcript.conversations.length, jsonOf(analysis).otherBranches], [1, 1]);
    analysis.showBranches('all');
    await settle(analysis);
    assert.equal(analysis.transcript.conversations.length, 2);
    assert.deepEqual(jsonOf(analysis, 1).turns[0]!.tokens.text, 5);
    analysis.showBranches('current');
    await settle(analysis);
    assert.equal(analysis.transcript.conversations.length, 1);
    assert.equal((await analyse(facts, { branches: 'all' })).transcript.conversations.length, 2);
  });
});
