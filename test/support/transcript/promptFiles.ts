/** Generated prompt files of each language, sound and not. */
import fc from 'fast-check';
import { messyText } from './arbitraries.js';

const scrap = fc.constantFrom(
  '{{name}}',
  '{{{ x }}}',
  '{{#if a}}',
  '{{/if}}',
  '{% if a %}',
  '{# c #}',
  '{{! c }}',
  '{{!-- c',
  '{{',
  '}}',
  '<b>',
  '</b>',
  '<user',
  '#lt;',
  '#file:a.md',
  '@a/b.md',
  '[x](y.md)',
  '!`ls`',
  '\nuser:\n',
  '{{role "user"}}',
  '{{media url=x}}',
  '{{>p}}',
  '</user>',
  '</p>',
);
const content = fc.array(fc.oneof(scrap, messyText), { maxLength: 4 }).map((scraps) => scraps.join(''));

/** YAML of settings, as typed by people. */
export const FRONT_MATTER = fc
  .array(
    fc.constantFrom(
      'name: x',
      'description: "a: b"',
      'model: gpt-4o',
      'model:\n  id: llama-3.1-8b\n  options:\n    maxOutputTokens: 20',
      'applyTo: "**/*.ts"',
      'globs: *.ts',
      'tools: [a, b]',
      'tools:\n  - name: f\n    kind: function',
      'sample:\n  q: hi',
      'inputs:\n  - name: q\n    default: 1',
      'input:\n  default:\n    q: hi',
      'config:\n  maxOutputTokens: 9',
      '# a comment',
      '',
      'text: >-\n  folded\n  text',
      'k: &a [1]\nl: *a',
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((lines) => `${lines.join('\n')}\n`);

const fronted = (body: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .record({
      front: fc.oneof(
        fc.constant(''),
        FRONT_MATTER.map((yaml) => `---\n${yaml}---\n`),
        FRONT_MATTER.map((yaml) => `---\n${yaml}`),
      ),
      body,
      lineEnd: fc.constantFrom('\n', '\n', '\r\n', '\r'),
    })
    .map(({ front, body: made, lineEnd }) => (front + made).replaceAll('\n', lineEnd));

const role = fc.constantFrom('system', 'user', 'assistant', 'tool', 'narrator');
const turns = (mark: (role: string, text: string) => string): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(role, content), { minLength: 1, maxLength: 4 })
    .map((made) => made.map((each) => mark(...each)).join('\n'));

const markdown = fronted(content);

/** By format id. */
export const PROMPT_DOCUMENTS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'agent-instructions': markdown,
  'agent-prompt': markdown,
  'agent-skill': markdown,
  prompty: fronted(turns((name, text) => `${name}:\n${text}`)),
  dotprompt: fronted(turns((name, text) => `{{role "${name}"}}${text}`)),
  'continue-prompt': fc
    .tuple(FRONT_MATTER, content, content)
    .map(([yaml, system, user]) => `${yaml}---\n<system>${system}</system>\n${user}`),
  'tagged-prompt': fronted(turns((name, text) => `<${name}>${text}</${name}>`)),
  baml: turns((name, text) => `{{ _.role("${name}") }}\n${text}`).map(
    (body) => `function F(x: string) -> string {\n  client "openai/gpt-4o"\n  prompt #"\n${body}\n  "#\n}\n`,
  ),
  poml: turns((name, text) =>
    name === 'tool' ? `<p speaker="human">${text}</p>` : `<${name}-msg>${text}</${name}-msg>`,
  ).map((body) => `<poml>\n${body}\n</poml>`),
};
