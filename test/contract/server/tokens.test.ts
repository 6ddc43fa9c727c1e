import assert from 'node:assert/strict';
import { CancellationTokenSource } from 'vscode-languageserver-protocol';
import { decodeJsonString } from '../../../server/core/transcript/textMap.js';
import { Method } from '../../../server/protocol/messages.js';
import type { Reply, TurnDto } from '../../../server/protocol/messages.js';
import type { SelectionTokens, ShownTokens, SpanDto } from '../../../server/protocol/tokens.js';
import { vocabulary } from '../../support/tokens/engines.js';
import { spyCounter, testDeps, type SpyCounter } from './support/deps.js';
import { startEditor, type TestEditor } from './support/editor.js';
import { chat, longChat, packageJson } from './support/transcripts.js';

const uri = 'file:///t/chat.json';

/** What a user wrote, as a chat of one turn in JSON: `content` is the inside of the string. */
const oneTurn = (content: string, model = 'meta-llama/Llama-3.1-8B-Instruct', role = 'user'): string =>
  `{"model": "${model}", "messages": [{"role": "${role}", "content": "${content}"}]}`;

const spanOf = (text: string, part: string): SpanDto => {
  const start = text.indexOf(part);
  assert.ok(start >= 0, part);
  return { start, end: start + part.length };
};

describe('tokens over a connection', function () {
  this.timeout(20_000);
  let spy: SpyCounter;
  let editor: TestEditor;

  beforeEach(async () => {
    spy = spyCounter();
    editor = await startEditor(testDeps(spy), { settings: () => ({}) });
  });
  afterEach(() => editor.stop());

  const show = (selections: SpanDto[], caret = 0, more: object = {}): Promise<ShownTokens> =>
    editor.value(Method.showTokens, { uri, version: 1, selections, caret, ...more });
  const count = (selections: SpanDto[], more: object = {}): Promise<SelectionTokens> =>
    editor.value(Method.selectionTokens, { uri, version: 1, selections, ...more });

  /** Regions stand side by side on exactly `[start, end)`, in order, and name tokens in order. */
  function checkTiling({ regions, tokens }: ShownTokens, { start, end }: SpanDto): void {
    let at = start;
    let token = 0;
    for (const region of regions) {
      assert.equal(region.start, at);
      assert.ok(region.end > region.start && region.last >= region.first);
      assert.ok(region.first === token || region.first === token + 1, 'no token is left out');
      at = region.end;
      token = region.last;
    }
    assert.equal(at, end);
    assert.equal(token, tokens.length - 1);
  }

  it('stand on the escapes and characters of a JSON string that they spell', async () => {
    const inside = 'Caf\\u00e9 \\ud83d\\ude00 \\"quoted\\"\\n\\n日本語 🧪 naïve';
    const text = oneTurn(inside);
    await editor.open(uri, text);
    const shown = await show([], text.indexOf('Caf'));
    const content = decodeJsonString(inside);
    assert.deepEqual(
      shown.tokens.map(({ id }) => id),
      [...vocabulary('llama-3').encode(content)],
    );
    checkTiling(shown, spanOf(text, inside));
    assert.equal(shown.what, 'user turn 1 of 1');
    assert.equal(shown.total, shown.tokens.length);
    assert.deepEqual(shown.tokenizer, { title: 'Llama 3 (exact)', exact: true });
    assert.deepEqual(shown.notes, []);
    for (const { start, end, first, last } of shown.regions) {
      const written = decodeJsonString(text.slice(start, end));
      const spelled = shown.tokens.slice(first, last + 1).map((token) => token.bytes);
      if (first === last && shown.tokens[first]!.text !== null) {
        assert.ok(shown.tokens[first]!.text!.includes(written), `${written} in ${shown.tokens[first]!.text}`);
      } else
        assert.ok(
          spelled.join(' ').includes(Buffer.from(written).toString('hex').toUpperCase().match(/../g)!.join(' ')),
        );
    }
    // The flask takes several tokens, which share its place.
    const flask = shown.regions.find(({ start }) => text.startsWith('🧪', start) || text.startsWith(' 🧪', start))!;
    const shared = shown.regions.filter(({ first, last }) => last > first);
    assert.ok(flask && shared.some(({ start, end }) => text.slice(start, end) === '🧪'));
    assert.ok(shown.tokens.some(({ text: spelled }) => spelled === null));
  });

  it('are those of the whole turn where a part of it is selected', async () => {
    const text = oneTurn('The quick brown fox jumps over the lazy dog.');
    await editor.open(uri, text);
    const shown = await show([spanOf(text, 'ick brown fo')]);
    assert.deepEqual(
      shown.tokens.map((token) => token.text),
      [' quick', ' brown', ' fox'],
    );
    assert.equal(shown.what, 'the selection in the user turn 1 of 1');
    assert.equal((await count([spanOf(text, 'ick brown fo')])).tokens, 3);
  });

  it('go over the lines of a Markdown turn, and leave out what is no content', async () => {
    const text = '# User\n\nOne line.\nAnother line.\n\n# Assistant\n\nA reply.\n';
    const markdown = 'file:///t/chat.md';
    await editor.open(markdown, text, 'markdown');
    const shown = await editor.value<ShownTokens>(Method.showTokens, {
      uri: markdown,
      version: 1,
      selections: [{ start: 0, end: text.length }],
      caret: 0,
    });
    const drawn = shown.regions.map(({ start, end }) => text.slice(start, end)).join('|');
    assert.equal(drawn, 'One| line|.\n|Another| line|.|A| reply|.');
    assert.equal(shown.what, 'the selection');
  });

  it('of a selection add up over turns and selections; whole turns are not counted again', async () => {
    await editor.open(uri, chat);
    await editor.settled(uri);
    const turns = await editor.value<TurnDto[]>(Method.turns, { uri });
    const before = spy.counted;
    const all = await count([{ start: 0, end: chat.length }]);
    assert.equal(
      all.tokens,
      turns.reduce((sum, { tokens }) => sum + tokens.text, 0),
    );
    assert.equal(all.turns, turns.length);
    assert.equal(all.exact, true);
    assert.equal(all.tokenizer, 'Llama 3 (exact)');
    assert.equal(spy.counted, before);
    const joules = turns.reduce((sum, { tokens: { text, overhead }, energy }) => {
      return sum + (energy!.joules * text) / (text + overhead);
    }, 0);
    assert.ok(Math.abs(all.joules! - joules) < 1e-9 * joules);

    const [kettle, sings] = [spanOf(chat, 'kettle'), spanOf(chat, 'bubbles form')];
    const [one, two, both] = [await count([kettle]), await count([sings]), await count([kettle, sings])];
    assert.equal(both.tokens, one.tokens + two.tokens);
    assert.equal(both.turns, 2);
    assert.ok(both.joules! > one.joules! && both.joules! < all.joules!);
  });

  it('of JSON around the texts are none', async () => {
    await editor.open(uri, chat);
    const none = await count([spanOf(chat, '"role": "system"')]);
    assert.deepEqual([none.tokens, none.joules, none.turns], [0, null, 0]);
    assert.deepEqual(none.notes, ['Nothing selected is text of a turn.']);
    const reply = await editor.ask(Method.showTokens, {
      uri,
      version: 1,
      selections: [spanOf(chat, '"role": "system"')],
      caret: 0,
    });
    assert.ok(!reply.ok && reply.code === 'no-tokens');
  });

  it('of a file that is no transcript are those of plain text with the chosen model', async () => {
    await editor.open(uri, packageJson);
    const selection = spanOf(packageJson, '"version"');
    const shown = await show([selection]);
    assert.equal(shown.what, 'the selection as plain text');
    checkTiling(shown, selection);
    const counted = await count([selection]);
    assert.equal(counted.tokens, shown.total);
    assert.equal(counted.tokens, vocabulary('llama-3').count('"version"'));
    assert.match(counted.notes[0]!, /plain text/);
    // Without a selection: all of it.
    checkTiling(await show([], 5), { start: 0, end: packageJson.length });

    const python = 'file:///t/script.py';
    const params = {
      uri: python,
      version: 3,
      selections: [{ start: 100, end: 111 }],
      texts: ['hello world'],
      caret: 0,
    };
    const unknown = await editor.value<ShownTokens>(Method.showTokens, params);
    assert.deepEqual(unknown.regions, [
      { start: 100, end: 105, first: 0, last: 0 },
      { start: 105, end: 111, first: 1, last: 1 },
    ]);
    assert.equal((await editor.value<SelectionTokens>(Method.selectionTokens, params)).tokens, 2);
  });

  it('say that the tokenizer is a stand-in, and use the model of the transcript', async () => {
    const text = oneTurn('Counted with something near.', 'claude-sonnet-4');
    await editor.open(uri, text);
    await editor.configure(() => ({ model: 'claude-sonnet-4' }));
    const shown = await show([], text.indexOf('Counted'));
    assert.equal(shown.tokenizer.exact, false);
    assert.equal((await count([spanOf(text, 'something')])).exact, false);
  });

  it('name what the file has where the tokenizer normalises', async () => {
    const text = oneTurn('cafe\u0301 au lait', 'Qwen/Qwen3-8B');
    await editor.open(uri, text);
    const shown = await show([], text.indexOf('au'));
    checkTiling(shown, spanOf(text, 'cafe\u0301 au lait'));
    const composed = shown.tokens.find(({ written }) => written !== undefined)!;
    assert.ok(composed.text!.endsWith('\u00e9') && composed.written!.endsWith('e\u0301'));
  });

  it('say where a token also spells text of the template', async () => {
    const text = oneTurn('\\n\\nstarts with line feeds', 'Qwen/Qwen3-8B');
    await editor.open(uri, text);
    const shown = await show([], text.indexOf('starts'));
    assert.equal(shown.tokens[0]!.beyond, true);
    checkTiling(shown, spanOf(text, '\\n\\nstarts with line feeds'));
  });

  it('of a tool call are those of the file, and are said not to be as counted', async () => {
    const text = JSON.stringify({
      model: 'Qwen/Qwen3-8B',
      messages: [
        { role: 'user', content: 'Weather?' },
        {
          role: 'assistant',
          content: 'Let me look.',
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }],
        },
      ],
    });
    await editor.open(uri, text);
    const shown = await show([], text.indexOf('Let me'));
    assert.equal(shown.tokenizer.exact, false);
    assert.match(shown.notes.join(' '), /template writes part of this otherwise/);
    const spoken = await show([spanOf(text, 'Let me look.')]);
    assert.deepEqual(
      spoken.tokens.map((token) => token.text),
      ['Let', ' me', ' look', '.\n'],
    );
    // The template puts the call on a line of its own, and the line feed is of the same token as the full stop.
    assert.equal(spoken.tokens.at(-1)!.beyond, true);
    assert.deepEqual(spoken.notes, []);
  });

  it('of a long turn are shown around the caret, and it says so', async () => {
    const text = longChat(1, 400_000);
    await editor.open(uri, text);
    const caret = 200_000;
    const shown = await show([], caret);
    assert.match(shown.notes[0]!, /^25,000 of 400,003 characters around the caret are shown\.$/);
    const [turn] = await editor.value<TurnDto[]>(Method.turns, { uri });
    assert.equal(shown.total, turn!.tokens.text);
    assert.ok(shown.regions[0]!.start < caret && shown.regions.at(-1)!.end > caret);
    assert.ok(shown.tokens.length <= 5000);
    const dense = oneTurn('a b c d e f g h '.repeat(2000));
    await editor.change(uri, { text: dense });
    const first = await editor.value<ShownTokens>(Method.showTokens, {
      uri,
      version: 2,
      selections: [{ start: 0, end: dense.length }],
      caret: 0,
    });
    assert.equal(first.tokens.length, 5000);
    assert.match(first.notes.join(' '), /first 5,000 tokens/);
    assert.ok(first.total > 15_000, String(first.total));
  });

  it('are not given for a version that is not the newest', async () => {
    await editor.open(uri, chat);
    await editor.insert(uri, { line: 0, character: 0 }, ' ');
    for (const method of [Method.showTokens, Method.selectionTokens]) {
      const params = { uri, version: 1, selections: [{ start: 0, end: 200 }], caret: 0 };
      const reply = await editor.ask(method, params);
      assert.ok(!reply.ok && reply.code === 'stale', JSON.stringify(reply));
    }
  });

  it('stop when cancelled while the document is being counted', async () => {
    let open = (): void => undefined;
    spy.gate = new Promise((resolve) => (open = resolve));
    await editor.open(uri, chat);
    const source = new CancellationTokenSource();
    const params = { uri, version: 1, selections: [{ start: 0, end: 300 }], caret: 0 };
    const asking = editor.connection.sendRequest<Reply<SelectionTokens>>(Method.selectionTokens, params, source.token);
    source.cancel();
    const reply = await asking;
    assert.ok(!reply.ok && reply.code === 'cancelled');
    open();
    spy.gate = null;
  });
});
