import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Choice } from '../../../server/protocol/messages.js';
import { Method } from '../../../server/protocol/messages.js';
import { testDeps } from './support/deps.js';
import { eventually, startEditor } from './support/editor.js';
import type { TestEditor } from './support/editor.js';
import { chat, chatWithoutModel } from './support/transcripts.js';

const llama70 = 'meta-llama/Llama-3.1-70B-Instruct';

describe('settings per resource', () => {
  let editor: TestEditor;
  let root: string;

  /** A workspace folder with a joulelens.json of this text. */
  async function folder(name: string, settings?: string): Promise<string> {
    const directory = path.join(root, name);
    await fs.mkdir(directory, { recursive: true });
    if (settings !== undefined) await fs.writeFile(path.join(directory, 'joulelens.json'), settings);
    return pathToFileURL(directory).href;
  }

  const start = async (folders: string[], settings?: (uri: string | undefined) => unknown): Promise<void> => {
    editor = await startEditor(testDeps(), { folders, ...(settings ? { settings } : {}) });
  };

  /** Joules of the first turn of a document. */
  async function figure(uri: string): Promise<string> {
    return (await editor.titles(uri))[0]!.split(' · ')[2]!;
  }

  beforeEach(async () => {
    root = await fs.mkdtemp(path.join(os.tmpdir(), 'joulelens-settings-'));
  });
  afterEach(async () => {
    await editor.stop();
    await fs.rm(root, { recursive: true });
  });

  it('asks to hear of changes', async () => {
    await start([]);
    await eventually(
      () => editor.registrations,
      (methods) =>
        methods.includes('workspace/didChangeConfiguration') && methods.includes('workspace/didChangeWatchedFiles'),
      'both registrations',
    );
  });

  it('joulelens.json counts for its own folder', async () => {
    const [solo, shared] = [await folder('solo', '{ "profile": "solo-server" }'), await folder('shared')];
    await start([solo, shared]);
    const [a, b] = [`${solo}/chat.json`, `${shared}/chat.json`];
    await editor.open(a, chat);
    await editor.open(b, chat);
    assert.notEqual(await figure(a), await figure(b));
    assert.equal((await editor.settled(a)).profile, 'solo-server');
    assert.equal((await editor.settled(b)).profile, 'shared-server');
  });

  it('the innermost of nested folders counts', async () => {
    const outer = await folder('outer', '{ "profile": "solo-server" }');
    const inner = await folder('outer/inner', '{ "profile": "paper" }');
    await start([outer, inner]);
    await editor.open(`${inner}/chat.json`, chat);
    assert.equal((await editor.settled(`${inner}/chat.json`)).profile, 'paper');
  });

  it('a change of joulelens.json is followed, and so is its end', async () => {
    const uri = await folder('one', '{ "profile": "solo-server" }');
    await start([uri]);
    const document = `${uri}/chat.json`;
    await editor.open(document, chat);
    const solo = await figure(document);
    const refreshes = editor.lensRefreshes;
    await folder('one', '{ "profile": "shared-server" }');
    await editor.fileChanged(`${uri}/joulelens.json`);
    await eventually(
      () => editor.lensRefreshes,
      (count) => count > refreshes,
      'a refresh of lenses',
    );
    const shared = await figure(document);
    assert.notEqual(shared, solo);
    await folder('one', '{ "profile": "solo-server" }');
    await editor.fileChanged(`${uri}/joulelens.json`);
    assert.equal(await figure(document), solo);
    await fs.rm(path.join(root, 'one', 'joulelens.json'));
    await editor.fileChanged(`${uri}/joulelens.json`);
    assert.equal(await figure(document), shared);
  });

  it("the editor's settings go first, by resource, and are followed", async () => {
    const [one, two] = [await folder('one', '{ "profile": "paper" }'), await folder('two')];
    await start([one, two], (uri) => ({ profile: uri?.startsWith(two) ? 'solo-server' : '' }));
    const [a, b] = [`${one}/chat.json`, `${two}/chat.json`];
    await editor.open(a, chat);
    await editor.open(b, chat);
    assert.equal((await editor.settled(a)).profile, 'paper');
    assert.equal((await editor.settled(b)).profile, 'solo-server');
    const before = await figure(b);
    await editor.configure(() => ({ profile: 'unknown-api' }));
    assert.notEqual(await figure(b), before);
    await eventually(
      () => editor.status(b)?.profile,
      (profile) => profile === 'unknown-api',
      'the new profile in the status',
    );
  });

  it('a model of the settings holds where the file names none', async () => {
    await start([], () => ({ model: 'llama-3.1-70b' }));
    await editor.open('file:///a.json', chatWithoutModel);
    assert.equal((await editor.settled('file:///a.json')).model, llama70);
    await editor.open('file:///b.json', chat);
    assert.equal((await editor.settled('file:///b.json')).model, 'meta-llama/Llama-3.1-8B-Instruct');
  });

  it('a model may be the path of a config.json, relative to the folder', async () => {
    const uri = await folder('own', '{ "model": "./tiny.json" }');
    const config = {
      _name_or_path: 'mine/tiny',
      model_type: 'llama',
      hidden_size: 2048,
      intermediate_size: 8192,
      num_hidden_layers: 16,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      vocab_size: 128256,
      torch_dtype: 'bfloat16',
      max_position_embeddings: 8192,
    };
    await fs.writeFile(path.join(root, 'own', 'tiny.json'), JSON.stringify(config));
    await start([uri]);
    await editor.open(`${uri}/chat.json`, chatWithoutModel);
    const status = await editor.settled(`${uri}/chat.json`);
    assert.equal(status.model, './tiny.json');
    assert.ok(status.energy!.joules > 0);
    assert.deepEqual(editor.diagnostics(`${uri}/joulelens.json`), []);
  });

  it('profiles to choose from say where they come from', async () => {
    const uri = await folder('one', '{ "profiles": { "lab": { "gpu": "a100-80gb", "batch": 4 } } }');
    await start([uri], () => ({ profiles: { mine: { batch: 2 } }, profile: 'mine' }));
    const choices = await editor.value<Choice[]>(Method.profiles, { uri: `${uri}/chat.json` });
    const source = (id: string): string | undefined => choices.find((choice) => choice.id === id)?.source;
    assert.equal(source('shared-server'), 'built in');
    assert.equal(source('lab'), 'joulelens.json');
    assert.equal(source('mine'), 'settings');
    assert.deepEqual(
      choices.filter(({ current }) => current).map(({ id }) => id),
      ['mine'],
    );
    const models = await editor.value<Choice[]>(Method.models, {});
    assert.ok(models.length > 30);
    assert.deepEqual(
      models.filter(({ current }) => current).map(({ id }) => id),
      ['meta-llama/Llama-3.1-8B-Instruct'],
    );
  });

  for (const [what, text, message] of [
    ['of the wrong type', '{ "profile": 5 }', /profile/],
    ['that nobody defines', '{ "profile": "sloo-server" }', /sloo-server.*solo-server/],
    ['with a bad profile', '{ "profiles": { "x": { "batch": "many" } } }', /profiles\.x\.batch/],
    ['with an unknown model', '{ "model": "lama-3.1-8b-instruct" }', /lama-3\.1-8b-instruct.*Llama-3\.1-8B/],
    ['with an endpoint', '{ "endpoint": "http://evil.example/v1" }', /endpoint.*own settings/],
    ['with a meter inside a profile', '{ "profiles": { "x": { "meter": "command:rm" } } }', /meter.*own settings/],
    ['with a config.json that is missing', '{ "model": "./gone.json" }', /gone\.json.*ENOENT/],
    ['that is broken JSON', '{ "profile": ', /not valid JSON/],
    ['that is a list', '[1]', /object/],
  ] as const) {
    it(`a joulelens.json ${what} is one diagnostic, and figures stand`, async () => {
      const uri = await folder('one', text);
      await start([uri]);
      const document = `${uri}/chat.json`;
      await editor.open(document, chatWithoutModel);
      assert.match((await editor.titles(document))[1]!, /^user · \d+ tok · [\d.]+ m?J$/);
      const file = `${uri}/joulelens.json`;
      await eventually(
        () => editor.diagnostics(file).length,
        (count) => count === 1,
        'one diagnostic',
      );
      assert.match(editor.problems(file)[0]!, message);
      assert.match((await editor.settled(document)).message!, message);
      assert.deepEqual(editor.messages, []);
      await folder('one', '{}');
      await editor.fileChanged(file);
      await eventually(
        () => editor.diagnostics(file).length,
        (count) => count === 0,
        'no diagnostic once mended',
      );
    });
  }

  for (const [key, value, message] of [
    ['profile', 42, /joulelens\.profile/],
    ['profile', 'no-such-profile', /joulelens\.profile.*no-such-profile.*nearest/],
    ['model', ['not', 'a', 'string'], /joulelens\.model/],
    ['model', 'nobody/lama-3.1-8b', /joulelens\.model.*nearest ids are .*Llama-3\.1-8B/],
    ['profiles', 'nonsense', /joulelens\.profiles/],
    ['display', 7, /joulelens\.display/],
    ['showLater', 'yes', /joulelens\.showLater/],
    ['maxDocumentSize', -3, /joulelens\.maxDocumentSize/],
  ] as const) {
    it(`the setting ${key} = ${JSON.stringify(value)} is one message, and figures stand`, async () => {
      await start([], () => ({ [key]: value }));
      await editor.open('file:///chat.json', chatWithoutModel);
      assert.match((await editor.titles('file:///chat.json'))[1]!, /^user · \d+ tok · [\d.]+ m?J$/);
      const status = await editor.settled('file:///chat.json');
      assert.match(status.message!, message);
      await editor.open('file:///other.json', chatWithoutModel);
      await editor.settled('file:///other.json');
      assert.equal(editor.messages.length, 1);
      assert.match(editor.messages[0]!, message);
    });
  }

  it('settings that are no object at all leave the defaults', async () => {
    await start([], () => 'nonsense');
    await editor.open('file:///chat.json', chat);
    assert.equal((await editor.settled('file:///chat.json')).profile, 'shared-server');
  });

  it('an unknown model in the file is one diagnostic at its place that names the nearest, and figures stand', async () => {
    await start([]);
    const uri = 'file:///chat.json';
    await editor.open(uri, chat.replace('meta-llama/Llama-3.1-8B-Instruct', 'meta-llama/Lama-3.1-8B-Instrct'));
    assert.match((await editor.titles(uri))[1]!, /^user · \d+ tok · [\d.]+ m?J$/);
    await eventually(
      () => editor.diagnostics(uri).length,
      (count) => count === 1,
      'one diagnostic',
    );
    const [diagnostic] = editor.diagnostics(uri);
    assert.equal(diagnostic!.code, 'unknown-model');
    assert.equal(diagnostic!.range.start.line, 1);
    assert.match(editor.problems(uri)[0]!, /Llama-3\.1-8B-Instruct/);
    assert.match((await editor.settled(uri)).message!, /Lama-3\.1-8B-Instrct/);
    await editor.change(uri, { text: chat });
    await eventually(
      () => editor.diagnostics(uri).length,
      (count) => count === 0,
      'no diagnostic once mended',
    );
  });

  it('weights that do not fit the profile are said, and tokens stand', async () => {
    await start([], () => ({ model: llama70, profiles: { small: { gpu: 'rtx-4090', gpus: 1 } }, profile: 'small' }));
    const uri = 'file:///chat.json';
    await editor.open(uri, chatWithoutModel);
    assert.match((await editor.titles(uri))[1]!, /^user · \d+ tok$/);
    const status = await editor.settled(uri);
    assert.equal(status.energy, undefined);
    assert.match(status.message!, /No figure: .*weights/);
    assert.match((await editor.hover(uri, { line: 4, character: 10 }))!, /No energy figure: .*weights/);
  });

  it('a folder that comes later brings its joulelens.json', async () => {
    const uri = await folder('late', '{ "profile": "paper" }');
    await start([]);
    await editor.open(`${uri}/chat.json`, chat);
    assert.equal((await editor.settled(`${uri}/chat.json`)).profile, 'shared-server');
    await editor.connection.sendNotification('workspace/didChangeWorkspaceFolders', {
      event: { added: [{ uri, name: 'late' }], removed: [] },
    });
    await eventually(
      () => editor.status(`${uri}/chat.json`)?.profile,
      (profile) => profile === 'paper',
      'the profile of the new folder',
    );
  });

  it('a client that has no settings gets the defaults', async () => {
    editor = await startEditor(testDeps(), { capabilities: {} });
    await editor.open('file:///chat.json', chat);
    assert.equal((await editor.settled('file:///chat.json')).profile, 'shared-server');
  });
});
