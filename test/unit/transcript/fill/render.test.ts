import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Template } from '@huggingface/jinja';
import { templateRenderer, templateVariables } from '../../../../server/core/transcript/fill/index.js';
import type { TemplateSyntax } from '../../../../server/core/transcript/model.js';

const VALUES = {
  name: 'Ada',
  topic: 'kettles',
  n: 3,
  yes: true,
  no: false,
  nothing: null,
  empty: '',
  list: ['a', 'b'],
  none: [],
  user: { name: 'Bo', tags: ['x', 'y'], deep: { er: 1 } },
  people: [{ name: 'Cy', age: 1 }, { name: 'Di' }],
  html: '<b>"&\'',
};

const SYNTAXES: readonly TemplateSyntax[] = ['mustache', 'handlebars', 'jinja', 'f-string', 'dollar', 'poml'];
const render = (syntax: TemplateSyntax, text: string, values: Record<string, unknown> = VALUES) =>
  templateRenderer(syntax, values)(text);

type Row = readonly [template: string, expected: string];

function renders(syntax: TemplateSyntax, rows: readonly Row[]): void {
  for (const [template, expected] of rows) {
    it(`${syntax}: ${JSON.stringify(template)}`, () =>
      assert.deepEqual(render(syntax, template), { ok: true, text: expected }));
  }
}

/** What stays as written, and why: the message, the offset, whether a value is missing. */
function refuses(syntax: TemplateSyntax, rows: readonly [template: string, message: RegExp, offset: number][]): void {
  for (const [template, message, offset] of rows) {
    it(`${syntax} refuses ${JSON.stringify(template)}`, () => {
      const result = render(syntax, template);
      assert.ok(!result.ok, JSON.stringify(result));
      assert.match(result.message, message);
      assert.equal(result.offset, offset);
      assert.equal(result.missing, /^no value/.test(result.message));
    });
  }
}

describe('templates with values', () => {
  const both: readonly Row[] = [
    ['Hello {{name}}, {{ topic }}!', 'Hello Ada, kettles!'],
    ['{{{html}}} {{&html}} {{html}}', '<b>"&\' <b>"&\' <b>"&\''],
    ['{{user.name}} {{user.deep.er}} {{n}} {{yes}} [{{nothing}}] {{list}}', 'Bo 1 3 true [] a,b'],
    ['a{{! not this }}b{{!-- nor }} this --}}c', 'abc'],
    ['{{#yes}}in{{/yes}}{{#no}}out{{/no}}{{^no}}else{{/no}}{{^yes}}x{{/yes}}', 'inelse'],
    ['{{#list}}<{{.}}>{{/list}}{{#none}}x{{/none}}{{^none}}none{{/none}}', '<a><b>none'],
    ['{{#people}}{{name}};{{/people}}', 'Cy;Di;'],
    ['{{#user}}{{name}}{{/user}}', 'Bo'],
    ['a\n{{#yes}}\n  in\n{{/yes}}\nb', 'a\n  in\nb'],
    ['a\r\n  {{#yes}}  \r\nin\r\n{{/yes}}\r\nb', 'a\r\nin\r\nb'],
    ['{ {one} } }} {', '{ {one} } }} {'],
    ['', ''],
  ];
  renders('mustache', [...both, ['{{#user}}{{topic}}{{/user}}', 'kettles']]);
  renders('handlebars', [
    ...both,
    ['{{#if yes}}a{{else}}b{{/if}}{{#if none}}c{{else}}d{{/if}}{{#unless no}}e{{/unless}}', 'ade'],
    ['{{#if no}}a{{else if yes}}b{{else}}c{{/if}}', 'b'],
    ['{{#if no}}a{{else if empty}}b{{else}}c{{/if}}', 'c'],
    ['{{#each list}}{{@index}}{{this}}{{#unless @last}}, {{/unless}}{{/each}}', '0a, 1b'],
    ['{{#each user.deep}}{{@key}}={{this}}{{/each}}', 'er=1'],
    [
      '{{#each people}}{{this.name}} of {{../topic}} for {{@root.name}}. {{/each}}',
      'Cy of kettles for Ada. Di of kettles for Ada. ',
    ],
    ['{{#each none}}x{{else}}nobody{{/each}}', 'nobody'],
    ['{{#with user}}{{name}}{{/with}}', 'Bo'],
    ['{{json user.tags}} {{lookup user "name"}} {{list.[1]}} {{list.0}}', '["x","y"] Bo b a'],
    ['{{#ifEquals n 3}}three{{else}}other{{/ifEquals}}{{#unlessEquals name "Ada"}}x{{/unlessEquals}}', 'three'],
    ['a \n {{~name~}} \n b', 'aAdab'],
    ['\\{{name}} is written', '{{name}} is written'],
  ]);
  renders('jinja', [
    ['Hello {{ name }}!', 'Hello Ada!'],
    ['{% for p in people %}{{ loop.index }}{{ p.name }} {% endfor %}', '1Cy 2Di '],
    ['{% if yes %}a{% elif no %}b{% else %}c{% endif %}', 'a'],
    ['{% set x = n + 1 %}{{ x }}{{ name | upper }}{{ list | join("-") }}', '4ADAa-b'],
    ['{{ missing | default("none") }}{% if missing is defined %}x{% endif %}{% if missing %}y{% endif %}', 'none'],
    ['{# not this #}a{%- if yes %} b {%- endif %} c', 'a b c'],
    ['{% for i in range(3) %}{{ i }}{% endfor %}', '012'],
    ['{% macro hi(who) %}hi {{ who }}{% endmacro %}{{ hi(name) }}', 'hi Ada'],
    ['a \\d+ \\n b {{ html }}', 'a \\d+ \\n b <b>"&\''],
  ]);
  renders('f-string', [
    ['Hello {name}, {user[name]} {user.deep.er} {{literal}}', 'Hello Ada, Bo 1 {literal}'],
    ['{n} {yes} {empty}|', '3 true |'],
  ]);
  renders('dollar', [['$name costs $$5, ${topic}s', 'Ada costs $5, kettless']]);
  renders('poml', [['{{ name }} {{ a < b }}', '{{ name }} {{ a < b }}']]);

  refuses('mustache', [
    ['x {{nobody}}', /^no value for nobody$/, 2],
    ['x {{user.age}}', /^no value for user\.age$/, 2],
    ['{{user}}', /is an object/, 0],
    ['{{#yes}}a', /yes is not closed/, 0],
    ['a{{/yes}}', /closes nothing/, 1],
    ['{{#yes}}a{{/no}}', /closes yes/, 9],
    ['a {{name', /not closed/, 2],
    ['{{> header}}', /partial header is another file/, 0],
    ['{{=<% %>=}}', /delimiters/, 0],
    ['{{}}', /has no name/, 0],
    ['{{constructor}} {{toString}}', /^no value for constructor$/, 0],
  ]);
  refuses('handlebars', [
    ['{{shout name}}', /helper shout is not known/, 0],
    ['{{#repeat 3}}x{{/repeat}}', /block repeat 3 is not known/, 0],
    ['{{#each name}}x{{/each}}', /name is no list/, 0],
    ['{{else}}', /outside a section/, 0],
    ['{{#each people}}{{age}}{{/each}}', /^no value for age$/, 16],
    ['{{__proto__.x}}', /^no value/, 0],
    [`${'{{#if yes}}'.repeat(200)}`, /nest deeper/, 1100],
  ]);
  refuses('jinja', [
    ['Dear {{ nobody }}', /^no value for nobody$/, 8],
    ['{{ user.age }}', /^no value for user\.age$/, 3],
    ['{{ nobody.name }}', /^no value for nobody/, 3],
    ['a {% if yes %}b', /./, 2],
    ['a {{ name ', /./, 2],
    ['{{ name | shout }}', /shout/, 0],
    ['{{ raise_exception("stop here") }}', /stop here/, 0],
    ['{{ strftime_now("%Y") }}', /^no value for strftime_now|not|undefined/i, 0],
    ['{% for i in range(10 ** 9) %}x{% endfor %}', /./, 0],
    ['{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}', /would grow beyond/, 0],
    ['{% for i in range(90000) %}{% for j in range(90000) %}{% endfor %}{% endfor %}', /would grow beyond/, 0],
    ['{% for i in range(900) %}{% for j in range(900) %}{% endfor %}{% endfor %}', /would grow beyond/, 0],
    [
      '{% set ns = namespace(x="ab") %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}',
      /beyond/,
      0,
    ],
    ['{% macro f(g) %}{{ g(g) }}{% endmacro %}{{ f(f) }}', /would grow beyond/, 0],
    ['{{ "x" | indent(900000000, true) }}', /would grow beyond/, 0],
    ['{% set x = "x" | indent(900000, true) %}{{ x | replace(" ", x) }}', /would grow beyond/, 0],
    [`{{ ${'('.repeat(50_000)}1${')'.repeat(50_000)} }}`, /./, 0],
    [`${' '.repeat(100_000)}{{ name }}`, /blanks/, 100_000],
  ]);
  refuses('f-string', [
    ['a {nobody}', /^no value for nobody$/, 2],
    ['{n:>5}', /format/, 0],
    ['{name!r}', /format/, 0],
    ['{}', /no placeholder/, 0],
    ['a } b', /no placeholder/, 2],
    ['{"json": 1}', /no placeholder/, 0],
  ]);
  refuses('dollar', [
    ['$nobody', /^no value for nobody$/, 0],
    ['it costs $5', /dollar sign alone/, 9],
  ]);

  it('jinja as the library renders it, where it has no need to hold it back', () => {
    const parts = fc.constantFrom(
      '{{ name }}',
      ' text\n',
      '{% if yes %}',
      '{% else %}',
      '{% endif %}',
      '{% for p in people %}',
      '{{ p.name }}',
      '{% endfor %}',
      '{{ n * 2 }}',
      '{{ list | length }}',
      '{% set q = topic %}',
      '{{ q }}',
    );
    const { none: _own, ...values } = VALUES;
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), (all) => {
        const text = all.join('');
        const result = render('jinja', text, values);
        if (!result.ok) return;
        const template = new Template(`${text}\n`) as unknown as { render(values: unknown): string };
        // The library's own class trims around blocks; there are no blocks with line ends of their own here.
        if (!/%\}\n|^[ \t]*\{%/m.test(text)) assert.equal(result.text, template.render(values));
      }),
      { numRuns: 300 },
    );
  });

  it('of any text in any syntax gives a text or a reason with a place, and names', () => {
    const bits = fc.constantFrom(
      ...['{{', '}}', '{{{', '}}}', '{%', '%}', '{', '}', '$', '$$', '#', '/', '^', '>', '!', '!--', '--', '~', 'else'],
      ...[
        'if',
        'each',
        'for',
        'in',
        'endfor',
        'endif',
        'name',
        'list',
        'user.name',
        'nobody',
        '.',
        '..',
        '../',
        '@index',
      ],
      ...['|', 'upper', ' ', '\n', '\r\n', '"', "'", '\\', '(', ')', '[', ']', '=', '1', 'é😀', 'x'],
    );
    fc.assert(
      fc.property(fc.constantFrom(...SYNTAXES), fc.array(bits, { maxLength: 24 }), (syntax, all) => {
        const text = all.join('');
        const result = render(syntax, text);
        if (!result.ok) {
          assert.ok(result.offset >= 0 && result.offset <= text.length, `${result.offset} in ${JSON.stringify(text)}`);
          assert.ok(result.message.length > 3);
        }
        for (const { name, offset } of templateVariables(syntax, text)) {
          assert.ok(name !== '' && offset >= 0 && offset < text.length);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('loops over loops end, however empty they are', () => {
    const list = Array.from({ length: 2000 }, (_, index) => index);
    const result = render('mustache', '{{#list}}{{#list}}{{/list}}{{/list}}', { list });
    assert.ok(!result.ok && /would grow beyond/.test(result.message));
  });

  it('a text without marks is the text itself', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SYNTAXES), fc.string({ unit: 'grapheme' }), (syntax, any) => {
        const text = any.replace(/[{}$]/g, '');
        assert.deepEqual(render(syntax, text), { ok: true, text });
      }),
    );
  });
});

describe('the names of a template', () => {
  const names = (syntax: TemplateSyntax, text: string): string[] =>
    templateVariables(syntax, text).map(({ name }) => name);
  const rows: readonly (readonly [TemplateSyntax, string, readonly string[]])[] = [
    ['mustache', 'a {{x}} {{y.z}} {{#list}}{{.}}{{/list}} {{x}} {{> p}} {{! no }}', ['x', 'y', 'list']],
    ['handlebars', '{{#if a}}{{b}}{{/if}}{{#each c}}{{d}}{{@root.e}}{{/each}}{{json f}}', ['a', 'b', 'c', 'e', 'f']],
    ['handlebars', '{{x}} and {{#if y', ['x']],
    [
      'jinja',
      '{% for a in b %}{{ a.c }}{{ loop.index }}{% endfor %}{{ d | default(e) }}{% set f = 1 %}{{ f }}',
      ['b', 'd', 'e'],
    ],
    ['jinja', '{{ x }} {% if y', ['x']],
    ['f-string', '{a} {{b}} {c.d} {e[f]} {a}', ['a', 'c', 'e']],
    ['dollar', '$a $$b ${c} $5', ['a', 'c']],
    ['poml', '{{ items.length > 2 }} {{name}}', ['items', 'name']],
  ];
  for (const [syntax, text, expected] of rows) {
    it(`${syntax}: ${text}`, () => assert.deepEqual(names(syntax, text), expected));
  }
});
