import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileVocabulary } from '../../../server/core/tokens/fileVocabulary.js';
import { asUnicode16 } from '../../../server/runtime/bpe/charClasses.js';
import { loadTokenizerFile, TokenizerFileError } from '../../../server/runtime/tokenizerFile/loadTokenizerFile.js';
import { translate } from '../../../server/runtime/tokenizerFile/expressions.js';
import { ranksFileOf, vocabulary } from '../../support/tokens/engines.js';
import { MOST_BYTES } from '../../../server/runtime/tokenizerFile/readTokenizerFile.js';

const good = {
  added_tokens: [{ id: 5, content: '<s>', special: true }],
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
  model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2, c: 3, abc: 4 }, merges: ['a b', ['ab', 'c']] },
};

describe('tokenizer.json', () => {
  let folder: string;
  let file: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'joulelens-tokenizer-file-'));
    file = path.join(folder, 'tokenizer.json');
  });
  after(() => {
    fs.rmSync(folder, { recursive: true });
  });

  const load = (content: unknown) => {
    fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return loadTokenizerFile(file, fileVocabulary(file, 1, 1));
  };
  const ids = (content: unknown, text: string): number[] => Array.from(load(content).tokenizer.encode(text));
  const withModel = (model: object) => ({ ...good, model: { ...good.model, ...model } });

  it('knows the letters of Unicode 16, as the originals do, whatever the platform knows', () => {
    // U+3333C and U+1AE6 came with Unicode 17; the first is F0 B3 8C BC in UTF-8.
    const model = { vocab: { a: 0, ð: 1, '³': 2, Į: 3, '¼': 4, að: 5 }, merges: ['a ð'] };
    const split = { type: 'Split', pattern: { Regex: '\\p{L}+' }, behavior: 'Isolated', invert: false };
    const bytes = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
    const json = { ...withModel(model), pre_tokenizer: { type: 'Sequence', pretokenizers: [split, bytes] } };
    assert.deepEqual(ids(json, 'a\u{3333c}a'), [0, 1, 2, 3, 4, 0]);
    assert.equal(asUnicode16('a\u{3333c}\u1ae6\u0295b').length, 'a\u{3333c}\u1ae6\u0295b'.length);
    assert.match(asUnicode16('\u{3333c}\u1ae6'), /^\P{L}\P{M}$/u);
  });

  it('merges in the order of the list, not of the ids', () => {
    assert.deepEqual(ids(good, 'abcab'), [4, 2]);
    // "b c" comes first, so that "ab" is never made of "abc".
    const model = { vocab: { a: 0, b: 1, c: 2, ab: 3, bc: 4 }, merges: ['b c', 'a b'] };
    assert.deepEqual(ids(withModel(model), 'abc ab'.replace(' ', '')), [0, 4, 3]);
  });

  it('the bytes of the parts do not matter where the pair is not listed', () => {
    const model = { vocab: { a: 0, b: 1, ab: 2, abb: 3, bb: 4 }, merges: ['a b', 'b b', 'a bb'] };
    assert.deepEqual(ids(withModel(model), 'abb'), [2, 1]);
  });

  it('ignore_merges takes a whole piece first', () => {
    const model = { vocab: { a: 0, b: 1, ba: 2 }, merges: [] };
    assert.deepEqual(ids(withModel(model), 'ba'), [1, 0]);
    assert.deepEqual(ids(withModel({ ...model, ignore_merges: true }), 'ba'), [2]);
  });

  it('unknown characters are one unknown token, each or together', () => {
    const marked = { ...good, pre_tokenizer: null };
    const model = { ...good.model, vocab: { a: 0, '?': 1 }, merges: [], unk_token: '?' };
    assert.deepEqual(ids({ ...marked, model }, 'xya😀z'), [1, 1, 0, 1, 1]);
    assert.deepEqual(ids({ ...marked, model: { ...model, fuse_unk: true } }, 'xya😀z'), [1, 0, 1]);
  });

  it('characters that are no token are their bytes, where those are tokens', () => {
    // As in Gemma 2, which has the tab itself and no byte for it.
    const bytes = { '<0x00>': 3, '<0xC3>': 4, '<0xA9>': 5 };
    const model = {
      type: 'BPE',
      vocab: { '?': 0, a: 1, '\t': 2, ...bytes },
      merges: [],
      unk_token: '?',
      byte_fallback: true,
    };
    assert.deepEqual(ids({ model }, 'a\0\téè'), [1, 3, 2, 4, 5, 0]);
  });

  it('special tokens are plain text, others are tokens', () => {
    const plain = [{ id: 5, content: '<s>', special: false }];
    assert.deepEqual(ids({ ...good, added_tokens: plain }, 'a<s>a'), [0, 5, 0]);
    assert.deepEqual(ids(good, 'a<s>a'), [0, 0]);
    assert.deepEqual(load(good).specialTokens, ['<s>']);
  });

  it('a long text of one piece takes steps in proportion', () => {
    assert.equal(load({ ...good, pre_tokenizer: null }).tokenizer.count('ab'.repeat(300_000)), 300_000);
  });

  it('is not exact where a blank is put in front of each text', () => {
    const { exact, notes } = load({ ...good, pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true } });
    assert.equal(exact, false);
    assert.match(notes.join(), /blank before each text/);
  });

  it('is not exact where tokens join words', () => {
    const normalizer = { type: 'Replace', pattern: { String: ' ' }, content: '\u2581' };
    const model = { vocab: { a: 0, '\u2581': 1, 'a\u2581': 2 }, merges: ['a \u2581'] };
    const { exact, notes } = load({ ...withModel(model), normalizer, pre_tokenizer: null });
    assert.equal(exact, false);
    assert.match(notes.join(), /joins words/);
  });

  const bad: [what: string, content: unknown, says: RegExp][] = [
    [
      'that is truncated',
      JSON.stringify(good).slice(0, 90),
      /no valid JSON, .*line 1, column \d+; expected a Hugging Face/,
    ],
    ['that is empty', '', /no valid JSON, it breaks off at line 1, column 1/],
    ['with a mistake', '{\n  "model": nope }', /no valid JSON, at line 2, column \d+/],
    ['that is a list', [], /expected object.*tokenizer\.json/],
    ['without a model', { version: '1.0' }, /model: .*expected/],
    [
      'of another known type',
      withModel({ type: 'Unigram' }),
      /model\.type: Unigram is not supported yet; expected BPE/,
    ],
    ['of an unknown type', withModel({ type: 'Magic' }), /model\.type: unknown type 'Magic'; expected BPE/],
    ['without merges', withModel({ merges: undefined }), /model\.merges: expected a list/],
    ['with a wrong merge', withModel({ merges: ['a'] }), /model\.merges\[0\]: expected two tokens.*"a"/],
    ['with a merge of nothing known', withModel({ merges: ['a x'] }), /model\.merges\[0\]: "x" is no token/],
    ['with a merge into nothing known', withModel({ merges: ['b a'] }), /model\.merges\[0\]: "ba" is no token/],
    ['with a wrong id', withModel({ vocab: { a: 'one' } }), /model\.vocab: the id of "a"/],
    ['with a huge id', withModel({ vocab: { a: 2 ** 40 }, merges: [] }), /higher than/],
    ['with dropout', withModel({ dropout: 0.1 }), /model\.dropout/],
    ['with parts of words', withModel({ continuing_subword_prefix: '##' }), /continuing_subword_prefix: not supported/],
    [
      'with another normalizer',
      { ...good, normalizer: { type: 'Lowercase' } },
      /normalizer: 'Lowercase' is not supported/,
    ],
    ['with another splitter', { ...good, pre_tokenizer: { type: 'BertPreTokenizer' } }, /pre_tokenizer: 'BertPreTok/],
    [
      'with an expression that is not ours',
      { ...good, pre_tokenizer: { type: 'Split', behavior: 'Isolated', pattern: { Regex: '(?x) a' } } },
      /the expression "\(\?x\) a" is not supported/,
    ],
  ];
  for (const [what, content, says] of bad) {
    it(`a file ${what} is one clear line`, () => {
      assert.throws(
        () => load(content),
        (error: Error) => {
          assert.ok(error instanceof TokenizerFileError, error.stack);
          assert.ok(error.message.startsWith(`${file}: `), error.message);
          assert.ok(!error.message.includes('\n'), error.message);
          assert.match(error.message, says);
          return true;
        },
      );
    });
  }

  it('a file that is missing, a folder, or huge is one clear line', () => {
    const read = (name: string) => () => loadTokenizerFile(path.join(folder, name), 'file:x#1-1');
    assert.throws(
      read('none.json'),
      /none\.json: cannot be read \(no such file\); expected a Hugging Face tokenizer\.json/,
    );
    assert.throws(read('.'), /: a folder; expected/);
    const huge = path.join(folder, 'huge.json');
    fs.writeFileSync(huge, '');
    fs.truncateSync(huge, MOST_BYTES + 1);
    assert.throws(read('huge.json'), /huge\.json: 128 MiB is too large.*at most 128 MiB/);
  });

  it('a file that may not be read is one clear line', function () {
    if (process.platform === 'win32' || process.getuid?.() === 0) this.skip();
    fs.writeFileSync(file, JSON.stringify(good));
    fs.chmodSync(file, 0);
    try {
      assert.throws(() => loadTokenizerFile(file, 'file:x#1-1'), /permission denied/);
    } finally {
      fs.chmodSync(file, 0o600);
    }
  });
});

describe('expressions of tokenizer.json in JavaScript', () => {
  const pieces = (source: string, text: string): string[] => text.match(translate(source)) ?? [];

  it('flags of a group hold within it', () => {
    assert.deepEqual(pieces("(?i:'ab)|x", "'AB 'aB X x"), ["'AB", "'aB", 'x']);
    assert.deepEqual(pieces('(?i:[s-u])', 'SsTtaU'), ['S', 's', 'T', 't', 'U']);
  });
  it('possessive and atomic groups do not give back', () => {
    assert.deepEqual(pieces('a++a|b', 'aaab'), ['b']);
    assert.deepEqual(pieces('(?>a|ab)c|d', 'abcd'), ['d']);
    assert.deepEqual(pieces(' ?+a', ' aa'), [' a', 'a']);
  });
  it('classes are those of Unicode', () => {
    assert.deepEqual(pieces('\\s', 'a\u0085\ufeff\u3000'), ['\u0085', '\u3000']);
    assert.deepEqual(pieces('\\d+', '12\u0967x'), ['12\u0967']);
    assert.deepEqual(pieces('\\w+', 'né_1-😀'), ['né_1']);
    assert.deepEqual(pieces('\\p{Han}+', 'a漢字b'), ['漢字']);
    assert.deepEqual(pieces('[[:alpha:]]+', 'é1'), ['é']);
    assert.deepEqual(pieces('\\p{^L}', 'a1'), ['1']);
    assert.deepEqual(pieces('[^\\S\\n]+', ' \t\na'), [' \t']);
  });
  for (const source of [
    '(a+)+b',
    '(?:(?:a|b)*c)*',
    'a\\Gb',
    '[a&&b]',
    '(?x)a',
    'a{1,2}+',
    '(a',
    'a)',
    '\\p{Nope}',
    '*a',
    '^a',
  ]) {
    it(`${source} is refused`, () => {
      assert.throws(() => translate(source), /is not supported/);
    });
  }
});

describe('lists of ranks', () => {
  let folder: string;
  let file: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'joulelens-ranks-'));
    file = path.join(folder, 'tokenizer.model');
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  const load = (text: string) => {
    fs.writeFileSync(file, text);
    return loadTokenizerFile(file, fileVocabulary(file, 1, 1));
  };
  /** Meta's file, byte for byte: a test of published facts holds that. */
  const llama3 = (): string => ranksFileOf('llama-3');

  it("counts with Meta's tokenizer.model, which is known by its hash", () => {
    const { tokenizer, exact, notes, specialTokens } = load(llama3());
    assert.deepEqual([exact, notes], [true, []]);
    assert.ok(specialTokens.includes('<|eot_id|>'));
    for (const text of ["DON'T 12345 \n\n x/\n", 'Tokenizer ключ 日本語 😀', '<|eot_id|>']) {
      assert.deepEqual(tokenizer.encode(text), vocabulary('llama-3').encode(text));
    }
  });

  it('says what is missing where a list is none that is known', () => {
    for (const text of [llama3().slice(0, -9), 'YQ== 0\nYg== 1\n', 'YQ== 0\n'.repeat(3)]) {
      assert.throws(
        () => load(text),
        (error: Error) =>
          error instanceof TokenizerFileError &&
          error.message.startsWith(`${file}: a list of ranks`) &&
          /Llama 3 or Llama 4; expected one of these, or the model's tokenizer\.json$/.test(error.message),
      );
    }
  });
});
