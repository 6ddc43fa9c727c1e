import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { fileVocabulary } from '../../../server/core/tokens/fileVocabulary.js';
import { toNfc } from '../../../server/runtime/bpe/normalize.js';
import { loadTokenizerFile } from '../../../server/runtime/tokenizerFile/loadTokenizerFile.js';
import { corpus, shortStrings } from '../../support/tokens/corpus.js';
import { tinyTokenizers, type TinyTokenizer } from '../../support/tokens/tinyTokenizers.js';

const LENGTH = 200_000;
const STRINGS = 3000;

/** Special tokens are plain text in a turn: the reference is not told of them. */
function reference({ json, apart }: TinyTokenizer): (text: string) => number[] {
  const added_tokens = json.added_tokens.filter((token) => !(token as { special: boolean }).special);
  const tokenizer = new Tokenizer({ ...(apart?.json ?? json), added_tokens }, {});
  const cut = (pieces: readonly string[], by: RegExp): string[] => pieces.flatMap((piece) => piece.match(by) ?? []);
  return (text) =>
    (apart?.pieces.reduce(cut, [text]) ?? [text]).flatMap(
      (piece) => tokenizer.encode(piece, { add_special_tokens: false }).ids,
    );
}

/**
 * Without what the reference, which is JavaScript too, has in another way than the original in Rust: its `\s` has
 * U+FEFF and lacks U+0085, its NFC has newer tables, and it does not fold U+017F to `s`. `npm run verify:tokens` compares
 * with the original, and leaves nothing out.
 */
const comparable = (text: string): string => {
  const same = Buffer.from(text)
    .toString()
    .replace(/[\ufeff\u0085\u017f]/g, '');
  return toNfc(same) === same.normalize('NFC') ? same : '';
};

describe("a user's tokenizer.json", () => {
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'joulelens-own-tokenizer-'));
  });
  after(() => {
    fs.rmSync(folder, { recursive: true });
  });

  for (const tiny of tinyTokenizers) {
    const { name, json } = tiny;
    it(`${name}: the ids of Hugging Face's tokenizers`, () => {
      const file = path.join(folder, 'tokenizer.json');
      fs.writeFileSync(file, JSON.stringify(json));
      const { tokenizer, exact, notes } = loadTokenizerFile(file, fileVocabulary(file, 1, 1));
      const encode = reference(tiny);
      const differing: string[] = [];
      for (const text of [...corpus(7, LENGTH), ...shortStrings(8, STRINGS)].map(comparable)) {
        const [ours, theirs] = [Array.from(tokenizer.encode(text)), encode(text)];
        if (ours.length !== theirs.length || ours.some((id, at) => id !== theirs[at])) differing.push(text);
        assert.equal(tokenizer.count(text), ours.length);
      }
      assert.deepEqual(differing.map((text) => text.slice(0, 80)).slice(0, 5), []);
      assert.ok(exact, notes.join('; '));
    }).timeout(120_000);
  }
});
