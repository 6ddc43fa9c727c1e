/** Varied text of any length for comparing tokenizers: prose in many scripts, code, JSON, numbers, and what breaks them. */
import fs from 'node:fs';
import path from 'node:path';
import { CONTRACTIONS, CONTROLS, EMOJI, LETTERS, LOOK_ALIKES, NUMBERS, PUNCTUATION, WHITE_SPACE } from './atoms.js';
import { seededRandom, type Random } from './random.js';

const LOCALES =
  'en de fr es pt it nl sv fi pl cs hu ro tr vi id el ru uk bg sr hy ka he ar fa ur hi mr bn pa gu ta te kn ml si th lo my km am zh zh-Hant ja ko mn'.split(
    ' ',
  );

const REGIONS = 'US DE FR ES IT GB CN JP KR IN BR RU ZA EG NG KE MX CA AU NZ SE NO FI PL GR TR IR IQ IL SA TH VN'.split(
  ' ',
);
const LANGUAGES = 'en de fr es it zh ja ko hi ar ru pt bn ta te sw fa tr pl uk el he th vi id'.split(' ');

/** Words of a locale, from the names of countries and languages in it. */
function wordsOf(locale: string): string[] {
  const regions = new Intl.DisplayNames([locale], { type: 'region' });
  const languages = new Intl.DisplayNames([locale], { type: 'language' });
  return [...REGIONS.map((code) => regions.of(code)!), ...LANGUAGES.map((code) => languages.of(code)!)];
}

const vocabulary = new Map<string, readonly string[]>();

function prose(random: Random): string {
  const locale = random.pick(LOCALES);
  const words = vocabulary.get(locale) ?? wordsOf(locale);
  vocabulary.set(locale, words);
  const gap = /^(zh|ja|th|lo|km|my)/.test(locale) ? '' : ' ';
  const stop = /^(zh|ja)/.test(locale) ? '。' : '. ';
  let text = '';
  for (let sentence = 0; sentence < 8; sentence++) {
    const length = 3 + random.int(15);
    text += Array.from({ length }, () => random.pick(words)).join(gap) + (random.int(5) ? stop : '\n\n');
  }
  return text;
}

const ATOMS = [LETTERS, LETTERS, PUNCTUATION, WHITE_SPACE, NUMBERS, EMOJI, CONTRACTIONS, CONTROLS, LOOK_ALIKES];

/** `length` tricky atoms in a row. */
export function adversarial(random: Random, length: number): string {
  let text = '';
  for (let index = 0; index < length; index++) text += random.pick(random.pick(ATOMS));
  return text;
}

/** Code points from anywhere in Unicode, surrogates and unassigned ones too. */
function anyCodePoints(random: Random): string {
  const limits = [0x80, 0x500, 0x3000, 0x10000, 0x20000, 0x110000];
  let text = '';
  for (let index = 0; index < 200; index++) text += String.fromCodePoint(random.int(random.pick(limits)));
  return text;
}

function json(random: Random): string {
  const value = (depth: number): unknown => {
    const kind = random.int(depth > 3 ? 3 : 5);
    if (kind === 0) return random.int(1e9) / random.pick([1, 10, 997]);
    if (kind === 1) return adversarial(random, random.int(6));
    if (kind === 2) return random.pick([true, false, null]);
    const size = random.int(5);
    if (kind === 3) return Array.from({ length: size }, () => value(depth + 1));
    return Object.fromEntries(Array.from({ length: size }, () => [random.pick(LETTERS), value(depth + 1)]));
  };
  return JSON.stringify(value(0), null, random.pick([0, 2, 4])) + '\n';
}

function runs(random: Random): string {
  const atom = random.pick(random.pick(ATOMS));
  return atom.repeat(1 + random.int(300)) + random.pick(['', ' ', 'a', '\n', '.']);
}

let sources: string | null = null;

/** Real code and documentation, from packages that the project is developed with. */
function source(random: Random): string {
  const modules = path.resolve(__dirname, '../../../../node_modules');
  const files = ['typescript/lib/lib.dom.d.ts', 'typescript/lib/_tsc.js', 'mocha/README.md', 'fast-check/README.md'];
  sources ??= files.map((file) => fs.readFileSync(path.join(modules, file), 'utf8')).join('\n');
  const at = random.int(sources.length - 4000);
  return sources.slice(at, at + 1000 + random.int(3000));
}

const mixed = (random: Random): string => adversarial(random, 60);
const KINDS = [prose, prose, prose, prose, source, source, json, mixed, anyCodePoints, runs];

/** Texts of 0.1 to 4 kB each until together they are `length` code units or more. */
export function* corpus(seed: number, length: number): Generator<string, void> {
  const random = seededRandom(seed);
  for (let made = 0; made < length;) {
    const text = random.pick(KINDS)(random);
    made += text.length;
    yield text;
  }
}

/** Short strings: random atoms, and pieces of the corpus with atoms put in at random. */
export function* shortStrings(seed: number, count: number): Generator<string, void> {
  const random = seededRandom(seed);
  for (let index = 0; index < count; index++) {
    if (random.int(2)) {
      yield adversarial(random, 1 + random.int(12));
      continue;
    }
    const text = random.pick([prose, source, anyCodePoints])(random);
    const at = random.int(text.length);
    const cut = text.slice(at, at + random.int(40));
    const middle = random.int(cut.length + 1);
    yield cut.slice(0, middle) + adversarial(random, 1 + random.int(3)) + cut.slice(middle);
  }
}
