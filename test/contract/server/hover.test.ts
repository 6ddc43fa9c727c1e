import assert from 'node:assert/strict';
import type { DocumentStatus, TurnDto, TurnReport } from '../../../server/protocol/messages.js';
import { Method } from '../../../server/protocol/messages.js';
import { spyCounter, testDeps } from './support/deps.js';
import { eventually, startEditor } from './support/editor.js';
import type { TestEditor } from './support/editor.js';
import { chat, packageJson } from './support/transcripts.js';

const uri = 'file:///ws/chat.json';

describe('hovers, hints, turns and status over a connection', () => {
  const counter = spyCounter();
  let editor: TestEditor;

  beforeEach(async () => {
    editor = await startEditor(testDeps(counter));
  });
  afterEach(() => {
    counter.gate = null;
    return editor.stop();
  });

  it('a hover gives the split, the request, the assumptions, how sure, and links', async () => {
    await editor.open(uri, chat);
    const text = (await editor.hover(uri, { line: 6, character: 10 }))!;
    for (const part of [
      /^\*\*assistant\*\* · turn 3 of 4/,
      /tokens of text/,
      /Llama 3 \\\(exact\\\)/,
      /Decode \| [\d.]+ J/,
      /host, facility/,
      /!\[\d+ % of the conversation's joules\]\(data:image\/svg/,
      /90 % interval/,
      /Its request: \d+ tokens in/,
      /shared\\-server/,
      /h100\\-sxm/,
      /batch 8–128/,
      /How sure/,
      /Sources: energy equation fitted on .*; GPU: NVIDIA H100 data sheet/,
      /command:joulelens\.chooseProfile\?/,
      /command:joulelens\.chooseModel\?/,
    ]) {
      assert.match(text, part);
    }
  });

  it('a hover shows only the phases that its turn has', async () => {
    await editor.open(uri, chat);
    const user = (await editor.hover(uri, { line: 9, character: 10 }))!;
    assert.match(user, /Prefill \| [\d.]+ m?J/);
    assert.match(user, /Re-reading of history \| [\d.]+ m?J/);
    assert.doesNotMatch(user, /Decode \|/);
  });

  it('a hover between turns and outside transcripts is empty', async () => {
    await editor.open(uri, chat);
    assert.equal(await editor.hover(uri, { line: 1, character: 4 }), null);
    await editor.open('file:///ws/package.json', packageJson);
    assert.equal(await editor.hover('file:///ws/package.json', { line: 1, character: 4 }), null);
  });

  it('a profile with a grid zone has grams of CO2 equivalent in the hover', async () => {
    await editor.open(uri, chat);
    assert.doesNotMatch((await editor.hover(uri, { line: 6, character: 10 }))!, /CO2e/);
    await editor.configure(() => ({ profiles: { french: { gridZone: 'FRA' } }, profile: 'french' }));
    const text = await eventually(
      () => editor.hover(uri, { line: 6, character: 10 }),
      (shown) => /french/.test(shown ?? ''),
      'the hover under the new profile',
    );
    assert.match(text!, /[\d.]+ [mµu]?gCO2e with host and facility, grid of FRA/);
  });

  it('a hover on the last input turn tells of the reply to come', async () => {
    await editor.open(uri, chat);
    const text = (await editor.hover(uri, { line: 9, character: 10 }))!;
    assert.match(text, /next reply ≈ .*with its prefill [\d.]+ J/);
    assert.match(text, /Length: /);
  });

  it('the hover of a text with Markdown in it stays text', async () => {
    await editor.open(uri, chat.replace('meta-llama/Llama-3.1-8B-Instruct', '[x](command:evil)'));
    await editor.settled(uri);
    assert.doesNotMatch((await editor.hover(uri, { line: 6, character: 10 }))!, /command:evil\)/);
  });

  it('inlay hints take the place of lenses where the setting says so', async () => {
    await editor.configure(() => ({ display: 'inlayHints' }));
    await editor.open(uri, chat);
    const whole = { start: { line: 0, character: 0 }, end: { line: 20, character: 0 } };
    const hints = await editor.hints(uri, whole);
    assert.deepEqual(
      hints.map(({ position }) => position.line),
      [3, 4, 6, 9],
    );
    assert.match(String(hints[2]!.label), /^assistant · \d+ tok · [\d.]+ J \(/);
    assert.match(String(hints[3]!.label), /next reply/);
    assert.deepEqual(await editor.lenses(uri), []);
    const part = await editor.hints(uri, { start: { line: 4, character: 0 }, end: { line: 4, character: 30 } });
    assert.equal(part.length, 1);
  });

  it('display off shows neither, and the status stays', async () => {
    await editor.configure(() => ({ display: 'off' }));
    await editor.open(uri, chat);
    assert.deepEqual(await editor.lenses(uri), []);
    assert.ok((await editor.settled(uri)).energy!.joules > 0);
  });

  it('the turns add up to the total of the status', async () => {
    await editor.open(uri, chat);
    const turns = await editor.value<TurnDto[]>(Method.turns, { uri });
    const status = await editor.settled(uri);
    const sum = turns.reduce((all, turn) => all + turn.energy!.joules, 0);
    assert.ok(Math.abs(sum - status.energy!.joules) < 1e-9 * sum);
    const tokens = turns.reduce((all, turn) => all + turn.tokens.text + turn.tokens.overhead, 0);
    assert.equal(tokens, status.tokens);
    assert.match(
      turns[1]!.spoken,
      /^User turn 2 of 4: \d+ tokens, predicted [\d.]+ (milli)?joules, 90 percent interval/,
    );
    const expected: Partial<DocumentStatus> = {
      state: 'ready',
      profile: 'shared-server',
      model: 'meta-llama/Llama-3.1-8B-Instruct',
      batch: '8–128',
      conversations: 1,
    };
    for (const [key, value] of Object.entries(expected)) assert.equal(status[key as keyof DocumentStatus], value);
  });

  it('the turn at a position is the one there, or the last before', async () => {
    await editor.open(uri, chat);
    const at = (line: number) =>
      editor.value<TurnReport | null>(Method.turnAt, { uri, position: { line, character: 5 } });
    assert.equal((await at(6))!.turn.index, 2);
    assert.equal((await at(10))!.turn.index, 3);
    assert.equal(await at(0), null);
  });

  it('figures as a Markdown table', async () => {
    await editor.open(uri, chat);
    const { markdown } = await editor.value<{ markdown: string }>(Method.markdownTable, { uri });
    const lines = markdown.split('\n');
    assert.equal(lines.filter((line) => /^\|.*\|$/.test(line)).length, 2 + 4 + 1);
    assert.match(markdown, /\*\*Total\*\*/);
    assert.match(markdown, /not measured/);
  });

  it('a document that is no transcript has no turns, with a reason', async () => {
    await editor.open('file:///ws/package.json', packageJson);
    const reply = await editor.ask(Method.turns, { uri: 'file:///ws/package.json' });
    assert.deepEqual(reply, {
      ok: false,
      code: 'no-transcript',
      error: 'package.json holds no conversation that can be read.',
    });
  });

  it('a counter that fails is one message, and the next edit tries again', async () => {
    counter.gate = Promise.reject(new Error('the vocabulary is gone'));
    counter.gate.catch(() => undefined);
    await editor.open(uri, chat);
    const status = await editor.settled(uri);
    assert.equal(status.state, 'error');
    assert.match(status.message!, /vocabulary is gone/);
    assert.match((await editor.titles(uri))[0]!, /no figures/);
    counter.gate = null;
    await editor.insert(uri, { line: 4, character: 40 }, 'x');
    assert.match((await editor.titles(uri))[1]!, /^user · \d+ tok · /);
  });
});
