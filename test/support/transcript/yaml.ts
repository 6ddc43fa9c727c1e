/** Generated YAML for property tests. */
import fc from 'fast-check';
import { stringify, type ToStringOptions } from 'yaml';
import { messyText } from './arbitraries.js';

const word = fc.oneof(
  messyText,
  fc.constantFrom('a b', 'it: is', '# no', '- x', '', 'true', '12', "it's", 'a\n\n b\n'),
);
const data = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    word,
    fc.integer(),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('role', 'content', 'a b', 'x-y', '1', "o'k"), tie('value'), { maxKeys: 3 }),
  ),
})).value;
const layout = fc.record({
  defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'),
  lineWidth: fc.constantFrom(0, 20, 80),
  indent: fc.constantFrom(2, 3, 4),
  indentSeq: fc.boolean(),
  collectionStyle: fc.constantFrom('any', 'block', 'flow'),
});

/** YAML as the `yaml` package writes it, in every layout. */
export const writtenYaml = fc
  .tuple(data, layout)
  .map(([made, options]) => stringify(made, { ...options, version: '1.2' } as ToStringOptions));

/** Scraps of which YAML is made, put together at random: a good part of it is YAML. */
export const yamlScraps = fc
  .array(
    fc.constantFrom(
      ...['a: ', 'b: ', '- ', '? ', '\n', '\n', '\n  ', '\n    ', '\n\n', 'x', 'y z', ' ', '"', "'", "''", '\\', '\\n'],
      ...['|\n', '>\n', '|-\n', '>+\n', '|2\n', '  p\n', '   q\n', '# c', '&k ', '*k', '!!str ', '{', '}', '[', ']'],
      ...[', ', '---\n', '...\n', '\t', '\\x41', '\\u00e9', '\\\n', '<<: ', 'é', '😀', '{{ v }}', '%', '@'],
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));

const indentation = fc.constantFrom('', '', '  ', '  ', '    ', ' ', '      ', '   ');
const marks = fc.constantFrom('', '', '', '- ', '- ', '- - ', '-   ', '-');
const key = fc.constantFrom(
  '',
  '',
  'role: ',
  'content: ',
  'a:',
  'b c: ',
  '"q": ',
  "'s': ",
  'k:  ',
  'x : ',
  '-y: ',
  '#z: ',
);
const value = fc.constantFrom(
  ...[
    '',
    '',
    '',
    'user',
    'text of words',
    'one # note',
    'a#b',
    'it: is',
    'x:y',
    '-5',
    '- x',
    '-',
    '--',
    ':a',
    '?b',
    '? c',
  ],
  ...[
    '"in quotes"',
    '"a\\"b\\n" # c',
    '"open',
    "'it''s'",
    "'open",
    '"a"b',
    '"a": b',
    "''",
    '""',
    '"\\',
    'tail  ',
    'tab\t# c',
  ],
  ...['|', '>', '|-', '>-', '|+', '>+', '|2', '|2-', '|-1', '|9', '|x', '| # c', '|-\t', '>#', '||', '|--', '|12'],
  ...[
    '[a, b]',
    '[a',
    '{a: b}',
    '{a: b} # c',
    '[a]: x',
    '{a: b}: {c: d}',
    '[[a], {b: [c]}]',
    '{{ x }}',
    '{{x}} [y]',
    '[]',
    '{}',
  ],
  ...[
    '[{{y}}, b]',
    '{% if x %}',
    '{a: {{ z }}}',
    '[a: {{x}}]',
    '[&k a, *k]',
    '&k v',
    '*k',
    '!!str s',
    '@a',
    '`b`',
    '%c',
    ',',
    ']',
    '}',
  ],
  ...[
    '# only',
    '#only',
    '...',
    '---',
    '<<',
    '\ufeffx',
    'é 😀',
    '\u2028',
    '\u0085',
    '\x02',
    '\x1f',
    '\x18',
    '~',
    'null',
    '12',
  ],
);
const line = fc
  .tuple(indentation, marks, key, value)
  .map(([indent, mark, name, text]) =>
    name === '' && text === '' && mark === '' ? indent : indent + mark + name + text,
  );
const start = fc.constantFrom(
  '',
  '',
  '',
  '',
  '',
  '---\n',
  '# c\n',
  '# c\n---\n',
  '--- a\n',
  '%YAML 1.2\n---\n',
  '\ufeff',
);
const end = fc.constantFrom('', '\n', '\n', '\n\n', '\n  \n', '\n    ', ' ', '\n...\n');

/** Lines of keys, values, list marks and texts in one indentation or another: what is structure in one is text in another. */
export const yamlLines = fc
  .tuple(start, fc.array(line, { minLength: 1, maxLength: 9 }), end)
  .map(([before, lines, after]) => before + lines.join('\n') + after);

/** Brackets and what stands in them, in any order. */
const flow = fc
  .tuple(
    fc.constantFrom('[', '{'),
    fc.array(
      fc.constantFrom(
        'a',
        'b c',
        '1',
        '-2',
        '"q"',
        "'it''s'",
        '"\\""',
        ', ',
        ', ',
        ',',
        ': ',
        ': ',
        ':',
        '[',
        ']',
        '{',
        '}',
        '- ',
        '#',
        ' # ',
        '{{ v }}',
        '&k ',
        '*k',
      ),
      { maxLength: 9 },
    ),
    fc.constantFrom(']', '}', '', '] # c', '}  '),
  )
  .map(([open, parts, close]) => open + parts.join('') + close);
const soundFlow = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('a', 'b c', '1', '-2', '"q"', "'it''s'", '"\\""', "''", 'x:y', 'a"b', '{{ v }}', 'a#b'),
    fc
      .tuple(
        fc.boolean(),
        fc.array(fc.tuple(fc.constantFrom('k: ', '"k": ', "'k':", '"k":', 'k : ', '1: ', '"a\\"": '), tie('value')), {
          maxLength: 3,
        }),
        fc.constantFrom(', ', ',', ' , '),
        fc.constantFrom('', '', ' ', ', ', ','),
      )
      .map(([isMap, entries, comma, last]) =>
        isMap
          ? `{${entries.map(([key, item]) => key + item).join(comma)}${last}}`
          : `[${entries.map(([, item]) => item).join(comma)}${last}]`,
      ),
  ),
})).value;

/** One text in one of the styles of YAML; lines that follow are indented by `by`. */
const styled = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom('user', 'some words', '12', 'a: b', 'x # y', '-z', 'é 😀', '', '"', "it's", '@x'),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom('', '', '"', "'"),
        fc.array(
          fc.constantFrom('', 'words', '  more', 'a\\b', "it''s", '\\"', '- x', '# c', 'k: v', 'x:', '---', '\t'),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
      )
      .map(([quote, lines]) => quote + lines.join('\n') + quote),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom('|', '>', '|-', '>-', '|+', '>+', '|2', '|1-', '>3', '|- # c'),
        fc.array(fc.constantFrom('', ' ', '   ', 'words', '  more', 'k: v', '- x', '# c', '\tx', 'a \t', '"', '---'), {
          maxLength: 5,
        }),
      )
      .map(([head, lines]) => [head, ...lines].join('\n')),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(flow, soundFlow, soundFlow),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '[a, "b"]',
      '{a: b, c: [d]}',
      '[]',
      '[a',
      '{{ v }}',
      '[{{ v }}]',
      '{a: 1}: x',
      '[a] # c',
      '{a: b} c',
    ),
  },
);
/** What stands between two entries. */
const between = fc.constantFrom('', '', '', '', '', '\n', '# c\n', '  # c\n', '    # c\n', '  \n', '\n\n', '#c\n');
const keys = fc.constantFrom('role', 'content', 'a b', '"q"', "'s'", '<<', '-k', 'x:y', '1', 'long key of words');

interface Written {
  readonly lines: string;
  /** Whether it may follow a key on its line. */
  readonly isBlock: boolean;
}

const indentedBy = (text: string, by: number): string => text.replaceAll(/\n(?=[^\n])/g, `\n${' '.repeat(by)}`);

const collections = fc.letrec<{ value: Written }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    styled.map((text) => ({ lines: text, isBlock: false })),
    fc
      .tuple(
        fc.boolean(),
        fc.constantFrom(0, 1, 2, 2, 4),
        fc.array(
          fc.tuple(
            between,
            keys,
            fc.constantFrom('', '', '', ' ', '  '),
            fc.constantFrom('', '', ' # c', ' '),
            tie('value'),
          ),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
      )
      .map(([isMap, by, entries]) => ({
        isBlock: true,
        lines: entries
          .map(([before, key, gap, after, { lines, isBlock }], at) => {
            const lead = at === 0 ? '' : before;
            const below = `\n${' '.repeat(by)}`;
            if (isMap) return `${lead}${key}:${isBlock ? after + below : ` ${gap}`}${indentedBy(lines, by)}`;
            return `${lead}-${isBlock && by > 2 ? after + below : ` ${gap}`}${indentedBy(lines, isBlock && by > 2 ? by : 2 + gap.length)}`;
          })
          .join('\n'),
      })),
  ),
})).value;

/** Block collections with every kind of text in them, comments and blank lines between: a good part of it is sound. */
export const yamlBlocks = fc
  .tuple(start, fc.array(fc.tuple(between, keys, collections), { minLength: 1, maxLength: 4 }), end)
  .map(
    ([before, entries, after]) =>
      before +
      entries
        .map(([lead, key, { lines, isBlock }]) => `${lead}${key}:${isBlock ? '\n  ' : ' '}${indentedBy(lines, 2)}`)
        .join('\n') +
      after,
  );
