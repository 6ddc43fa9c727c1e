/** The languages of prompt files: roles, front matter, what is hidden, and what a half-typed file still shows. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Conversation, FormatAdapter } from '../../../server/core/transcript/model.js';
import { adapterById, detectFormat, FORMATS } from '../../../server/core/transcript/registry.js';
import { applyPlan, editPlan, messyText, runs } from '../../support/transcript/arbitraries.js';
import { FIXTURES, parse, said } from '../../support/transcript/fixtures.js';
import { FRONT_MATTER, PROMPT_DOCUMENTS } from '../../support/transcript/promptFiles.js';
import { assertSound } from '../../support/transcript/sound.js';

const adapter = (id: string): FormatAdapter => adapterById(id)!;
// Formats in YAML have yamlFormats.test.ts.
const MINE = FORMATS.filter(({ id }) => PROMPT_DOCUMENTS[id] !== undefined);
const only = (id: string, text: string, path = ''): Conversation => parse(adapter(id), text, path).conversations[0]!;
const codes = (id: string, text: string): string[] => parse(adapter(id), text).problems.map(({ code }) => code);
const found = (path: string, head = ''): string | null => detectFormat({ path }, head)?.id ?? null;

describe('prompt files: detection', () => {
  const names: readonly (readonly [path: string, id: string | null])[] = [
    ['AGENTS.md', 'agent-instructions'],
    ['packages/api/AGENTS.md', 'agent-instructions'],
    ['.github/copilot-instructions.md', 'agent-instructions'],
    ['.github/instructions/a.instructions.md', 'agent-instructions'],
    ['.cursor/rules/deep/er/x.mdc', 'agent-instructions'],
    ['.claude/agents/x.md', 'agent-instructions'],
    ['.claude/commands/git/commit.md', 'agent-prompt'],
    ['.github/prompts/x.prompt.md', 'agent-prompt'],
    ['skills/x/SKILL.md', 'agent-skill'],
    ['x.prompty', 'prompty'],
    ['x.poml', 'poml'],
    ['x.promptl', 'tagged-prompt'],
    ['x.baml', null],
    ['README.md', null],
    ['.claude/commands/README.md', null],
    ['.clinerules/README.md', null],
    ['agents.md', null],
    ['docs/agents/overview.md', null],
    ['MY_AGENTS.md', null],
    ['prompt.md', null],
    ['prompt.txt', null],
    ['SKILLS.md', null],
    ['x.prompts', null],
    ['a.poml.bak', null],
  ];
  for (const [path, id] of names) it(`${path} by its name`, () => assert.equal(found(path), id));

  const heads: readonly (readonly [head: string, id: string])[] = [
    ['{{role "system"}}x', 'dotprompt'],
    ['---\nmodel: m\n---\nHello {{name}}', 'dotprompt'],
    ['# Licence\n\n---\nmodel: m\n---\nHi', 'dotprompt'],
    ['Hi', 'dotprompt'],
    ['---\nmodel: m\n---\n<system>\nx\n</system>\n<user>y</user>', 'tagged-prompt'],
    ['<message role="user">x</message>', 'tagged-prompt'],
    ['name: x\n---\nHi {{ input }}', 'continue-prompt'],
    ['---\nname: x\n---\n<system>a</system>\nb', 'continue-prompt'],
    ['<system>a</system>\n{{history}}', 'dotprompt'],
  ];
  for (const [head, id] of heads) {
    it(`.prompt by its text: ${JSON.stringify(head.slice(0, 40))}`, () => assert.equal(found('x.prompt', head), id));
  }

  it('untitled text with a root of POML', () => {
    assert.equal(found('', '<poml>\n<task>x</task></poml>'), 'poml');
    assert.equal(found('', '<project>x</project>'), null);
    assert.equal(found('a.xml', '<poml/>'), null);
  });
});

describe('prompt files: any text at all', () => {
  for (const { id } of MINE) {
    it(`${id}: parses what is written and mangled, with sound ranges`, () => {
      const document = PROMPT_DOCUMENTS[id]!;
      fc.assert(
        fc.property(fc.oneof(document, document, messyText), fc.array(editPlan, { maxLength: 3 }), (source, plans) => {
          const text = plans.reduce((before, plan) => applyPlan(before, plan).after, source);
          assertSound(text, parse(adapter(id), text));
        }),
        runs(120, 23),
      );
    });
  }

  it('front matter half typed never hides the body', () => {
    const body = 'You are a careful reader of long texts.';
    const bodies: Readonly<Record<string, string>> = {
      'agent-instructions': body,
      'agent-prompt': body,
      prompty: `system:\n${body}`,
      dotprompt: `{{role "system"}}${body}`,
      'tagged-prompt': `<system>${body}</system>`,
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(bodies)),
        FRONT_MATTER,
        fc.nat(200),
        fc.boolean(),
        (id, yaml, cut, closed) => {
          const typed = yaml.slice(0, cut);
          const text = `---\n${typed}${/[\r\n]$/.test(typed) || typed === '' ? '' : '\n'}${closed ? '---\n' : ''}\n${bodies[id]!}\n`;
          const turns = parse(adapter(id), text).conversations[0]!.turns;
          assert.ok(
            turns
              .at(-1)!
              .pieces.map((piece) => piece.text)
              .join('')
              .endsWith(body),
            JSON.stringify(text),
          );
        },
      ),
      runs(200, 29),
    );
  });
});

describe('prompt files: what the front matter says', () => {
  const standing = (path: string, front: string) =>
    only('agent-instructions', `---\n${front}\n---\nx\n`, path).standing!;
  it('when instructions are sent', () => {
    assert.equal(standing('a.instructions.md', 'applyTo: "**"').when, 'always');
    assert.equal(standing('a.instructions.md', 'applyTo: **/*.ts').when, 'matching');
    assert.match(standing('a.instructions.md', 'applyTo: "src/**"').note, /src\/\*\*/);
    assert.equal(standing('a.instructions.md', 'description: x').when, 'on-demand');
    assert.equal(standing('a.mdc', 'alwaysApply: true\nglobs: *.ts').when, 'always');
    assert.equal(standing('a.mdc', 'globs: ["*.ts", "*.tsx"]').note, 'where *.ts, *.tsx files are in context');
    assert.equal(standing('a.mdc', 'alwaysApply: false').note, 'when it is mentioned by name');
    assert.equal(standing('.windsurf/rules/a.md', 'trigger: manual').when, 'on-demand');
    assert.equal(standing('.clinerules/a.md', 'paths: ["src/**"]').when, 'matching');
    assert.equal(standing('.claude/rules/a.md', 'x: 1').when, 'always');
    assert.equal(standing('.claude/agents/a.md', 'x: 1').when, 'on-demand');
    assert.equal(only('agent-instructions', 'x', 'AGENTS.md').standing?.when, 'always');
    assert.equal(only('agent-prompt', 'x', 'a.prompt.md').standing, undefined);
  });

  it('the model, but not one from elsewhere', () => {
    assert.equal(only('prompty', '---\nmodel:\n  id: "gpt-4o"\n---\nuser:\nx').model?.id, 'gpt-4o');
    assert.equal(only('prompty', '---\nmodel:\n  id: ${env:MODEL}\n---\nuser:\nx').model, undefined);
    assert.equal(only('dotprompt', '---\nmodel: {{ m }}\n---\nx').model, undefined);
  });

  it('aliases without end and nesting beyond reason are problems', () => {
    const bomb = `a: &a [x]\n${Array.from({ length: 20 }, (_, n) => `k${n}: &k${n} [*a, *a, *a]`).join('\n')}`;
    for (const yaml of ['a: *nothing', `a: ${'['.repeat(50_000)}`, `sample: &s\n  again: *s`, bomb]) {
      const parsed = parse(adapter('prompty'), `---\n${yaml}\n---\nuser:\nhello`);
      assert.deepEqual(said(parsed), [['user: hello']]);
    }
    assert.deepEqual(codes('prompty', '---\na: *nothing\n---\nuser:\nhello'), ['yaml-syntax']);
  });

  it('a rule at the top is no front matter', () => {
    for (const text of ['---\n\n# Title\n\nText.\n', '---\nA sentence of prose.\n---\n']) {
      assert.deepEqual(said(parse(adapter('agent-instructions'), text)), [[`system: ${text.trim()}`]]);
      assert.deepEqual(codes('agent-instructions', text), []);
    }
  });
});

describe('prompty', () => {
  const roles = (text: string): string[] => said(parse(adapter('prompty'), text)).flat();
  it('a role is a whole line', () => {
    assert.deepEqual(roles('system: x\nuser:\nhi'), ['system: system: x', 'user: hi']);
    assert.deepEqual(roles('SYSTEM:\na\n# assistant :\nb'), ['system: a', 'assistant: b']);
    assert.deepEqual(roles('user[name="A b", n=1]:\na'), ['user: a']);
    assert.deepEqual(roles('user[name]:\na'), ['system: user[name]:\na']);
    assert.deepEqual(roles('user[nonce="x":\na'), ['system: user[nonce="x":\na']);
  });
  it('blank lines at the ends of a turn are no content, blanks are', () => {
    assert.deepEqual(roles('user:\n\n  hi \n\n'), ['user:   hi ']);
  });
});

describe('dotprompt', () => {
  const roles = (text: string): string[] => said(parse(adapter('dotprompt'), text)).flat();
  it('what stands between the markers is sent as it stands', () => {
    assert.deepEqual(roles('{{role "system"}}\na\n\n{{role "user"}}b'), ['system: \na\n\n', 'user: b']);
    assert.deepEqual(roles('a\n{{~role "model"~}}\nb'), ['user: a', 'assistant: b']);
  });
  it('a marker without text gives its place to the next', () => {
    assert.deepEqual(roles('{{role "system"}}\n{{role "user"}}b'), ['user: b']);
  });
  it("text after the history is the model's", () => {
    assert.deepEqual(roles('a{{history}}b'), ['user: a', 'assistant: b']);
    assert.deepEqual(only('dotprompt', 'a{{history}}{{role "user"}}b').hidden?.length, 1);
  });
  it('comments and escaped braces', () => {
    assert.deepEqual(roles('a{{! no }}b{{!-- {{role "user"}} --}}c'), ['user: abc']);
    assert.deepEqual(roles('a\\{{role "system"}}'), ['user: a\\{{role "system"}}']);
    assert.deepEqual(roles('a{{!-- b\n{{role "model"}}c'), ['user: a{{!-- b\n', 'assistant: c']);
  });
});

describe('tagged prompts', () => {
  const roles = (text: string): string[] => said(parse(adapter('tagged-prompt'), text)).flat();
  it("text of no tag is the system's, blocks around tags are none", () => {
    assert.deepEqual(roles('a\n{{ if x }}\n<user>b</user>\n{{ endif }}\n'), ['system: a', 'user: b']);
    assert.deepEqual(roles('{{ name }}\n<user>b</user>'), ['system: {{ name }}', 'user: b']);
  });
  it('other tags are text', () => {
    assert.deepEqual(roles('<user>a <b>c</b> <users> 1 < 2</user>'), ['user: a <b>c</b> <users> 1 < 2']);
  });
  it('says what is open and what closes nothing', () => {
    assert.deepEqual(codes('tagged-prompt', '<user>a'), ['unclosed-tag']);
    assert.deepEqual(codes('tagged-prompt', '<user>a<assistant>b</assistant>'), ['unclosed-tag']);
    assert.deepEqual(codes('tagged-prompt', 'a</user>'), ['unexpected-tag']);
    assert.deepEqual(codes('tagged-prompt', '<message role="boss">a</message>'), ['unknown-role']);
  });
});

describe('poml', () => {
  const roles = (text: string): string[] => said(parse(adapter('poml'), text)).flat();
  it('whose turn it is', () => {
    assert.deepEqual(roles('<poml><task>a</task></poml>'), ['user: a']);
    assert.deepEqual(roles('<poml><task speaker="system">a</task></poml>'), ['system: a']);
    assert.deepEqual(roles('<poml><p>a</p><p speaker="human">b</p><p>c</p></poml>'), ['system: a', 'user: bc']);
    assert.deepEqual(roles('<poml speaker="ai">a<p speaker="human">b</p>c</poml>'), [
      'assistant: a',
      'user: b',
      'assistant: c',
    ]);
  });
  it('signs in expressions are no markup', () => {
    assert.deepEqual(roles('<poml><p>{{ a <b && c > d }} e</p></poml>'), ['user: {{ a <b && c > d }} e']);
  });
  it('escapes are those of POML', () => {
    assert.deepEqual(roles('<poml><p>#lt;#amp;#hash;lt; &lt;</p></poml>'), ['user: <&#lt; &lt;']);
  });
  it('comments and settings are not sent', () => {
    assert.deepEqual(roles('<poml><!-- a --><stylesheet>{}</stylesheet><let name="x">y</let><p>b</p></poml>'), [
      'user: b',
    ]);
  });
});

describe('baml', () => {
  const prompt = (body: string, head = ''): string =>
    `${head}function F(x: string) -> string {\n  prompt #"${body}"#\n}\n`;
  const roles = (text: string): string[] => said(parse(adapter('baml'), text)).flat();
  it('what every line is indented by and blanks at the ends are not sent', () => {
    assert.deepEqual(roles(prompt('\n    a\n\n      b\n  ')), ['system: a\n\n  b']);
    assert.deepEqual(roles(prompt('a\n    b')), ['system: a\n    b']);
  });
  it('strings and comments hide what looks like code', () => {
    assert.deepEqual(roles(prompt('a', '// function G() { prompt #"no"# }\n')), ['system: a']);
    assert.deepEqual(roles(`class C { d string @description("prompt #\\"x") }\n${prompt('a')}`), ['system: a']);
    assert.deepEqual(roles(prompt('\nclass C { }\nfunction G() { }\n')), ['system: class C { }\nfunction G() { }']);
  });
  it('a prompt being typed ends where the next declaration begins', () => {
    const text = `function F() -> string {\n  prompt #"\n    a\n}\n\n${prompt('b').replace('F', 'G')}`;
    assert.deepEqual(roles(text), ['system: a', 'system: b']);
    assert.deepEqual(codes('baml', text), ['unclosed-string']);
  });
  it('the client gives the model and the role for want of another', () => {
    const client = 'client<llm> C { options { model "o/gpt-4o" default_role "user" max_tokens 7 } }\n';
    const { model, parameters, turns } = only('baml', client + prompt('a').replace('prompt', 'client C prompt'));
    assert.deepEqual([model?.id, parameters.maxTokens, turns[0]!.role], ['gpt-4o', 7, 'user']);
  });
});

describe('prompt files: replies written back', () => {
  for (const { id } of MINE.filter(({ writable }) => writable)) {
    it(`${id}: the same turns, and the new one with exactly that text`, () => {
      const format = adapter(id);
      let inserted = 0;
      fc.assert(
        fc.property(PROMPT_DOCUMENTS[id]!, fc.nat(9), messyText, (text, place, reply) => {
          const before = parse(format, text);
          const [conversation] = before.conversations;
          if (!conversation) return;
          const turn = place % conversation.turns.length;
          const edit = format.insertReply!(text, conversation, turn, reply);
          if (!edit) return;
          inserted++;
          const expected = said(before)[0]!;
          expected.splice(turn + 1, 0, `assistant: ${id === 'poml' ? reply : reply.trim()}`);
          assert.deepEqual(
            said(parse(format, text.slice(0, edit.offset) + edit.insert + text.slice(edit.offset)))[0],
            expected,
          );
        }),
        runs(100, 31),
      );
      assert.ok(inserted > 20, `only ${inserted} insertions`);
    });
  }

  it('works after every user turn of the fixtures', () => {
    for (const { name, adapter: format, text } of FIXTURES) {
      if (
        !format.writable ||
        format.family !== 'prompt-file' ||
        /half|guide|free-text|broken|\.j2$|prompts\/.*\.txt$/.test(name)
      )
        continue;
      const { conversations } = parse(format, text, name);
      conversations[0]!.turns.forEach(({ role }, turn) => {
        const next = conversations[0]!.turns[turn + 1]?.role;
        // Neighbours of one speaker are one turn of POML.
        if (role !== 'user' || (format.id === 'poml' && next === 'assistant')) return;
        const edit = format.insertReply!(text, conversations[0]!, turn, 'Yes.\n\n"Quite" <so>: é 😀');
        assert.ok(edit, `${name} after ${turn}`);
      });
    }
  });

  it('is laid out as the file is', () => {
    const written = (id: string, text: string): string => {
      const conversation = only(id, text);
      const edit = adapter(id).insertReply!(text, conversation, conversation.turns.length - 1, 'Hi.')!;
      return text.slice(0, edit.offset) + edit.insert + text.slice(edit.offset);
    };
    assert.equal(written('prompty', 'user:\na\n'), 'user:\na\n\nassistant:\nHi.\n');
    assert.equal(written('dotprompt', '{{role "user"}}\na\n'), '{{role "user"}}\na\n\n{{~role "model"~}}\nHi.\n');
    assert.equal(
      written('baml', 'function F() -> string {\n  prompt #"\n    a\n  "#\n}\n'),
      'function F() -> string {\n  prompt #"\n    a\n\n    {{ _.role("assistant") }}\n    Hi.\n  "#\n}\n',
    );
    assert.equal(written('tagged-prompt', '<user>a</user>\n'), '<user>a</user>\n\n<assistant>\nHi.\n</assistant>\n');
    assert.equal(
      written('poml', '<poml>\n  <user-msg>a</user-msg>\n</poml>'),
      '<poml>\n  <user-msg>a</user-msg>\n  <ai-msg whiteSpace="pre">Hi.</ai-msg>\n</poml>',
    );
  });
});
