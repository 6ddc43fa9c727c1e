import assert from 'node:assert/strict';
import { CancellationTokenSource } from 'vscode-languageserver-protocol/node';
import { startEditor } from './support/editor.js';
import type { TestEditor } from './support/editor.js';
import { spyCounter, testDeps } from './support/deps.js';
import { chat, longChat, packageJson } from './support/transcripts.js';

const uri = 'file:///ws/chat.json';

describe('code lenses over a connection', () => {
  const counter = spyCounter();
  let editor: TestEditor;

  beforeEach(async () => {
    editor = await startEditor(testDeps(counter));
    counter.counted = 0;
  });
  afterEach(() => {
    counter.gate = null;
    return editor.stop();
  });

  it('stand above each turn and after the last, with tokens and joules', async () => {
    await editor.open(uri, chat);
    const lenses = await editor.lenses(uri);
    assert.deepEqual(
      lenses.map(({ range }) => range.start.line),
      [3, 4, 5, 9, 10, 10],
    );
    const titles = await editor.titles(uri);
    assert.match(titles[0]!, /^system · \d+ tok · [\d.]+ m?J$/);
    assert.match(titles[1]!, /^user · \d+ tok · [\d.]+ m?J$/);
    assert.match(titles[2]!, /^assistant · \d+ tok · [\d.]+ J \([\d.]+–[\d.]+\)$/);
    assert.match(titles[4]!, /^next reply ≈ \d+ tok \(\d+–[\d,]+\) · ≈ [\d.]+ J \([\d.]+–[\d.]+( k?J)?\)$/);
    assert.equal(titles[5], '▶ Measure');
  });

  it('come without titles, which are made one by one', async () => {
    await editor.open(uri, chat);
    const lenses = await editor.lenses(uri);
    assert.ok(lenses.slice(0, 5).every(({ command }) => command === undefined));
    const resolved = await editor.resolve(lenses[1]!);
    assert.equal(resolved.command!.command, 'joulelens.showTurn');
    assert.deepEqual(resolved.command!.arguments, [{ uri, position: { line: 4, character: 4 } }]);
  });

  it('follow an edit: the edited turn gets other figures, the others keep their tokens', async () => {
    await editor.open(uri, chat);
    const before = await editor.titles(uri);
    await editor.insert(uri, { line: 4, character: 40 }, 'really and truly ');
    const after = await editor.titles(uri);
    assert.notEqual(after[1], before[1]);
    const tokens = (title: string): string => title.split(' · ')[1]!;
    for (const index of [0, 2, 3]) assert.equal(tokens(after[index]!), tokens(before[index]!));
  });

  it('have their titles around an edit, so that no second request is needed in view', async () => {
    await editor.open(uri, longChat(200, 400));
    const before = await editor.titles(uri);
    await editor.insert(uri, { line: 4, character: 40 }, 'really and truly ');
    const lenses = await editor.lenses(uri);
    const titled = lenses.flatMap((lens, index) => (lens.command ? [index] : []));
    assert.deepEqual(
      titled.slice(0, 24),
      Array.from({ length: 24 }, (_, index) => index),
    );
    assert.ok(titled.length <= 25, 'the others are made when they come into view');
    const titles = await editor.titles(uri);
    assert.deepEqual(
      lenses.slice(0, 24).map((lens) => lens.command!.title),
      titles.slice(0, 24),
    );
    assert.notEqual(titles[0], before[0]);
    assert.deepEqual(lenses[1]!.command!.arguments, [{ uri, position: lenses[1]!.range.start }]);
  });

  it('after an edit only what changed is counted', async () => {
    await editor.open(uri, longChat(200, 400));
    await editor.titles(uri);
    assert.ok(counter.counted > 80_000);
    counter.counted = 0;
    await editor.insert(uri, { line: 4, character: 40 }, 'x');
    await editor.titles(uri);
    assert.ok(counter.counted > 0 && counter.counted < 5000, `${counter.counted} code units were counted again`);
  });

  it('follow several changes in one notification, as of many carets', async () => {
    await editor.open(uri, chat);
    await editor.titles(uri);
    const at = (line: number) => ({ start: { line, character: 40 }, end: { line, character: 40 } });
    await editor.change(uri, { range: at(9), text: 'one two ' }, { range: at(4), text: 'three four ' });
    const edited = await editor.titles(uri);
    const lines = chat.split('\n');
    for (const [line, text] of [
      [9, 'one two '],
      [4, 'three four '],
    ] as const) {
      lines[line] = lines[line]!.slice(0, 40) + text + lines[line]!.slice(40);
    }
    await editor.open('file:///ws/again.json', lines.join('\n'));
    assert.deepEqual(edited, await editor.titles('file:///ws/again.json'));
  });

  it('follow a replacement of the whole text', async () => {
    await editor.open(uri, chat);
    await editor.titles(uri);
    await editor.change(uri, { text: chat.replace('kettle', 'samovar of brass') });
    await editor.open('file:///ws/again.json', chat.replace('kettle', 'samovar of brass'));
    assert.deepEqual(await editor.titles(uri), await editor.titles('file:///ws/again.json'));
  });

  it('are there for untitled documents, from the first word on', async () => {
    const untitled = 'untitled:Untitled-1';
    await editor.open(untitled, '');
    assert.deepEqual(await editor.lenses(untitled), []);
    await editor.insert(untitled, { line: 0, character: 0 }, '[{"role":"user","content":"Hello there"}]');
    const titles = await editor.titles(untitled);
    assert.match(titles[0]!, /^user · 2 tok · /);
  });

  it('stay away from other JSON, of which nothing is counted', async () => {
    await editor.open('file:///ws/package.json', packageJson);
    assert.deepEqual(await editor.lenses('file:///ws/package.json'), []);
    await editor.insert('file:///ws/package.json', { line: 1, character: 2 }, ' ');
    assert.deepEqual(await editor.lenses('file:///ws/package.json'), []);
    assert.equal(await editor.hover('file:///ws/package.json', { line: 1, character: 4 }), null);
    assert.equal(counter.counted, 0);
    assert.deepEqual(editor.diagnostics('file:///ws/package.json'), []);
  });

  it('come without figures while a long count runs, and each title follows it', async () => {
    let open = (): void => undefined;
    counter.gate = new Promise((resolve) => {
      open = resolve;
    });
    await editor.open(uri, chat);
    const lenses = await editor.lenses(uri);
    assert.equal(lenses.length, 6);
    const title = editor.resolve(lenses[1]!);
    open();
    assert.match((await title).command!.title, /^user · \d+ tok · /);
  });

  it('a cancelled request ends at once, and the work goes on for the next', async () => {
    let open = (): void => undefined;
    counter.gate = new Promise((resolve) => {
      open = resolve;
    });
    await editor.open(uri, chat);
    const source = new CancellationTokenSource();
    const asked = editor.connection.sendRequest('textDocument/codeLens', { textDocument: { uri } }, source.token);
    setTimeout(() => source.cancel(), 20);
    await assert.rejects(Promise.resolve(asked), /Cancelled/);
    open();
    assert.equal((await editor.titles(uri)).length, 6);
  });

  it('an edit stops the count under way', async () => {
    let open = (): void => undefined;
    counter.gate = new Promise((resolve) => {
      open = resolve;
    });
    counter.aborted = 0;
    await editor.open(uri, chat);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await editor.insert(uri, { line: 4, character: 40 }, 'x');
    await new Promise((resolve) => setTimeout(resolve, 50));
    open();
    assert.equal((await editor.titles(uri)).length, 6);
    assert.equal(counter.aborted, 1);
  });

  it('many turns on one line share a lens', async () => {
    const turns = Array.from({ length: 40 }, (_, i) => ({ role: i % 2 ? 'assistant' : 'user', content: `turn ${i}` }));
    await editor.open(uri, JSON.stringify(turns));
    const titles = await editor.titles(uri);
    assert.equal(titles.length, 1);
    assert.match(titles[0]!, /^40 turns · \d+ tok · [\d.]+ J$/);
  });

  it('a lens of turns that are gone is refused, not made up', async () => {
    await editor.open(uri, chat);
    const lenses = await editor.lenses(uri);
    await editor.change(uri, { text: '[{"role":"user","content":"Hello"}]' });
    await assert.rejects(Promise.resolve(editor.resolve(lenses[3]!)), /changed/);
  });
});
