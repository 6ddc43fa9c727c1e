import assert from 'node:assert/strict';
import { selectionItem, shownItem, shownSentence, tokenHover } from '../../../extension/tokens/tokenText.js';
import type { SelectionTokens, ShownTokens } from '../../../server/protocol/tokens.js';

const shown: ShownTokens = {
  version: 1,
  what: 'user turn 2 of 5',
  model: 'meta-llama/Llama-3.1-8B-Instruct',
  tokenizer: { title: 'Llama 3 (exact)', exact: true },
  total: 4,
  tokens: [
    { id: 9906, text: 'Hello', bytes: '48 65 6C 6C 6F' },
    { id: 11410, text: null, bytes: '20 F0 9F' },
    { id: 100, text: null, bytes: '98 80' },
    { id: 7, text: '`\n', bytes: '60 0A', beyond: true },
  ],
  regions: [
    { start: 0, end: 5, first: 0, last: 0 },
    { start: 5, end: 6, first: 1, last: 1 },
    { start: 6, end: 8, first: 1, last: 2 },
    { start: 8, end: 10, first: 3, last: 3 },
  ],
  notes: [],
};

const selection: SelectionTokens = {
  version: 1,
  tokens: 1214,
  exact: true,
  tokenizer: 'Llama 3 (exact)',
  model: 'meta-llama/Llama-3.1-8B-Instruct',
  turns: 2,
  joules: 1.234,
  notes: [],
};

describe('tokens in words', () => {
  it('a hover gives text, id, bytes, place and tokenizer', () => {
    const text = tokenHover(shown, shown.regions[0]!);
    assert.match(text, /^Token ` "Hello" ` · id \*\*9906\*\* · bytes 48 65 6C 6C 6F · 1 of 4$/m);
    assert.match(text, /Llama 3 \\\(exact\\\) · meta\\-llama/);
  });

  it('says that tokens share a character', () => {
    const text = tokenHover(shown, shown.regions[2]!);
    assert.match(text, /^2 tokens share what stands here/);
    assert.match(text, /- part of a character · id \*\*100\*\* · bytes 98 80 · 3 of 4/);
  });

  it('keeps back quotes and line breaks of a token inside its code, and names the template', () => {
    const text = tokenHover(shown, shown.regions[3]!);
    assert.match(text, /`` "`\\n" ``/);
    assert.match(text, /also spells text of the chat template/);
  });

  it('gives no place where the text is cut, and says what is normalised', () => {
    const cut = { ...shown, total: 900, tokens: [{ id: 1, text: 'é', bytes: 'C3 A9', written: 'e\u0301' }] };
    const text = tokenHover(cut, { start: 0, end: 2, first: 0, last: 0 });
    assert.doesNotMatch(text, / of 900/);
    assert.match(text, /written as ` "e\u0301" ` in the file, normalised/);
    assert.match(shownItem(cut).text, /900 tok, 1 shown/);
  });

  it('lists the first bytes of a very long token only', () => {
    const long = { ...shown, tokens: [{ id: 1, text: ' '.repeat(64), bytes: Array(64).fill('20').join(' ') }] };
    assert.match(tokenHover(long, shown.regions[0]!), / … \(64 bytes\)/);
  });

  it('the item and the sentence say exact or about, and the notes', () => {
    assert.equal(shownItem(shown).text, '$(symbol-string) 4 tok');
    assert.equal(shownSentence(shown), '4 tokens in user turn 2 of 5, Llama 3 (exact).');
    const near = { ...shown, tokenizer: { title: 'a stand-in', exact: false }, notes: ['Cut.'] };
    assert.equal(shownItem(near).text, '$(symbol-string) ≈ 4 tok');
    assert.equal(shownSentence(near), 'About 4 tokens in user turn 2 of 5, a stand-in. Cut.');
  });

  it('a selection has its tokens, and its share of the joules in the tooltip', () => {
    const item = selectionItem(selection);
    assert.equal(item.text, '1,214 tok selected');
    assert.equal(item.spoken, '1,214 tokens selected in 2 turns');
    assert.match(item.tooltip, /share of the turns' predicted GPU joules, by tokens: 1\.2 J/);
    assert.doesNotMatch(selectionItem({ ...selection, joules: null }).tooltip, /joules/);
    assert.equal(selectionItem({ ...selection, tokens: 1, exact: false, turns: 1 }).text, '≈ 1 tok selected');
  });
});
