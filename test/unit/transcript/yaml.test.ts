import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseDocument } from 'yaml';
import type { Problem } from '../../../server/core/transcript/model.js';
import { decodedToSource } from '../../../server/core/transcript/textMap.js';
import {
  itemsOf,
  memberValue,
  numberOf,
  plainValue,
  readYamlNow,
  scalarPiece,
  scalarText,
  type YamlNode,
} from '../../../server/core/transcript/yaml/index.js';
import { applyPlan, editPlan, messyText, runs } from '../../support/transcript/arbitraries.js';
import { decodedByMap } from '../../support/transcript/sound.js';
import { writtenYaml, yamlScraps } from '../../support/transcript/yaml.js';

/** Every scalar and alias of a tree, in order. */
function* leaves(node: YamlNode): Generator<YamlNode> {
  if (node.kind === 'scalar' || node.kind === 'alias') yield node;
  for (const item of node.items) yield* leaves(item);
  for (const { value } of node.members) if (value) yield* leaves(value);
}

/** Reads, and checks that every piece decodes from its source, inside the text, apart from all others. */
function read(text: string) {
  const document = readYamlNow(text);
  const problems: Problem[] = [];
  let last = 0;
  for (const { span } of document.problems) assert.ok(span.start <= span.end && span.end <= text.length);
  const pieces = document.roots
    .flatMap((root) => [...leaves(root)])
    .flatMap((leaf) => scalarPiece({ text, problems }, 'text', leaf) ?? [])
    .sort((a, b) => a.spans[0]!.start - b.spans[0]!.start);
  for (const piece of pieces) {
    assert.equal(decodedByMap(text, piece), piece.text);
    for (const { start, end } of piece.spans) {
      assert.ok(start >= last && end >= start && end <= text.length, `${start}-${end} after ${last}`);
      last = end;
    }
  }
  return { ...document, pieces, all: [...document.problems, ...problems] };
}

const value = (text: string): unknown => plainValue(text, read(text).roots[0] ?? null);

/** What the yaml package makes of a text; undefined where it finds a mistake. */
function referee(text: string): { value: unknown } | undefined {
  const document = parseDocument(text, { uniqueKeys: false, logLevel: 'silent', merge: false });
  if (document.errors.length > 0) return undefined;
  try {
    return { value: document.toJS({ maxAliasCount: 1000 }) as unknown };
  } catch {
    // An alias without its anchor.
    return undefined;
  }
}

describe('reading YAML', () => {
  it('says of what the yaml package writes what the package reads', () => {
    fc.assert(
      fc.property(writtenYaml, fc.constantFrom('\n', '\r\n'), (text, lineEnd) => {
        // A line feed inside a text stays one in either layout; a lone CR is a line break to YAML and a letter to the package.
        const laidOut = text.replaceAll('\r', '').replaceAll('\n', lineEnd);
        const wanted = referee(laidOut);
        if (!wanted || /\{[{%#]/.test(laidOut)) return;
        assert.deepEqual(value(laidOut), wanted.value);
      }),
      runs(120, 1),
    );
  });

  it('says of scraps that happen to be YAML what the package reads', () => {
    let compared = 0;
    fc.assert(
      fc.property(yamlScraps, (made) => {
        const text = `${made}\n`;
        const { roots, problems } = read(text);
        // Tags, tabs and several documents are read otherwise, on purpose.
        if (/\{[{%#]|\t|<<|\? |---|\.\.\.|!!/.test(text)) return;
        const wanted = referee(text);
        if (!wanted || roots.length !== 1 || problems.length > 0) return;
        compared++;
        assert.deepEqual(plainValue(text, roots[0]!), wanted.value);
      }),
      runs(600, 2),
    );
    assert.ok(compared > 50, `${compared}`);
  });

  it('reads any text, and any YAML that was mutated', () => {
    fc.assert(
      fc.property(fc.oneof(messyText, yamlScraps), (text) => void read(text)),
      runs(120, 3),
    );
    fc.assert(
      fc.property(writtenYaml, editPlan, (text, plan) => void read(applyPlan(text, plan).after)),
      runs(120, 4),
    );
  });

  it('reads one stretch of a text with places in the whole', () => {
    const text = 'before: 1\n---\nmodel: "a\\tb"\n---\nafter: 2';
    const from = text.indexOf('model');
    const { roots, problems } = readYamlNow(text, from, text.indexOf('---', from));
    const model = memberValue(roots[0]!, 'model')!;
    assert.deepEqual(problems, []);
    assert.equal(text.slice(model.start, model.end), '"a\\tb"');
    assert.equal(scalarText(text, model), 'a\tb');
  });
});

describe('scalars', () => {
  const piece = (text: string, key = 'a') => {
    const { roots } = read(text);
    const found = scalarPiece({ text, problems: [] }, 'text', memberValue(roots[0]!, key))!;
    return { ...found, slices: found.spans.map(({ start, end }) => text.slice(start, end)) };
  };

  it('literal: one span a line, without the indentation', () => {
    const { text, slices, map } = piece('a: |\n  one\n\n   two\n  three\nb: x');
    assert.deepEqual([text, slices, map], ['one\n\n two\nthree\n', ['one\n\n', ' two\n', 'three\n'], undefined]);
  });

  it('literal with CRLF: line feeds in the text', () => {
    const { text, slices } = piece('a: |-\r\n  one\r\n  two\r\n');
    assert.deepEqual([text, slices], ['one\ntwo', ['one\r\n', 'two']]);
  });

  it('folded, plain and quoted over several lines', () => {
    assert.equal(piece('a: >\n  one\n  two\n\n  three\n').text, 'one two\nthree\n');
    assert.equal(piece('a: one\n  two\n\n  three\n').text, 'one two\nthree');
    assert.equal(piece('a: "one \\\n  two\\n\n  three"\n').text, 'one two\n three');
    assert.equal(piece("a: 'it''s\n  so'").text, "it's so");
    const map = piece('a: >\n  one\n  two\n');
    assert.equal(decodedToSource(map, 4), 'a: >\n  one\n  '.length, 'the t of two');
  });

  it('a last line being typed has no line break of its own', () => {
    assert.equal(piece('a: |\n  on').text, 'on');
    assert.equal(piece('a: >\n  on').text, 'on');
  });

  it('an alias is counted where it stands', () => {
    const source = 'a: &rules Be kind.\nb: *rules\nc:\n  <<: &base {d: one}\ne:\n  <<: *base\n';
    const { text, slices } = piece(source, 'b');
    assert.deepEqual([text, slices], ['Be kind.', ['*rules']]);
    const { roots } = read(source);
    assert.equal(scalarText(source, memberValue(memberValue(roots[0]!, 'e'), 'd')), 'one');
    assert.equal(memberValue(memberValue(roots[0]!, 'e'), 'd')!.start, source.indexOf('*base'));
  });

  it('numbers', () => {
    const text = 'a: 512\nb: "512"\nc: 1e3\nd: five\n';
    const { roots } = read(text);
    const numbers = ['a', 'b', 'c', 'd', 'e'].map((key) => numberOf(text, memberValue(roots[0]!, key)));
    assert.deepEqual(numbers, [512, null, 1000, null, null]);
  });

  it('placeholders are text, quoted or not', () => {
    assert.equal(piece('a: {{ x }}\nb: 1').text, '{{ x }}');
    assert.equal(piece('a: {{ x }} and {{ y }}: z\nb: 1').text, '{{ x }} and {{ y }}: z');
    assert.equal(piece('a: {% if x %}yes{% endif %}\n').text, '{% if x %}yes{% endif %}');
    assert.deepEqual(value('- {{ x }}\n- [{{y}}, b]\n- {{ open\n- last\n'), [
      '{{ x }}',
      ['{{y}}', 'b'],
      '{{ open',
      'last',
    ]);
  });
});

describe('YAML being typed', () => {
  const CHAT = 'messages:\n  - role: system\n    content: Be brief.\n';
  const REST = '  - role: user\n    content: Hi!\nmodel: m\n';
  const cases: readonly (readonly [name: string, middle: string])[] = [
    ['a key without its colon', '  - role: user\n    conte\n'],
    ['an open double quote', '  - role: user\n    content: "Hello\n'],
    ['an open single quote', "  - role: user\n    content: 'Hello\n"],
    ['an open bracket', '  - role: user\n    content: [Hello\n'],
    ['an open brace', '  - {role: user, content: Hello\n'],
    ['a line at the margin', '  - role: user\n    content: |\n      Hello\nyou\n'],
    ['a line without indentation that is no key', '  - role: user\n    content: Hello\nSo it is\n'],
    ['a colon in plain text', '  - role: user\n    content: Note: this is so\n'],
    ['a text that begins with a bracket', '  - role: user\n    content: [INST] Hello\n'],
    ['a text in bold', '  - role: user\n    content: *Hello* you\n'],
    ['a quoted word at the start', '  - role: user\n    content: "Hello" is a word\n'],
    ['other indentation', '   - role: user\n     content: Hello\n'],
    ['a tab', '\t- role: user\n\t  content: Hello\n'],
  ];
  for (const [name, middle] of cases) {
    it(`${name}: one problem at the place, and all the rest`, () => {
      const text = CHAT + middle + REST;
      const { roots, all } = read(text);
      const said = itemsOf(memberValue(roots[0]!, 'messages')).map((item) =>
        scalarText(text, memberValue(item, 'content')),
      );
      assert.equal(said[0], 'Be brief.');
      assert.equal(said.at(-1), 'Hi!');
      assert.equal(scalarText(text, memberValue(roots[0]!, 'model')), 'm');
      assert.equal(all.length, 1, JSON.stringify(all));
      const { start } = all[0]!.span;
      assert.ok(start >= CHAT.length - 1 && start <= CHAT.length + middle.length, JSON.stringify(all));
    });
  }

  it('prefixes keep what was said before the break', () => {
    const text = `${CHAT}  - role: user\n    content: |\n      Hello: you\n      there\n  - {role: user, content: "b \\" c"}\n${REST}`;
    for (let end = CHAT.length; end <= text.length; end++) {
      const { roots } = read(text.slice(0, end));
      const [first] = itemsOf(memberValue(roots[0]!, 'messages'));
      assert.equal(scalarText(text, memberValue(first!, 'content')), 'Be brief.', JSON.stringify(text.slice(0, end)));
    }
  });

  it('a comma or a backslash missing in brackets costs no value', () => {
    const cases: readonly (readonly [text: string, items: readonly string[], problem: string])[] = [
      ['["a" "b", c]', ['a', 'b', 'c'], 'YAML: A comma is missing before this.'],
      ['["say "a" now", "b"]', ['say "a" now', 'b'], 'YAML: A " inside a text must be written \\".'],
      ['[""a", "b"]', ['"a', 'b'], 'YAML: A " inside a text must be written \\".'],
    ];
    for (const [text, items, problem] of cases) {
      const { roots, all } = read(text);
      assert.deepEqual(
        itemsOf(roots[0]!).map((item) => scalarText(text, item)),
        items,
      );
      assert.ok(all.length > 0 && all.every(({ message }) => message === problem), JSON.stringify(all));
    }
  });

  it('is not led into deep, wide or endless work', () => {
    const deep = ['[', '{a: ', '- ', '? ', '- - ', '&a [', '{{', '!a !b ', '"', "'", ': ', '[*a, '].map((scrap) =>
      scrap.repeat(2000),
    );
    const steps = Array.from({ length: 600 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n');
    const bomb = [
      'a0: &a0 lol',
      ...Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`),
    ];
    for (const text of [...deep, steps, bomb.join('\n'), 'a: &a [*a, *a]', 'a: &a\n  <<: *a\n']) {
      const { roots } = readYamlNow(text);
      for (const root of roots) {
        memberValue(root, 'x');
        plainValue(text, root);
        for (const { value: each } of root.members) for (const item of itemsOf(each)) itemsOf(item);
      }
    }
  });
});
