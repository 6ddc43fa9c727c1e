import assert from 'node:assert/strict';
import type { Choice } from '../../../server/protocol/messages.js';
import { Method } from '../../../server/protocol/messages.js';
import { spyCounter, testDeps } from './support/deps.js';
import { eventually, startEditor } from './support/editor.js';
import type { TestEditor } from './support/editor.js';
import { chat, longChat } from './support/transcripts.js';

const uri = 'file:///ws/chat.json';

describe('bad input to the server', () => {
  const counter = spyCounter();
  let editor: TestEditor;

  beforeEach(async () => {
    editor = await startEditor(testDeps(counter));
    counter.counted = 0;
  });
  afterEach(() => editor.stop());

  it('broken JSON shows the turns that can be seen, and says where it is broken', async () => {
    await editor.open(uri, chat);
    const whole = await editor.titles(uri);
    const broken = chat.slice(0, chat.indexOf('"And why is'));
    await editor.change(uri, { text: `${broken}"And why` });
    const titles = await editor.titles(uri);
    assert.deepEqual(titles.slice(0, 2), whole.slice(0, 2));
    assert.equal(titles.filter((title) => /^(system|user|assistant) · /.test(title)).length, 4);
    const found = await eventually(
      () => editor.diagnostics(uri),
      (diagnostics) => diagnostics.length > 0,
      'a diagnostic',
    );
    assert.ok(found.every(({ source }) => source === 'Joule Lens'));
    assert.ok(found.length <= 2, editor.problems(uri).join('\n'));
    await editor.change(uri, { text: chat });
    await eventually(
      () => editor.diagnostics(uri).length,
      (count) => count === 0,
      'no diagnostic once mended',
    );
  });

  it('binary text costs nothing and breaks nothing', async () => {
    const binary = Array.from({ length: 50_000 }, (_, i) => String.fromCharCode((i * 7919) % 256)).join('');
    await editor.open(uri, binary);
    assert.deepEqual(await editor.lenses(uri), []);
    assert.equal(counter.counted, 0);
    await editor.open('file:///ws/other.json', chat);
    assert.equal((await editor.titles('file:///ws/other.json')).length, 6);
  });

  it('binary text named as a transcript is one message', async () => {
    await editor.open('file:///ws/data.jsonl', '\u0000\u0001\u0002\uFFFD\uFFFD\u0000'.repeat(1000));
    await editor.lenses('file:///ws/data.jsonl');
    assert.ok(editor.diagnostics('file:///ws/data.jsonl').length <= 1);
  });

  it('an unknown role is a diagnostic, and the other turns have figures', async () => {
    await editor.open(uri, chat.replace('"role": "system"', '"role": "wizard"'));
    const titles = await editor.titles(uri);
    assert.ok(titles.filter((title) => / tok · [\d.]+ m?J/.test(title)).length >= 3, titles.join('\n'));
    const [diagnostic] = await eventually(
      () => editor.diagnostics(uri),
      (diagnostics) => diagnostics.length === 1,
      'one diagnostic',
    );
    assert.match(editor.problems(uri)[0]!, /wizard/);
    assert.equal(diagnostic!.range.start.line, 3);
  });

  it('an empty document is none, until something is typed', async () => {
    await editor.open(uri, '');
    assert.deepEqual(await editor.lenses(uri), []);
    assert.equal((await editor.settled(uri)).state, 'none');
    await editor.change(uri, { text: chat });
    assert.equal((await editor.titles(uri)).length, 6);
  });

  it('a run of 2 MB that is still being counted holds up no other document', async function () {
    this.timeout(60_000);
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const slow = spyCounter();
    const { count } = slow;
    slow.count = async (vocabulary, texts, signal) => {
      if (texts.some(({ length }) => length > 1_000_000)) await released;
      return count(vocabulary, texts, signal);
    };
    const patient = await startEditor(testDeps(slow));
    try {
      await patient.open(uri, JSON.stringify([{ role: 'user', content: 'a'.repeat(2_000_000) }]));
      await patient.open('file:///ws/small.json', chat);
      const titles = await patient.titles('file:///ws/small.json');
      assert.equal(titles.length, 6);
      assert.ok(
        titles.slice(0, 4).every((title) => / tok · [\d.]+ m?J/.test(title)),
        titles.join('\n'),
      );
      assert.ok(slow.counted < 1_000_000);
      release();
      const { energy } = await patient.settled(uri);
      assert.ok(energy!.joules > 0 && slow.counted >= 2_000_000);
    } finally {
      release();
      await patient.stop();
    }
  });

  it('a document over the limit is cut, with a notice, and the rest has figures', async () => {
    await editor.configure(() => ({ maxDocumentSize: 0.05 }));
    await editor.open(uri, longChat(200, 1000));
    const status = await editor.settled(uri);
    assert.equal(status.state, 'cut');
    assert.match(status.message!, /50,000.*joulelens\.maxDocumentSize/);
    assert.ok(status.energy!.joules > 0);
    const diagnostics = await eventually(
      () => editor.diagnostics(uri),
      (found) => found.length > 0,
      'a notice',
    );
    assert.equal(diagnostics.length, 1);
    assert.equal(diagnostics[0]!.code, 'cut-at-limit');
    assert.equal(diagnostics[0]!.severity, 3);
    const titles = (await editor.titles(uri)).filter((title) => /^(user|assistant) · /.test(title));
    assert.ok(titles.length > 20 && titles.length < 80, `${titles.length} turns`);
    await editor.configure(() => ({}));
    await eventually(
      () => editor.status(uri)!.state,
      (state) => state === 'ready',
      'the whole document once the limit is raised',
    );
  });

  it('an edit beyond the limit leaves figures as they were', async () => {
    await editor.configure(() => ({ maxDocumentSize: 0.05 }));
    await editor.open(uri, longChat(200, 1000));
    const before = await editor.titles(uri);
    await editor.insert(uri, { line: 700, character: 20 }, 'far behind');
    assert.deepEqual(await editor.titles(uri), before);
  });

  it('thousands of problems are a hundred diagnostics', async () => {
    const lines = Array.from({ length: 3000 }, (_, i) =>
      i < 3 ? JSON.stringify({ messages: [{ role: 'user', content: `line ${i}` }] }) : '{"messages": [{"role": "us',
    );
    const file = 'file:///ws/data.jsonl';
    await editor.open(file, lines.join('\n'), 'jsonl');
    const found = await eventually(
      () => editor.diagnostics(file),
      (diagnostics) => diagnostics.length > 0,
      'diagnostics',
    );
    assert.ok(found.length <= 100);
  });

  it('a document can be read in a format of the user’s choice, and back', async () => {
    const file = 'file:///ws/notes.txt';
    await editor.open(file, 'User: hello\nAssistant: hi\n', 'plaintext');
    const formats = await editor.value<Choice[]>(Method.formats, { uri: file });
    assert.ok(formats.length >= 3);
    const text = formats.find(({ id }) => /text|markdown|label/.test(id))!;
    await editor.value(Method.treatAs, { uri: file, format: text.id });
    assert.ok((await editor.titles(file)).some((title) => /^user · \d+ tok/.test(title)));
    await editor.value(Method.treatAs, { uri: file, format: null });
  });

  it('requests for documents that are not open are answered', async () => {
    assert.deepEqual(await editor.lenses('file:///nowhere.json'), []);
    assert.equal(await editor.hover('file:///nowhere.json', { line: 0, character: 0 }), null);
    for (const method of [Method.turns, Method.turnAt, Method.markdownTable, Method.measurePlan, Method.formats]) {
      const reply = await editor.ask(method, { uri: 'file:///nowhere.json', position: { line: 0, character: 0 } });
      assert.equal(reply.ok, false, method);
    }
  });

  it('positions outside the document are answered', async () => {
    await editor.open(uri, chat);
    await editor.titles(uri);
    assert.equal(await editor.hover(uri, { line: 9999, character: 9999 }), null);
    await editor.insert(uri, { line: 9999, character: 0 }, '\n');
    assert.equal((await editor.titles(uri)).length, 6);
  });
});
