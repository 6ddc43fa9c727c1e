import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { parse as parseYaml, stringify, type ToStringOptions } from 'yaml';
import { adapterById, detectFormat, FORMATS } from '../../../server/core/transcript/registry.js';
import { applyPlan, editPlan, messyText, runs } from '../../support/transcript/arbitraries.js';
import { FIXTURES, parse, said } from '../../support/transcript/fixtures.js';
import { assertSound } from '../../support/transcript/sound.js';

const IDS = ['github-models', 'promptfoo-config', 'promptfoo-prompts', 'langchain', 'llm-template'] as const;
const ADAPTERS = IDS.map((id) => adapterById(id)!);
const github = adapterById('github-models')!;

// A lone CR is a line break to YAML, and a lone surrogate does not survive a file.
const words = messyText.map((text) =>
  text
    .replaceAll('\r', '')
    .replace(/[\ud800-\udfff]/g, 'x')
    .replace(/\0/g, ''),
);
const message = fc.record({ role: fc.constantFrom('system', 'user', 'assistant', 'tool'), content: words });
const layout = fc.record({
  defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'),
  lineWidth: fc.constantFrom(0, 30, 80),
  indentSeq: fc.boolean(),
});
const prompt = fc.record({ messages: fc.array(message, { minLength: 1, maxLength: 4 }), layout });
/** What the yaml package reads, which now and then is not what it wrote. */
const readBack = (text: string): string[] =>
  (parseYaml(text) as { messages: { role: string; content: string }[] }).messages.map(
    ({ role, content }) => `${role}: ${content}`,
  );
const written = (value: unknown, options: object): string =>
  stringify(value, { ...options, defaultKeyType: 'PLAIN' } as ToStringOptions);

describe('prompts in YAML', () => {
  it('say what was written, in every layout', () => {
    fc.assert(
      fc.property(prompt, ({ messages, layout: options }) => {
        const text = written({ model: 'm', messages, testData: [{ input: 'x' }] }, options);
        const parsed = parse(github, text);
        assertSound(text, parsed);
        assert.deepEqual(said(parsed), [readBack(text)], text);
      }),
      runs(60, 31),
    );
  });

  it('take a reply after any turn, with exactly its text', () => {
    let inserted = 0;
    fc.assert(
      fc.property(prompt, fc.nat(3), messyText, ({ messages, layout: options }, place, reply) => {
        const text = written({ messages, model: 'm' }, options);
        const conversation = parse(github, text).conversations[0]!;
        const turn = place % conversation.turns.length;
        const edit = github.insertReply!(text, conversation, turn, reply);
        if (!edit) return;
        inserted++;
        const after = text.slice(0, edit.offset) + edit.insert + text.slice(edit.offset);
        const expected = readBack(text);
        expected.splice(turn + 1, 0, `assistant: ${reply}`);
        assert.deepEqual(said(parse(github, after)), [expected]);
      }),
      runs(50, 32),
    );
    assert.ok(inserted > 25, `${inserted}`);
  });

  it('are sound however they are mutated', () => {
    const fixtures = FIXTURES.filter(({ adapter }) => ADAPTERS.includes(adapter));
    fc.assert(
      fc.property(
        fc.constantFrom(...fixtures),
        fc.array(editPlan, { minLength: 1, maxLength: 4 }),
        ({ adapter, text, name }, plans) => {
          const mutated = plans.reduce((before, plan) => applyPlan(before, plan).after, text);
          assertSound(mutated, parse(adapter, mutated, name));
        },
      ),
      runs(100, 33),
    );
  });

  it('of llm: the system prompt is read first, wherever it stands', () => {
    const text = 'prompt: Do $input\nsystem: Be kind\n';
    assert.deepEqual(said(parse(adapterById('llm-template')!, text)), [['system: Be kind', 'user: Do $input']]);
  });

  it('decline a reply where messages stand in brackets', () => {
    const text = 'messages: [{role: user, content: hi}]\n';
    assert.equal(github.insertReply!(text, parse(github, text).conversations[0]!, 0, 'yes'), null);
  });
});

describe('detection of prompts in YAML', () => {
  const found = (name: string, text: string): string | null => detectFormat({ path: name }, text)?.id ?? null;

  const ordinary: readonly (readonly [path: string, text: string])[] = [
    ['docker-compose.yml', 'services:\n  web:\n    image: nginx\n    command: ["prompt", "x"]\n'],
    [
      '.github/workflows/ci.yml',
      'name: CI\non: [push]\njobs:\n  a:\n    steps:\n      - run: echo ${{ github.ref }} $HOME\n',
    ],
    [
      'k8s/role.yaml',
      'kind: Role\nrules:\n  - verbs: [get]\n---\nkind: RoleBinding\nsubjects:\n  - kind: User\n    name: a\n',
    ],
    ['openapi.yaml', 'openapi: 3.1.0\npaths:\n  /chat:\n    post:\n      x: {messages: [{role: user, content: hi}]}\n'],
    ['mkdocs.yml', 'site_name: Prompts\nnav:\n  - Home: index.md\n  - User: user.md\n  - System: system.md\n'],
    ['pubspec.yaml', 'name: app\ndescription: A prompt app\ndependencies:\n  flutter:\n    sdk: flutter\n'],
    ['CITATION.cff', 'cff-version: 1.2.0\nmessage: Cite it\nauthors:\n  - family-names: A\n'],
    ['site.yml', '- hosts: all\n  roles:\n    - role: user\n  tasks:\n    - user: name=ada\n    - system: x\n'],
    ['roles.yml', '- role: user\n  name: ada\n- role: admin\n  name: bo\n'],
    ['tasks/main.yml', '- user: name=ada state=present\n- system: reboot\n'],
    ['.pre-commit-config.yaml', 'repos:\n  - repo: x\n    hooks:\n      - id: y\n'],
    ['_config.yml', 'title: Blog\nprompt: true\nmodel: x\n'],
    ['i18n/en.yml', 'en:\n  messages:\n    role: Role\n    content: Content\n  prompt: "Say {name}"\n'],
    ['messages.yml', 'messages:\n  - id: 1\n    content: Hello\n    role: narrator\n'],
    ['cli.yaml', 'prompt: "$ "\nhistory: 100\n'],
    ['shell.yaml', 'prompt: ">"\nsystem: linux\n'],
    ['values.yaml', 'prompts: []\nimage:\n  tag: 1\n'],
    ['tests.yaml', 'tests:\n  - name: a\nproviders:\n  - aws\n'],
    ['model.yaml', '_type: prompt_model\ntemplate: x\n'],
    ['llm.yaml', '_type: openai\nmodel_name: gpt-4o\n'],
    ['lc.json', '{"lc": 1, "type": "constructor", "id": ["langchain", "llms", "OpenAI"], "kwargs": {"model": "m"}}'],
    ['prompts/notes.txt', 'Things to buy:\n- milk\n- bread\n'],
    ['prompts/data.json', '[{"id": 1, "text": "{{ x }}"}]'],
    ['prompts/config.yaml', 'folder: prompts\nlist:\n  - user\n'],
    ['notes/two-parts.txt', 'One {{ x }}\n---\nTwo\n'],
    ['environment.yml', 'name: env\nchannels: [conda-forge]\ndependencies:\n  - python=3.12\n'],
    ['template.yaml', 'AWSTemplateFormatVersion: "2010-09-09"\nResources:\n  A:\n    Type: AWS::S3::Bucket\n'],
    ['empty.yaml', ''],
    ['half.yaml', 'messages:\n  - ro'],
  ];
  for (const [name, text] of ordinary) {
    it(`${name} is no prompt`, () => assert.equal(found(name, text), null));
  }

  it('takes prompts of any name by what they hold', () => {
    assert.equal(found('chat.yaml', 'messages:\n  - role: user\n    content: hi\n'), 'github-models');
    assert.equal(found('eval.yml', 'prompts: [Say hi]\nproviders: [openai:gpt-4o]\n'), 'promptfoo-config');
    assert.equal(found('p.json', '{"_type": "prompt", "template": "{x}"}'), 'langchain');
    assert.equal(found('t.yaml', 'system: Answer in rhyme.\nprompt: Tell me of $input\n'), 'llm-template');
    assert.equal(found('list.yaml', '- role: user\n  content: hi\n'), 'promptfoo-prompts');
    assert.equal(found('empty.prompt.yml', ''), 'github-models');
  });

  it('finds each sample, which has turns and no problem', () => {
    for (const adapter of FORMATS.filter((each) => ADAPTERS.includes(each))) {
      const text = fs.readFileSync(path.resolve(__dirname, '../../../../samples', adapter.sample), 'utf8');
      assert.equal(found(adapter.sample, text), adapter.id);
      const { conversations, problems } = parse(adapter, text, adapter.sample);
      assert.ok(conversations.length > 0 && conversations.every(({ template }) => template), adapter.id);
      assert.deepEqual(problems, []);
    }
  });
});
