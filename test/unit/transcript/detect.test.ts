import assert from 'node:assert/strict';
import { detectFormat, adapterById, FORMATS } from '../../../server/core/transcript/registry.js';
import { ORDINARY_JSON } from '../../support/transcript/ordinaryJson.js';
import { FIXTURES } from '../../support/transcript/fixtures.js';

const found = (path: string, head: string, languageId?: string): string | null =>
  detectFormat({ path, ...(languageId === undefined ? {} : { languageId }) }, head)?.id ?? null;

const CHAT = '[{"role": "user", "content": "hi"}]';

describe('detectFormat', () => {
  it('finds each fixture by name and content', () => {
    for (const { name, text, adapter } of FIXTURES) {
      // Any text can be read as one prompt, so none is taken for one unasked.
      const wanted = adapter.id === 'plain-prompt' ? null : adapter.id;
      assert.equal(found(name, text.slice(0, 65_536)), wanted, name);
    }
  });

  it('reads untitled text by its content', () => {
    assert.equal(found('', CHAT), 'openai-chat');
    assert.equal(found('Untitled-1', `${CHAT}\n${CHAT}\n`, 'plaintext'), 'json-lines');
    assert.equal(found('Untitled-1', 'User: a\nAssistant: b', 'plaintext'), 'text-transcript');
    assert.equal(found('Untitled-1', '## User\na\n## Assistant\nb', 'markdown'), 'text-transcript');
    assert.equal(found('', CHAT, 'json'), 'openai-chat');
  });

  const negatives: readonly (readonly [path: string, head: string])[] = [
    ['package.json', '{"name": "x", "scripts": {"test": "mocha"}, "contributors": [{"name": "a", "role": "user"}]}'],
    ['tsconfig.json', '{ "compilerOptions": { "strict": true } } // "role": "user"'],
    ['people.json', '[{"role": "user", "name": "Ada"}, {"role": "admin", "name": "Bo", "content": "x"}]'],
    ['policy.json', '{"role": "admin", "content": ["read"]}'],
    ['cms.json', '{"pages": [{"role": "user", "content": "x"}]}'],
    ['i18n.json', '{"messages": {"role": "user", "content": "Inhalt"}}'],
    ['empty.json', ''],
    ['half.json', '[{"ro'],
    ['words.json', '"role": "user"'],
    ['code.ts', `const messages = ${CHAT};`],
    ['chat.ts', CHAT],
    ['notes.yaml', '## User\na\n## Assistant\nb'],
    ['data.jsonl', '{"x": 1}\n{"role": "row", "content": 2}'],
    ['README.md', '# Project\n\n## User guide\n\nText\n\n## System requirements\n'],
    ['paper.md', '# Paper\n\n## Model\n\nWe use a model.\n\n## System\n\nLinux.\n'],
    ['prompts.md', '# Project\n\n## Prompt\n\nText.\n\n## Model\n\nLlama\n\n## Install\n'],
    ['bug.md', '### System\nmacOS\n\n### Me\n\n### Tool\nnpm\n'],
    ['faq.md', '# FAQ\n\n**Q:** How do I install it?\n\n**A:** With npm.\n'],
    ['faq2.md', '# FAQ\n\n## Question\n\nHow?\n\n## Answer\n\nSo.\n'],
    ['one.md', '## User\n\nonly one role\n\n## User\n\nagain'],
    ['fenced.md', 'Format:\n\n```\n## User\nhi\n## Assistant\nyo\n```\n'],
    ['comment.md', '<!--\n## User\nhi\n## Assistant\nyo\n-->\n'],
    ['interview.md', '**Ada:** How did it start?\n\n**Bo:** By chance.\n\n**Ada:** And then?\n\n**Bo:** Work.\n'],
    ['notes.md', '**Note:** one\n\n**Warning:** two\n\n**Note:** three\n'],
    ['api.md', '# API\n\n## Instruction\n\nA word of the machine.\n\n## Input\n\nOne register.\n'],
    ['folded.md', '# Log\n\n<details>\n\n## Prompt\n\nx\n\n## Model\n\ny\n\n</details>\n'],
    ['history.md', '# History\n\n#### 1.2.0\n\n> Released in May\n\n#### 1.1.0\n'],
    ['dates.md', '# 2024-05-01T10:00:00\n\nRain.\n\n# 2024-05-02T10:00:00\n\nSun.\n'],
    ['events.jsonl', '{"type": "user", "sessionId": "s", "name": "x"}\n{"type": "event_msg", "value": 1}\n'],
    ['messages.jsonl', '{"type": "user.message", "data": {"content": "x"}}\n{"type": "user.message", "data": "y"}\n'],
    ['cloud.jsonl', '{"type": "order.message", "data": {"id": 1}, "id": "1", "timestamp": "2026-01-01"}\n'],
    ['eval.json', '{"eval": {"task": "lint", "files": ["a.ts"]}, "samples": [{"messages": []}]}'],
    ['samples.json', '{"samples": [{"id": 1, "messages": [{"text": "x"}]}], "eval": true}'],
    ['types.baml', 'class Ferry {\n  name string\n}\n'],
    ['mapping.json', '{"mapping": {"a": {"type": "keyword"}, "b": {"properties": {}}}}'],
    ['requests.json', '{"requests": [{"url": "/a", "response": 200}]}'],
    ['delta.jsonl', '{"kind": 0, "v": {"x": 1}}\n{"kind": 1, "k": ["x"], "v": 2}\n'],
    ['picture.json', '{"model": "dall-e-3", "prompt": "A boat at dusk", "n": 1, "size": "1024x1024", "stream": false}'],
    ['clip.json', '{"model": "wan2.1", "prompt": "A boat at dusk", "num_frames": 81, "temperature": 1}'],
    ['prompts.json', '{"model": "m", "prompt": "A boat at dusk"}'],
    ['survey.json', '[{"prompt": "Colour", "response_0": "red", "response_1": "blue"}]'],
    ['survey2.json', '[{"label": "Colour", "output_1": "red", "output_2": "blue"}]'],
    ['events.json', '{"type": "x"}\n{"type": "y"}\n'],
    ['form.json', '[{"prompt": "Name?", "model": "input", "response": "required"}]'],
    ['chatml.md', '# ChatML\n\nA turn begins with `<|im_start|>user` or `<|im_start|>assistant`.\n'],
    ['template.md', '# Llama 2\n\n```\n<s>[INST] hi [/INST] yo </s>\n```\n\nSo [INST] is no token.\n'],
    ['tokens.txt', '<|im_start|>\n<|im_end|>\n<|endoftext|>\n'],
    ['one.txt', '<|im_start|>user\nhi<|im_end|>\n'],
    ['render.py', 'x = "<|im_start|>user\\nhi<|im_end|>\\n<|im_start|>assistant"'],
    ['prose.txt', 'Note: bring a coat.\nTime: 10:00\nuser:pass@host\n'],
  ];
  for (const [path, head] of negatives) {
    it(`${path} is no transcript: ${head.slice(0, 30).replaceAll('\n', ' ')}`, () =>
      assert.equal(found(path, head), null));
  }

  it('ordinary JSON is no transcript: one value, a list of them, lines of them, and each cut off', () => {
    for (const [path, text] of ORDINARY_JSON) {
      for (const head of [text, text.slice(0, -3), text.slice(0, text.length / 2)]) {
        assert.equal(found(path, head), null, `${path}: ${head.slice(0, 200)}`);
      }
    }
  });

  it('a head that breaks off in the first long text still tells the dialect', () => {
    const long = 'long words and '.repeat(6000);
    const rows: Readonly<Record<string, unknown>> = {
      'anthropic-messages': { system: 'S', messages: [{ role: 'user', content: long }] },
      gemini: { contents: [{ role: 'user', parts: [{ text: long }] }] },
      'openai-responses': { model: 'gpt-5', instructions: 'S', input: [{ role: 'user', content: long }] },
      sharegpt: [{ conversations: [{ from: 'human', value: long }] }],
      alpaca: [{ instruction: 'Do it.', input: '', output: long }],
      ultrachat: [{ id: '0', data: [long, 'b'] }],
      'preference-pairs': [{ chosen: 'Yes.', rejected: long }],
      'lmsys-wildchat': [{ model: 'm', conversation: [{ role: 'user', content: long }] }],
      'tagged-text': [{ text: `<human>: ${long}` }],
    };
    for (const [id, value] of Object.entries(rows)) {
      const head = JSON.stringify(value).slice(0, 65_536);
      assert.equal(found('a.json', head), id);
      assert.equal(found('a.jsonl', head), 'json-lines');
    }
  });

  it('a head that breaks off still tells', () => {
    const long = 'x'.repeat(70_000);
    assert.equal(found('a.json', `[{"role":"user","content":"${long}"}]`.slice(0, 65_536)), 'openai-chat');
    assert.equal(found('a.jsonl', `{"messages":[{"role":"user","content":"${long}"}]}`.slice(0, 65_536)), 'json-lines');
    assert.equal(found('a.md', `## User\n\n${long}`.slice(0, 65_536)), 'text-transcript', 'a first turn is long');
    assert.equal(found('a.md', `# System\n\n${long}`.slice(0, 65_536)), 'text-transcript', 'a first turn is long');
    assert.equal(
      found('a.md', `## User\n\n${long}`.slice(0, 60_000)),
      null,
      'one marker of a whole text is not enough',
    );
    assert.equal(found('a.md', `Text\n\n## User\n\n${long}`.slice(0, 65_536)), null, 'one marker is not enough');
    assert.equal(found('a.md', `# Model\n\n${long}`.slice(0, 65_536)), null, 'one common word is not enough');
  });

  it('a reply whose reason to stop stands far below its content is known by its blocks', () => {
    const blocks = [{ type: 'tool_use', id: 't', name: 'write', input: { text: 'x'.repeat(70_000) } }];
    const reply = JSON.stringify({ type: 'message', role: 'assistant', content: blocks, stop_reason: 'tool_use' });
    assert.equal(found('a.json', reply.slice(0, 65_536)), 'anthropic-messages');
  });

  it('lines of conversations are known under .json, one conversation over lines is not taken for them', () => {
    const row = JSON.stringify({ messages: [{ role: 'user', content: 'hi' }] });
    assert.equal(found('a.json', `${row}\n${row}\n`), 'json-lines');
    assert.equal(found('a.json', `${row}\n`), 'openai-chat');
    assert.equal(found('a.json', `[\n${row},\n${row}\n]\n`), 'openai-chat');
  });

  it('a fence being typed does not end a transcript', () => {
    assert.equal(found('a.md', '## User\n\n```\ncode\n\n## Assistant\n\nyo\n'), 'text-transcript');
  });

  it('control tokens tell a rendered prompt, whatever its name', () => {
    const prompt = '<|im_start|>user\nUser: a\nAssistant: b<|im_end|>\n<|im_start|>assistant\n';
    for (const path of ['a.prompt', 'a.md', 'a.txt', '']) assert.equal(found(path, prompt), 'rendered-template', path);
    assert.equal(found('Untitled-1', prompt, 'plaintext'), 'rendered-template');
    assert.equal(found('a.txt', `<|im_start|>user\n${'x'.repeat(70_000)}`.slice(0, 65_536)), 'rendered-template');
  });

  it('an explicit choice goes first', () => {
    assert.equal(detectFormat({ path: 'a.json', format: 'json-lines' }, CHAT)?.id, 'json-lines');
    assert.equal(detectFormat({ path: 'a.json', format: 'no-such-format' }, CHAT), null);
    assert.equal(adapterById('no-such-format'), null);
  });

  it('ids and titles are unique', () => {
    assert.equal(new Set(FORMATS.map(({ id }) => id)).size, FORMATS.length);
    assert.equal(new Set(FORMATS.map(({ title }) => title)).size, FORMATS.length);
    for (const { id } of FORMATS) assert.match(id, /^[a-z][a-z0-9-]*$/);
  });
});
