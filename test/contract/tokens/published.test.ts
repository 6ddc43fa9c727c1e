/** What can be told of published tokenizers without their files: hashes of ids and of files, and numbers of merges. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { EXTENDED } from '../../../server/core/tokens/vocabularies.js';
import { ranksFileOf, tokensOf, vocabulary } from '../../support/tokens/engines.js';

interface Published {
  readonly hardText: {
    readonly text: string;
    /** `before`, `after`: ids that `encode` puts around the text's own. */
    readonly models: readonly {
      readonly model: string;
      readonly vocabulary: string;
      readonly before: readonly number[];
      readonly after: readonly number[];
      readonly sha256: string;
    }[];
  };
  readonly ranksFiles: { readonly sha256: Readonly<Record<string, string>> };
  readonly merges: {
    readonly models: readonly {
      readonly model: string;
      readonly vocabulary: string;
      readonly pairs: 'one' | 'every';
      readonly merges: number;
    }[];
  };
}

const FILE = path.resolve(__dirname, '../../../../test/fixtures/tokens/published.json');
const published = JSON.parse(fs.readFileSync(FILE, 'utf8')) as Published;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** How many pairs of tokens are a token together; with `one`, how many tokens are made of a pair. */
function mergesOf(id: string, pairs: 'one' | 'every'): number {
  const tokens = new Set(tokensOf(id).map(({ bytes }) => bytes.toString('latin1')));
  let count = 0;
  for (const token of tokens) {
    let own = 0;
    for (let at = 1; at < token.length; at++) {
      if (tokens.has(token.slice(0, at)) && tokens.has(token.slice(at))) own++;
    }
    count += pairs === 'one' ? Math.min(1, own) : own;
  }
  return count;
}

describe('published facts of tokenizers', function () {
  this.timeout(60_000);

  for (const { model, vocabulary: id, before, after, sha256: hash } of published.hardText.models) {
    it(`${model}: ${id} has its ids of llama.cpp's hard text`, () => {
      const ids = [...before, ...vocabulary(id).encode(published.hardText.text), ...after];
      assert.equal(sha256(`[${ids.join(', ')}]`), hash);
    });
  }

  for (const [id, hash] of Object.entries(published.ranksFiles.sha256)) {
    it(`${id}: written as a list of ranks it is the published file, byte for byte`, () => {
      assert.equal(sha256(ranksFileOf(id)), hash);
    });
  }

  for (const { model, vocabulary: id, pairs, merges } of published.merges.models) {
    it(`${model}: ${id} has as many merges`, () => assert.equal(mergesOf(id, pairs), merges));
  }

  it("DeepSeek's tags of thinking are tokens where its models think, and text where they do not", () => {
    const ids = { 'deepseek-r1': 128798, 'deepseek-r1-distill-llama': 128013, 'deepseek-r1-distill-qwen': 151648 };
    for (const [id, first] of Object.entries(ids)) {
      assert.deepEqual([...vocabulary(id).encode('<think></think>')], [first, first + 1], id);
      assert.equal(vocabulary(id).count('a <thinks> b'), vocabulary(EXTENDED[id]!.of).count('a <thinks> b'), id);
      assert.ok(vocabulary(EXTENDED[id]!.of).count('<think>') > 1, id);
    }
  });
});
