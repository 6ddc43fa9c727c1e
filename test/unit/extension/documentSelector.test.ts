import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { filterOf, languages, promptFiles, selector, wakingLanguages } from '../../../extension/documentSelector.js';

const manifest = JSON.parse(readFileSync(path.resolve(__dirname, '../../../../package.json'), 'utf8')) as {
  activationEvents: string[];
  contributes: { languages?: unknown };
};

describe('the documents that the server is told of', () => {
  it('wake the extension, each language by its event, and beside them its panel alone', () => {
    assert.deepEqual(manifest.activationEvents, [
      ...wakingLanguages.map((language) => `onLanguage:${language}`),
      'onWebviewPanel:joulelens.measurements',
    ]);
  });

  it('are of languages that VS Code or others have: none is contributed, so none is replaced', () => {
    assert.equal(manifest.contributes.languages, undefined);
    for (const language of ['json', 'jsonl', 'yaml', 'prompt', 'instructions', 'chatagent', 'skill', 'markdown']) {
      assert.ok(languages.includes(language), language);
    }
  });

  it('are files and untitled documents, by language or by the name of a prompt file; XML by its name alone', () => {
    assert.deepEqual([...new Set(selector.map(({ scheme }) => scheme))], ['file', 'untitled']);
    assert.ok(!selector.some(({ language }) => language === 'xml'));
    for (const ending of ['prompty', 'prompt', 'poml', 'promptl', 'mdc', 'baml', 'ndjson']) {
      assert.ok(promptFiles.includes(ending), ending);
    }
  });

  it('can be one more of any kind: its path as a pattern means that path', () => {
    const filter = filterOf({ scheme: 'file', path: '/a/[b] {c}/d*.py', languageId: 'python' });
    assert.deepEqual(filter, { scheme: 'file', language: 'python', pattern: '/a/?b? ?c?/d?.py' });
  });
});
