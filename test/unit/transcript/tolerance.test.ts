import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FormatAdapter } from '../../../server/core/transcript/model.js';
import { adapterById, FORMATS } from '../../../server/core/transcript/registry.js';
import {
  chatJson,
  chatLines,
  dialectJson,
  editPlan,
  applyPlan,
  messyText,
  textChat,
  runs,
} from '../../support/transcript/arbitraries.js';
import { FIXTURES, parse, plain, said } from '../../support/transcript/fixtures.js';
import { assertSound } from '../../support/transcript/sound.js';

const openai = adapterById('openai-chat')!;
const lines = adapterById('json-lines')!;

describe('any text at all', () => {
  it('one bracket, comma, colon or quote lost costs no turn and no more than the text beside it', () => {
    for (const { adapter, text, name } of FIXTURES.filter((fixture) =>
      /support|toolCalls\.json$|openai-chat\/parts|anthropic-messages\/tools|gemini\/functions|sharegpt\/tools|openai-responses\/tool-call/.test(
        fixture.name,
      ),
    )) {
      for (const source of [text, JSON.stringify(JSON.parse(text))]) {
        const wanted = said(parse(adapter, source)).flat();
        for (const at of structureOf(source)) {
          // Without the outermost brace nothing tells that a system prompt beside the list belongs to it.
          if (at === 0 && /anthropic|gemini|responses|sharegpt/.test(name)) continue;
          const parsed = parse(adapter, source.slice(0, at) + source.slice(at + 1));
          const found = said(parsed).flat();
          const place = `${name} without ${source[at]} at ${at}: ${source.slice(at - 20, at + 20)}`;
          assert.equal(found.length, wanted.length, place);
          assert.ok(found.filter((each, turn) => each !== wanted[turn]).length <= 1, place);
          const syntax = parsed.problems.filter(({ code }) => code === 'json-syntax').length;
          assert.ok(syntax >= 1 && syntax <= 3, `${place}: ${syntax} problems`);
        }
      }
    }
  });

  it('is read without a throw, with sound ranges, by every adapter', () => {
    const start = fc.oneof(
      messyText,
      chatJson,
      chatLines,
      dialectJson,
      textChat,
      fc.string(),
      fc.constantFrom(...FIXTURES.map(({ text }) => text)),
    );
    fc.assert(
      fc.property(
        start,
        fc.array(editPlan, { maxLength: 4 }),
        fc.constantFrom(...FORMATS),
        (source, plans, adapter) => {
          const text = plans.reduce((before, plan) => applyPlan(before, plan).after, source);
          assertSound(text, parse(adapter, text));
        },
      ),
      runs(400, 3),
    );
  });
});

describe('half-typed chat JSON', () => {
  const cases: readonly (readonly [what: string, text: string, turns: readonly string[], problems: number])[] = [
    ['a text not closed at the end', '[{"role":"user","content":"hel', ['user: hel'], 1],
    ['a message on its own', '{"role":"assistant","content":"so f', ['assistant: so f'], 1],
    ['only a role', '[{"role":"us', ['user: '], 1],
    ['content before the role', '[{"content":"he', ['user: he'], 1],
    [
      'a raw line break',
      '[{"role":"user","content":"a\nb"},{"role":"assistant","content":"c"}]',
      ['user: a\nb', 'assistant: c'],
      1,
    ],
    [
      'a quote missing at the end of a line',
      '[\n{"role":"user","content":"a\n},\n{"role":"assistant","content":"c"}\n]',
      ['user: a', 'assistant: c'],
      1,
    ],
    [
      'a quote missing on one line',
      '[{"role":"user","content":"a},{"role":"assistant","content":"c"}]',
      ['user: a', 'assistant: c'],
      1,
    ],
    [
      'an opening quote missing',
      '[{"role":"user","content":a b"},{"role":"assistant","content":"c"}]',
      ['user: a b', 'assistant: c'],
      1,
    ],
    [
      'a new empty message',
      '[\n{"role":"user","content":"\n{"role":"assistant","content":"c"}\n]',
      ['user: ', 'assistant: c'],
      1,
    ],
    [
      'a value missing',
      '[{"role":"user","content":},{"role":"assistant","content":"c"}]',
      ['user: ', 'assistant: c'],
      1,
    ],
    [
      'a comment not closed',
      '[{"role":"user","content":"a"}, /* {"role":"assistant","content":"c"}]',
      ['user: a', 'assistant: c'],
      1,
    ],
    ['bare keys', '[{role: "user", content: "a"}]', ['user: a'], 2],
    ['a word that is no JSON', '[{"role":"user","n":NaN,"content":"a"}]', ['user: a'], 1],
    ['trailing commas and comments', '[{"role":"user","content":"a",},/* x */]// y', ['user: a'], 0],
    [
      'a bracket too many',
      '[{"role":"user","content":"a"}],{"role":"assistant","content":"c"}]',
      ['user: a', 'assistant: c'],
      1,
    ],
  ];
  for (const [what, text, turns, problems] of cases) {
    it(what, () => {
      const parsed = parse(openai, text);
      assert.deepEqual(said(parsed).flat(), turns);
      assert.equal(
        parsed.problems.filter(({ code }) => code === 'json-syntax').length,
        problems,
        JSON.stringify(parsed.problems),
      );
      assertSound(text, parsed);
    });
  }

  it('names the place of a break', () => {
    const text = '[{"role":"user" "content":"a"}]';
    const [problem] = parse(openai, text).problems;
    assert.equal(text.slice(problem!.span.start, problem!.span.end), '"content"');
    assert.equal(problem!.message, 'JSON: A comma is missing before this key.');
  });
});

describe('texts that could hang a parser', () => {
  const textsOf = (big: number): readonly (readonly [what: string, text: string])[] => [
    ['deep nesting', '['.repeat(big)],
    ['deep objects', '{"a":'.repeat(big / 5)],
    ['one long string', `[{"role":"user","content":"${'x'.repeat(big)}"}]`],
    ['quotes', '"'.repeat(big)],
    ['quotes and letters', '"a'.repeat(big / 2)],
    ['backslashes', `"${'\\'.repeat(big)}`],
    ['escaped quotes', `["${'\\"'.repeat(big / 2)}`],
    ['open strings on lines', '"abc\n'.repeat(big / 5)],
    ['open values on lines', '{"a":"b\n'.repeat(big / 8)],
    ['open comments', '/*'.repeat(big / 2)],
    ['line breaks', '\n'.repeat(big)],
    ['carriage returns', '\r'.repeat(big)],
    ['fences', '```\n~~~\n'.repeat(big / 8)],
    ['fences that grow', Array.from({ length: 700 }, (_, n) => '`'.repeat(n + 3)).join('\n')],
    ['open HTML comments', '<!--\n'.repeat(big / 5)],
    ['labels', 'User: a\nAssistant: b\n'.repeat(big / 21)],
    ['hashes', '#'.repeat(big)],
    ['stars', '*'.repeat(big)],
    ['spaces', ' '.repeat(big)],
    ['commas', `[${','.repeat(big)}]`],
    ['keys of a message twice', `[{${'"role":"user",'.repeat(big / 14)}`],
    ['elements without a brace', `[${'"role":"user"},'.repeat(big / 15)}`],
    ['messages inside messages', `[${'{"role":"user","content":["a"'.repeat(big / 29)}`],
    ['comments between turns', 'User: a\n<!-- x -->\nAI: b\n<!-- y -->\n'.repeat(big / 36)],
    ['junk', 'x '.repeat(big / 2)],
  ];
  const small = textsOf(20_000);
  textsOf(120_000).forEach(([what, text], index) => {
    it(`${what}: linear`, function () {
      // A parser that is not linear takes minutes.
      this.timeout(500 * FORMATS.length);
      for (const adapter of FORMATS) {
        // All dialects share one reader: what is their own is tried on less.
        const isLong = /^(?:openai-chat|json-lines)$/.test(adapter.id) || !isDialect(adapter);
        const parsed = parse(adapter, isLong ? text : small[index]![1]);
        assert.ok(parsed.problems.length < 200_000);
      }
    });
  });
});

/** Whether a format is one of several that share the JSON reader. */
const isDialect = ({ files }: FormatAdapter): boolean => files.every((file) => file.startsWith('*.json'));

describe('json-lines', () => {
  it('a broken line leaves the others as they are', () => {
    const good = '{"messages":[{"role":"user","content":"ok"}]}';
    fc.assert(
      fc.property(messyText, (scrap) => {
        const broken = `{"messages":[${scrap.replaceAll(/[\r\n]/g, ' ')}`;
        const parsed = parse(lines, [good, broken, good].join('\n'));
        assert.deepEqual(said(parsed)[0], ['user: ok']);
        assert.deepEqual(said(parsed).at(-1), ['user: ok']);
        assert.equal(parsed.conversations.at(-1)!.span.end, good.length * 2 + broken.length + 2);
      }),
      runs(200, 5),
    );
  });

  it('reads each line as openai-chat reads it', () => {
    for (const { text } of FIXTURES.filter(({ adapter }) => adapter === lines)) {
      const each = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '');
      const alone = each.flatMap((line) =>
        plain(line, parse(openai, line)).conversations.map(({ turns }) =>
          turns.map(({ pieces }) => pieces.map((piece) => piece.text)),
        ),
      );
      const together = plain(text, parse(lines, text)).conversations.map(({ turns }) =>
        turns.map(({ pieces }) => pieces.map((piece) => piece.text)),
      );
      assert.deepEqual(together, alone);
    }
  });
});

/** Offsets of the characters of valid JSON that are structure: brackets, commas, colons, quotes. */
function structureOf(json: string): number[] {
  const found: number[] = [];
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const char = json[at]!;
    if (inString && char === '\\') at++;
    else if (char === '"') {
      inString = !inString;
      found.push(at);
    } else if (!inString && '{}[],:'.includes(char)) found.push(at);
  }
  return found;
}
