/** Ways in which a document goes wrong: typing, cutting, pasting, files joined by accident, and malice. */
import type { Random } from '../../tokens/random.js';
import type { Seed } from './seeds.js';

/** Characters and words that some format gives a meaning to. */
const STRUCTURE = [
  ...'{}[]()<>"\'`,:;|-#*_~>/\\%&!?@=+.$^ \t\n\r',
  '\r\n',
  '\n\n',
  '\\"',
  '\\u12',
  '\\n',
  '```',
  '---',
  '\n---\n',
  '...\n',
  '"role":',
  '"content":',
  '"messages":[',
  '"parts":[{"text":',
  'role: ',
  '- ',
  '|\n  ',
  '>-\n',
  ': ',
  '&a ',
  '*a',
  '<<: ',
  '!!str ',
  '{{',
  '}}',
  '{%',
  '%}',
  '{#',
  '<!--',
  '-->',
  '</',
  '/>',
  '<![CDATA[',
  '\nUser: ',
  '\nAssistant: ',
  '\n## User\n',
  '\n#### ',
  '<|im_start|>',
  '<|im_end|>',
  '[INST]',
  '[/INST]',
  '<s>',
  '\u0000',
  '\ufeff',
  '\u2028',
  '\u00a0',
  '\ud83d',
  '\ude00',
  '😀',
  'é',
  '日本語',
  '1e999',
  'null',
  'true',
  '[object Object]',
  '__proto__',
  'constructor',
  'toString',
];

/** No document gets longer, so that the time budget of one means something. */
const LONGEST = 60_000;

type Mutation = (text: string, random: Random, other: () => string) => string;

const place = (text: string, random: Random): number => random.int(text.length + 1);

/** A stretch: mostly a few characters, at times a large part. */
function stretch(text: string, random: Random): readonly [start: number, end: number] {
  const start = place(text, random);
  const length = random.int(random.pick([3, 12, 80, text.length + 1]));
  return [start, Math.min(text.length, start + length)];
}

/** A whole line, with its end. */
function line(text: string, random: Random): readonly [start: number, end: number] {
  const at = place(text, random);
  const start = text.lastIndexOf('\n', at - 1) + 1;
  const end = text.indexOf('\n', at);
  return [start, end < 0 ? text.length : end + 1];
}

const replace = (text: string, start: number, end: number, by: string): string =>
  text.slice(0, start) + by + text.slice(end);
const insert = (text: string, random: Random, scrap: string): string => {
  const at = place(text, random);
  return replace(text, at, at, scrap);
};

const MUTATIONS: readonly Mutation[] = [
  // A character typed, changed, lost.
  (text, random) => insert(text, random, random.pick(STRUCTURE)),
  (text, random) => insert(text, random, random.pick(STRUCTURE)),
  (text, random) => {
    const at = place(text, random);
    return replace(text, at, at + 1, random.pick(STRUCTURE));
  },
  (text, random) => {
    const at = place(text, random);
    return replace(text, at, at + 1, '');
  },
  (text, random) => {
    const at = place(text, random);
    // A bit of a byte flipped.
    return at < text.length
      ? replace(text, at, at + 1, String.fromCharCode(text.charCodeAt(at) ^ (1 << random.int(8))))
      : text;
  },
  // Cut: a stretch, a line, the rest, the beginning.
  (text, random) => replace(text, ...stretch(text, random), ''),
  (text, random) => replace(text, ...line(text, random), ''),
  (text, random) => text.slice(0, place(text, random)),
  (text, random) => text.slice(place(text, random)),
  // Copied: a stretch or a line, once or often.
  (text, random) => insert(text, random, text.slice(...stretch(text, random))),
  (text, random) => insert(text, random, text.slice(...line(text, random))),
  (text, random) => {
    const copied = text.slice(...(random.int(2) === 0 ? line(text, random) : stretch(text, random)));
    const most = random.int(20) === 0 ? 3000 : 6;
    return insert(text, random, copied.repeat(Math.min(random.int(most), Math.floor(8000 / (copied.length + 1)))));
  },
  // Two stretches change places.
  (text, random) => {
    const [start, end] = stretch(text, random);
    return insert(replace(text, start, end, ''), random, text.slice(start, end));
  },
  // Pasted from another file, of this format or of another.
  (text, random, other) => {
    const source = other();
    return insert(text, random, source.slice(...stretch(source, random)));
  },
  (text, random, other) => {
    const source = other();
    return insert(text, random, source.slice(...line(source, random)));
  },
  (text, random, other) => {
    const source = other();
    return text.slice(0, place(text, random)) + source.slice(place(source, random));
  },
  // Indented, unindented, with other line ends.
  (text, random) => {
    const [start, end] = stretch(text, random);
    const by = random.pick(['  ', '\t', ' ', '> ', '    ']);
    return replace(text, start, end, text.slice(start, end).replaceAll('\n', `\n${by}`));
  },
  (text, random) => {
    const [start, end] = stretch(text, random);
    return replace(text, start, end, text.slice(start, end).replaceAll(/\n[ \t]+/g, '\n'));
  },
  (text, random) => text.replaceAll(/\r\n|\n|\r/g, random.pick(['\n', '\r\n', '\r'])),
];

/** The text after one to six accidents; sometimes none. */
export function mutate(text: string, random: Random, seeds: readonly Seed[]): string {
  let mutated = text;
  for (let left = random.int(7); left > 0; left--) {
    mutated = random
      .pick(MUTATIONS)(mutated, random, () => random.pick(seeds).text)
      .slice(0, LONGEST);
  }
  return mutated;
}
