/** What a tokenizer.json does to a text before it merges: normalising, and splitting. */
import { z } from 'zod';
import { toNfc } from '../bpe/normalize.js';
import { deepseek, gpt2, type Scanner } from '../bpe/scanners.js';
import { DEEPSEEK, scannerOf, translate } from './expressions.js';
import { Unsupported, type Step } from './readTokenizerFile.js';
import {
  atMarks,
  behaviorOf,
  byExpression,
  byScanner,
  byString,
  digits,
  inTurn,
  inverted,
  scannerOfStage,
  splitBy,
  type Stage,
} from './stages.js';

const MARK = '\u2581';

/** Said where a tokenizer puts a blank in front of a text that has none. */
const PREFIX_NOTE = 'its tokenizer puts a blank before each text; within a chat none is counted';

export interface Normalizer {
  readonly nfc: boolean;
  /** Whether blanks become U+2581. */
  readonly marks: boolean;
  readonly notes: readonly string[];
}

const pattern = z.object({ String: z.string().optional(), Regex: z.string().optional() });
const replace = z.object({ pattern, content: z.string() });
const list = z.array(z.looseObject({ type: z.string() }));

function partsOf(step: Step, key: string, where: string): Step[] {
  const found = list.safeParse(step[key]);
  if (found.success) return found.data;
  throw new Unsupported(`${where}.${key}: expected a list of steps, each with its type`);
}

const unsupported = (where: string, type: string, known: string): Unsupported =>
  new Unsupported(`${where}: '${type}' is not supported yet; expected ${known}`);

/** @throws Unsupported */
export function readNormalizer(step: Step | null): Normalizer {
  const nothing: Normalizer = { nfc: false, marks: false, notes: [] };
  if (!step) return nothing;
  switch (step.type) {
    case 'Sequence':
      return partsOf(step, 'normalizers', 'normalizer')
        .map(readNormalizer)
        .reduce(
          (a, b) => ({ nfc: a.nfc || b.nfc, marks: a.marks || b.marks, notes: [...a.notes, ...b.notes] }),
          nothing,
        );
    case 'NFC':
      return { ...nothing, nfc: true };
    case 'Replace': {
      const { data } = replace.safeParse(step);
      if (data?.pattern.String === ' ' && data.content === MARK) return { ...nothing, marks: true };
      throw unsupported('normalizer', 'Replace', `a blank replaced by ${MARK}`);
    }
    case 'Prepend':
      if (step['prepend'] === MARK) return { ...nothing, notes: [PREFIX_NOTE] };
      throw unsupported('normalizer', 'Prepend', `${MARK} in front`);
    default:
      throw unsupported('normalizer', step.type, 'NFC, Replace, Prepend or a Sequence of these');
  }
}

export const normalizing = ({ nfc }: Normalizer): ((text: string) => string) => (nfc ? toNfc : (text) => text);

export interface Splitting {
  /** Tokens are written as byte-level vocabularies write them. */
  readonly byteLevel: boolean;
  /** Whether blanks become U+2581. */
  readonly marks: boolean;
  /** Null where texts are not split. */
  readonly scanner: ((part: string) => Scanner) | null;
  /** Whether an expression is run for which there is no scanner. */
  readonly translated: boolean;
  readonly notes: readonly string[];
}

const KNOWN_STEPS =
  'ByteLevel, Split, Digits, Punctuation, Metaspace, Whitespace, WhitespaceSplit or a Sequence of these';

/** The steps of a pre-tokenizer, Sequences within it laid out flat. */
const flat = (step: Step | null): Step[] =>
  !step ? [] : step.type === 'Sequence' ? partsOf(step, 'pretokenizers', 'pre_tokenizer').flatMap(flat) : [step];

/** A step: a scanner where there is one for it, else a stage; neither where it splits nothing. */
interface Splitter {
  readonly scanner?: Scanner;
  readonly stage?: Stage;
  readonly translated?: boolean;
}

/** Whether a step splits at blanks, of which there are none where all became U+2581: Gemma has such a one. */
const splitsAtBlanks = ({ type, invert, pattern: by }: Step): boolean =>
  type === 'Split' && invert !== true && pattern.safeParse(by).data?.String === ' ';

/**
 * @param marked whether all blanks are U+2581 before
 * @throws Unsupported
 */
export function readPreTokenizer(step: Step | null, marked: boolean): Splitting {
  const steps = flat(step).filter((each) => !(marked && splitsAtBlanks(each)));
  const notes: string[] = [];
  steps.forEach((each, at) => {
    if (each.type === 'ByteLevel' && at < steps.length - 1) {
      throw new Unsupported(
        `pre_tokenizer: ByteLevel before ${steps[at + 1]!.type} is not supported yet; expected it last`,
      );
    }
    if (each.type === 'Metaspace' && at > 0) {
      throw new Unsupported('pre_tokenizer: Metaspace after another step is not supported yet; expected it first');
    }
    if (each.type === 'ByteLevel' && each['add_prefix_space'] === true) notes.push(PREFIX_NOTE);
    if (each.type === 'Metaspace' && prefixes(each)) notes.push(PREFIX_NOTE);
  });
  const common = {
    byteLevel: steps.some(({ type }) => type === 'ByteLevel'),
    marks: steps.some(({ type }) => type === 'Metaspace'),
    notes,
  };
  const splitters = isDeepseek(steps) ? [{ scanner: deepseek }] : steps.map(splitterOf);
  const active: Splitter[] = splitters.filter((each: Splitter) => each.scanner ?? each.stage);
  const translated = active.some((each) => each.translated === true);
  if (active.length === 0) return { ...common, translated, scanner: null };
  const single = active.length === 1 ? active[0]!.scanner : undefined;
  if (single) return { ...common, translated, scanner: () => single };
  const stage = inTurn(active.map((each) => each.stage ?? byScanner(each.scanner!)));
  return { ...common, translated, scanner: (part) => scannerOfStage(stage, part) };
}

/** Whether a blank is put in front of every text; `first`: only of the prompt, which templates begin with a token. */
function prefixes(step: Step): boolean {
  const { prepend_scheme: scheme, add_prefix_space: old } = step;
  return typeof scheme === 'string' ? scheme === 'always' : old !== false;
}

function isDeepseek(steps: readonly Step[]): boolean {
  if (steps.length !== DEEPSEEK.length + 1 || steps.at(-1)!['use_regex'] !== false) return false;
  return DEEPSEEK.every((source, at) => {
    const { type, behavior, invert, pattern: by } = steps[at]!;
    return (
      type === 'Split' && behavior === 'Isolated' && invert !== true && pattern.safeParse(by).data?.Regex === source
    );
  });
}

function splitterOf(step: Step): Splitter {
  switch (step.type) {
    case 'ByteLevel':
      return step['use_regex'] === false ? {} : { scanner: gpt2 };
    case 'Split':
      return splitOf(step);
    case 'Digits':
      return { stage: digits(step['individual_digits'] === true) };
    case 'Punctuation': {
      const behavior = behaviorOf(step['behavior'] ?? 'Isolated', 'pre_tokenizer.behavior');
      return { stage: splitBy(byExpression(/[!-/:-@[-`{-~]|\p{P}/gu), behavior) };
    }
    case 'WhitespaceSplit':
      return { stage: splitBy(byExpression(/\p{White_Space}+/gu), 'Removed') };
    case 'Whitespace':
      return { stage: splitBy(inverted(byExpression(translate('\\w+|[^\\w\\s]+'))), 'Removed') };
    case 'Metaspace':
      if ((step['replacement'] ?? MARK) !== MARK) {
        throw unsupported('pre_tokenizer', `Metaspace with ${JSON.stringify(step['replacement'])}`, MARK);
      }
      return step['split'] === false ? {} : { stage: atMarks };
    default:
      throw unsupported('pre_tokenizer', step.type, KNOWN_STEPS);
  }
}

function splitOf(step: Step): Splitter {
  const behavior = behaviorOf(step['behavior'], 'pre_tokenizer.behavior');
  const invert = step['invert'] === true;
  const { data } = pattern.safeParse(step['pattern']);
  if (data?.Regex !== undefined) {
    const scanner = scannerOf(data.Regex);
    // The matches are the whole text: what is kept of it, and how, is the same.
    if (scanner && (invert ? behavior === 'Removed' || behavior === 'Isolated' : behavior === 'Isolated'))
      return { scanner };
    const found = byExpression(translate(data.Regex));
    return { stage: splitBy(invert ? inverted(found) : found, behavior), translated: true };
  }
  if (data?.String !== undefined && data.String !== '') {
    const found = byString(data.String);
    return { stage: splitBy(invert ? inverted(found) : found, behavior) };
  }
  throw new Unsupported('pre_tokenizer.pattern: expected {"Regex": ...} or {"String": ...}');
}
