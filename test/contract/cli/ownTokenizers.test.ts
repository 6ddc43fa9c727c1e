/** `joulelens annotate` with tokenizers of the user's. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AnnotationJson } from '../../../server/core/index.js';
import { runCli } from '../../support/cli.js';

const LETTERS = JSON.stringify({
  added_tokens: [],
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
  model: {
    type: 'BPE',
    vocab: Object.fromEntries([...'abcdefghijklmnopqrstuvwxyzĠĊ'].map((each, id) => [each, id])),
    merges: [],
  },
});
const CHAT = JSON.stringify({ model: 'llama-3.1-8b', messages: [{ role: 'user', content: 'abcabcabcabcabcabcabc' }] });

describe("joulelens annotate with the user's tokenizer", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'joulelens-cli-own-'));
    await writeFile(path.join(folder, 'chat.json'), CHAT);
    await writeFile(path.join(folder, 'tokenizer.json'), LETTERS);
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function annotate(...more: string[]) {
    const { code, stdout, stderr } = await runCli(['annotate', 'chat.json', '--json', ...more], { cwd: folder });
    const [conversation] = (JSON.parse(stdout.split('\n')[0]!) as AnnotationJson).conversations;
    return { code, stderr, tokenizer: conversation!.tokenizer, tokens: conversation!.turns[0]!.tokens };
  }

  it('reads joulelens.json', async () => {
    await writeFile(path.join(folder, 'joulelens.json'), JSON.stringify({ tokenizers: { '*llama*': '.' } }));
    const { code, stderr, tokenizer, tokens } = await annotate();
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(tokenizer, { id: path.join(folder, 'tokenizer.json'), exact: true });
    assert.equal(JSON.stringify(tokens).includes('21'), true, JSON.stringify(tokens));
  });

  it('--tokenizer goes before it', async () => {
    await writeFile(path.join(folder, 'joulelens.json'), JSON.stringify({ tokenizers: { '*': 'none' } }));
    const { tokenizer } = await annotate('--tokenizer', 'tokenizer.json');
    assert.equal(tokenizer.id, path.join(folder, 'tokenizer.json'));
  });

  it('one that cannot be used is one line, and the stand-in counts', async () => {
    await writeFile(path.join(folder, 'tokenizer.json'), LETTERS.slice(0, 70));
    const { code, stderr, tokenizer } = await annotate('chat.json', '--tokenizer', '.');
    assert.equal(code, 0);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    assert.match(stderr, /^joulelens: error: --tokenizer: .*tokenizer\.json: no valid JSON.*expected.*stand-in counts/);
    assert.deepEqual(tokenizer, { id: 'llama-3', exact: false });
  });
});
