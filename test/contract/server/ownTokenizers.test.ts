import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ranksFileOf } from '../../support/tokens/engines.js';
import { testDeps } from './support/deps.js';
import { eventually, startEditor } from './support/editor.js';
import type { TestEditor } from './support/editor.js';

/** Tokens of single letters: texts have as many tokens as letters. */
const letters = {
  added_tokens: [{ id: 300, content: '<|turn|>', special: true }],
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
  model: {
    type: 'BPE',
    vocab: Object.fromEntries([...'abcdefghijklmnopqrstuvwxyzĠĊ'].map((each, id) => [each, id])),
    merges: [] as string[],
  },
};
const TEMPLATE = "{% for m in messages %}<|turn|>{{ m['role'] }}\n{{ m['content'] }}{% endfor %}";

const chat = (model: string): string =>
  JSON.stringify({ model, messages: [{ role: 'user', content: 'abcabcabcabcabcabcabc' }] });

describe('tokenizers of the user', () => {
  let editor: TestEditor;
  let root: string;
  let folder: string;

  const write = async (name: string, content: unknown): Promise<void> => {
    const file = path.join(root, name);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  };
  const start = async (settings: object = {}): Promise<void> => {
    editor = await startEditor(testDeps(), { folders: [folder], settings: () => settings });
  };
  /** Tokens of the one turn of a document. */
  const tokens = async (uri: string): Promise<number> =>
    Number(/· (?:≈ ?)?([\d,]+) tok/.exec((await editor.titles(uri))[0]!)![1]);
  async function opened(name: string, model: string): Promise<string> {
    const uri = `${folder}/${name}`;
    await editor.open(uri, chat(model));
    await editor.settled(uri);
    return uri;
  }
  const hover = async (uri: string): Promise<string> =>
    ((await editor.hover(uri, { line: 0, character: chat('').indexOf('abcabc') + 12 })) ?? '').replaceAll('\\', '');

  beforeEach(async () => {
    root = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), 'joulelens-own-')));
    folder = pathToFileURL(root).href;
  });
  afterEach(async () => {
    await editor.stop();
    await fs.rm(root, { recursive: true });
  });

  it('counts with the tokenizer.json that joulelens.json names, for the models that match', async () => {
    await write('tokenizers/letters/tokenizer.json', letters);
    await write('joulelens.json', { tokenizers: { 'META-llama/*': 'tokenizers/letters' } });
    await start();
    const uri = await opened('chat.json', 'meta-llama/Llama-3.1-8B-Instruct');
    assert.ok((await tokens(uri)) >= 21);
    assert.match(await hover(uri), /tokenizers\/letters \(exact\)/);
    const other = await opened('other.json', 'Qwen/Qwen3-8B');
    assert.ok((await tokens(other)) < 21);
    assert.deepEqual(editor.diagnostics(`${folder}/joulelens.json`), []);
    assert.deepEqual(editor.messages, []);
  });

  it("the user's own setting goes before the file's, and its path is relative to the folder", async () => {
    await write('letters.json', letters);
    await write('joulelens.json', { tokenizers: { '*': 'none.json' } });
    await start({ tokenizers: { '*llama*': 'letters.json' } });
    const uri = await opened('chat.json', 'llama-3.1-8b');
    assert.ok((await tokens(uri)) >= 21);
    assert.match(await hover(uri), /letters\.json \(exact\)/);
  });

  it('a model that nothing else is known of is counted with its tokenizer', async () => {
    await write('acme/tokenizer.json', letters);
    await write('joulelens.json', { tokenizers: { 'acme/*': 'acme' } });
    await start();
    assert.ok((await tokens(await opened('chat.json', 'acme/secret-7b'))) >= 21);
  });

  it("Meta's tokenizer.model is used where a folder has nothing else", async () => {
    await write('acme/tokenizer.model', ranksFileOf('llama-3'));
    await write('joulelens.json', { tokenizers: { 'acme/*': 'acme' } });
    await start();
    const uri = await opened('chat.json', 'acme/secret-7b');
    assert.match(await hover(uri), /acme \(exact\)/);
    const none = await opened('other.json', 'llama-4-scout');
    assert.match(await hover(none), /exact with Llama 4's tokenizer\.model/);
  });

  it('an edited file counts anew', async () => {
    await write('acme/tokenizer.json', letters);
    await write('joulelens.json', { tokenizers: { '*': 'acme' } });
    await start();
    const uri = await opened('chat.json', 'llama-3.1-8b');
    const before = await tokens(uri);
    const { vocab } = letters.model;
    const model = { ...letters.model, vocab: { ...vocab, ab: 100, abc: 101 }, merges: ['a b', 'ab c'] };
    await write('acme/tokenizer.json', { ...letters, model });
    await editor.fileChanged(`${folder}/acme/tokenizer.json`);
    await eventually(
      () => tokens(uri),
      (count) => count === before - 14,
      'two tokens fewer in each of seven',
    );
  });

  it('the chat template beside the file is used', async () => {
    await write('acme/tokenizer.json', letters);
    await write('acme/tokenizer_config.json', { chat_template: TEMPLATE });
    await write('joulelens.json', { tokenizers: { '*': 'acme' } });
    await start();
    const uri = await opened('chat.json', 'llama-3.1-8b');
    assert.match(await hover(uri), /the chat template of .*tokenizer_config\.json/);
  });

  it('a chat template that is no Jinja is one diagnostic, and the tokenizer counts', async () => {
    await write('acme/tokenizer.json', letters);
    await write('acme/chat_template.jinja', '{% for m in messages %}{{ m.');
    await write('joulelens.json', { tokenizers: { '*': 'acme' } });
    await start();
    const uri = await opened('chat.json', 'llama-3.1-8b');
    assert.ok((await tokens(uri)) >= 21);
    const file = `${folder}/joulelens.json`;
    await eventually(
      () => editor.diagnostics(file).length,
      (count) => count === 1,
      'one diagnostic',
    );
    assert.match(editor.problems(file)[0]!, /chat_template\.jinja: .*Another chat template is assumed/);
  });

  const broken: [what: string, content: unknown, says: RegExp][] = [
    ['missing', null, /bad\.json: cannot be read \(no such file\); expected a Hugging Face tokenizer\.json.*stand-in/],
    ['truncated', JSON.stringify(letters).slice(0, 150), /bad\.json: no valid JSON, .*breaks off at line 1.*stand-in/],
    [
      'of an unknown type',
      { ...letters, model: { type: 'Unigram', vocab: [] } },
      /model\.type: Unigram.*expected BPE.*stand-in/,
    ],
    ['with wrong merges', { ...letters, model: { ...letters.model, merges: ['a 1'] } }, /model\.merges\[0\].*stand-in/],
  ];
  for (const [what, content, says] of broken) {
    it(`a file that is ${what} is one diagnostic at its path, and the stand-in says so`, async () => {
      if (content !== null) await write('bad.json', content);
      await write('joulelens.json', { tokenizers: { '*': 'bad.json' } });
      await start();
      const uri = await opened('chat.json', 'llama-3.1-8b');
      const file = `${folder}/joulelens.json`;
      await eventually(
        () => editor.diagnostics(file).length,
        (count) => count === 1,
        'one diagnostic',
      );
      assert.match(editor.problems(file)[0]!, says);
      assert.equal(editor.diagnostics(file)[0]!.range.start.character, '{"tokenizers":{"*":'.length);
      assert.match(await hover(uri), /llama-3 as a stand-in for bad\.json, which cannot be used/);
      assert.ok((await tokens(uri)) < 21);
      assert.deepEqual(editor.messages, []);
    });
  }

  it('one of the settings is one message in the editor', async () => {
    await fs.mkdir(path.join(root, 'empty'));
    await start({ tokenizers: { '*': 'empty', 'x*': 7 } });
    const [a, b] = [await opened('a.json', 'llama-3.1-8b'), await opened('b.json', 'llama-3.1-8b')];
    assert.match(await hover(a), /stand-in for empty, which cannot be used/);
    assert.match(await hover(b), /stand-in for empty/);
    const said = editor.messages.filter((message) => message.includes('joulelens.tokenizers'));
    assert.equal(said.length, 2, said.join('\n'));
    assert.match(said.join('\n'), /joulelens\.tokenizers\.\*: .*tokenizer\.json: cannot be read \(no such file\)/);
    assert.match(said.join('\n'), /joulelens\.tokenizers\.x\*: expected text \(it is 7\)/);
  });

  it('joulelens.json names no file of another machine', async () => {
    await write('joulelens.json', { tokenizers: { '*': '//server/share/tokenizer.json' } });
    await start();
    await opened('chat.json', 'llama-3.1-8b');
    const file = `${folder}/joulelens.json`;
    await eventually(
      () => editor.diagnostics(file).length,
      (count) => count === 1,
      'one diagnostic',
    );
    assert.match(editor.problems(file)[0]!, /a file of another machine/);
  });
});
