/** What the facts of a document mean, as an editor is told: lenses, hover, status, table, and what can be chosen. */
import assert from 'node:assert/strict';
import { Method } from '../../../server/protocol/messages.js';
import type { Choice } from '../../../server/protocol/messages.js';
import { factsFormat, factsText, type Facts } from '../../support/transcript/factsFormat.js';
import { spyCounter, testDeps } from './support/deps.js';
import { eventually, startEditor } from './support/editor.js';
import type { TestEditor } from './support/editor.js';

const uri = 'file:///ws/a.facts.json';

describe('the meaning of a document over a connection', () => {
  let editor: TestEditor;
  const start = async (facts: Facts, writable = true): Promise<string> => {
    editor = await startEditor(testDeps(spyCounter(), [factsFormat(writable)]));
    const text = factsText(facts);
    await editor.open(uri, text);
    return text;
  };
  const hoverOn = (text: string, what: string) => {
    const lines = text.slice(0, text.indexOf(what)).split('\n');
    return editor.hover(uri, { line: lines.length - 1, character: lines.at(-1)!.length });
  };
  const table = async () => (await editor.value<{ markdown: string }>(Method.markdownTable, { uri })).markdown;
  afterEach(() => editor.stop());

  const chat = [
    { role: 'user', text: 'Why does a kettle sing?' },
    { role: 'assistant', text: 'Bubbles collapse.', reported: { input: 100, cached: 64, output: 4 } },
    { role: 'user', text: 'And then?' },
  ];

  it('marks every figure over hidden context as a lower bound, and says what is missing and where', async () => {
    const text = await start({ conversations: [{ hidden: ['an earlier response'], turns: chat }] });
    const titles = await editor.titles(uri);
    assert.match(titles[0]!, /^user · \d+ tok · ≥ [\d.]+ m?J$/);
    assert.match(titles[1]!, /^assistant · \d+ tok · ≥ [\d.]+ m?J \(/);
    assert.match(titles[3]!, /^next reply ≈ .* · ≥ [\d.]+ m?J \(/);
    const line = text.slice(0, text.indexOf('an earlier response')).split('\n').length;
    const hover = (await hoverOn(text, 'Why does'))!;
    assert.ok(hover.includes(`- an earlier response ([line ${line}](${uri}#L${line}))`), hover);
    assert.match(hover, /\*\*≥ [\d.]+ m?J\*\*/);
    const status = await editor.settled(uri);
    assert.deepEqual([status.lowerBound, status.hidden], [true, [`an earlier response (line ${line})`]]);
    assert.match(await table(), /\*\*≥ [^]*Lower bounds: sent, and not in the file: an earlier response/);
    const [turn] = await editor.value<{ spoken: string }[]>(Method.turns, { uri });
    assert.match(turn!.spoken, /predicted at least /);
  });

  it('sets reported usage beside our count, and into no figure', async () => {
    const text = await start({ conversations: [{ turns: chat }] });
    const hover = (await hoverOn(text, 'Bubbles'))!;
    assert.match(hover, /\| In, 64 of them cached \| 100 · \d+ \([−+][\d.]+ %\) \|/);
    assert.match(hover, /\| Out \| 4 · \d+ \((equal|[−+][\d.]+ %)\) \|/);
    assert.doesNotMatch((await hoverOn(text, 'Why does'))!, /reported/);
    assert.match(await table(), /Reported in \(counted here\)[^]*\| 100 \(\d+, [−+][\d.]+ %\) \|/);
    assert.ok(!(await editor.titles(uri)).some((title) => title.includes('≥')));
  });

  it('prices standing instructions over 1,000 requests, with no reply to come and nothing to measure', async () => {
    const standing = { when: 'always', note: 'in every request' } as const;
    const text = await start({
      conversations: [{ standing, turns: [{ role: 'system', text: 'Be brief. '.repeat(90) }] }],
    });
    const titles = await editor.titles(uri);
    assert.equal(titles.length, 2);
    assert.match(
      titles[1]!,
      /^in every request · [\d.]+ k?J per 1,000 requests \([^)]+\) · [\d.]+ k?J with a warm prefix cache$/,
    );
    const hover = (await hoverOn(text, 'Be brief'))!;
    assert.match(hover, /\*\*Per 1,000 requests\*\*[^]*With a warm prefix cache[^]*\| Sent \| in every request \|/);
    const status = await editor.settled(uri);
    assert.equal(status.standing?.requests, 1000);
    assert.ok(status.standing.cached!.joules < status.standing.energy.joules);
    assert.ok(Math.abs(status.standing.energy.joules / (1000 * status.energy!.joules) - 1) < 1e-9);
    const plan = await editor.ask(Method.measurePlan, { uri, conversation: 0, turn: null });
    assert.ok(!plan.ok && plan.code === 'standing' && plan.error.includes('no request of their own'));
  });

  it('counts a template as written, then with a sample, then with values of the user, and remembers', async () => {
    const facts: Facts = {
      conversations: [
        {
          syntax: 'mustache',
          samples: { short: { topic: 'tea' } },
          turns: [
            { role: 'user', text: 'Tell me of {{topic}} and {{name}}' },
            { role: 'user', text: 'On {{topic}}' },
          ],
        },
      ],
    };
    const text = await start(facts);
    const written = await editor.titles(uri);
    assert.match(
      (await hoverOn(text, 'Tell me'))!,
      /Template \(mustache\): `topic`, `name`, counted \*\*as written\*\*/,
    );
    const choices = await editor.value<Choice[]>(Method.templateFills, { uri });
    assert.deepEqual(
      choices.map(({ id, current }) => [id, current]),
      [
        ['as-written', true],
        ['sample:short', false],
      ],
    );
    await editor.value(Method.fillTemplate, { uri, fill: { sample: 'short' } });
    const sampled = await editor.titles(uri);
    const tokensOf = (title: string): string => title.split(' · ')[1]!;
    assert.equal(tokensOf(sampled[0]!), tokensOf(written[0]!), 'no value for name: as written');
    assert.notEqual(sampled[1], written[1]);
    // No edit, so no other version: the status follows the counts.
    await eventually(
      () => editor.status(uri)?.template?.filled,
      (filled) => filled === 'sample: short',
      'the status of the sample',
    );
    const values = { topic: 'a kettle of brass that sings', name: 'Ada' };
    await editor.value(Method.fillTemplate, { uri, fill: { label: 'mine.json', values } });
    const own = await editor.titles(uri);
    assert.ok(own[0] !== written[0] && own[1] !== sampled[1]);
    assert.match((await hoverOn(text, 'Tell me'))!, /filled in from \*\*mine\\.json|filled in from \*\*mine.json/);
    await editor.close(uri);
    await editor.open(uri, text);
    assert.deepEqual(await editor.titles(uri), own, 'remembered for the document');
    await editor.value(Method.fillTemplate, { uri, fill: null });
    assert.deepEqual(await editor.titles(uri), written);
  });

  it('shows all branches on request, and the current ones again', async () => {
    await start({
      conversations: [
        { otherBranches: 1, turns: [{ role: 'user', text: 'the one shown' }] },
        { branch: true, turns: [{ role: 'user', text: 'a first try' }] },
      ],
    });
    const current = await editor.titles(uri);
    const status = await editor.settled(uri);
    assert.deepEqual([status.branches, status.otherBranches, status.conversations], ['current', 1, 1]);
    await editor.value(Method.showBranches, { uri, branches: 'all' });
    assert.equal((await editor.titles(uri)).length, 2 * current.length);
    await editor.value(Method.showBranches, { uri, branches: 'current' });
    assert.deepEqual(await editor.titles(uri), current);
  });

  it('puts nothing into a read-only format, and says why', async () => {
    await start({ conversations: [{ turns: [{ role: 'user', text: 'Hello' }] }] }, false);
    assert.equal((await editor.settled(uri)).readOnly, true);
    const reply = await editor.ask(Method.insertReply, { uri, conversation: 0, requestHash: 'any' });
    assert.ok(!reply.ok && reply.code === 'not-writable');
    assert.match(reply.error, /^Facts of a Test is read-only: .* Open the reply beside instead\.$/);
  });

  it('lists formats by family, the one in use marked as detected or chosen', async () => {
    await start({ conversations: [{ turns: [{ role: 'user', text: 'Hello' }] }] });
    const [choice] = await editor.value<Choice[]>(Method.formats, { uri });
    assert.deepEqual([choice!.group, choice!.source, choice!.current], ['Prompt files', 'detected', true]);
    await editor.value(Method.treatAs, { uri, format: 'facts' });
    assert.equal((await editor.value<Choice[]>(Method.formats, { uri }))[0]!.source, 'chosen');
  });
});
