/** A user's `tokenizer.json`, or list of ranks, as a tokenizer, and what is to be said of it. */
import { addedTokenFinder } from '../bpe/addedTokens.js';
import { BpeTokenizer, splitAtAdded, withBlanks, type BpeParts, type TextPart } from '../bpe/tokenizer.js';
import { wordScanner } from '../bpe/words.js';
import { readBpeModel, type BpeModel } from './bpeModel.js';
import { holdsCut, unsafeCut } from './cuts.js';
import { isRanks, readRanks } from './ranksFile.js';
import {
  openTokenizerFile,
  readTokenizerFile,
  TokenizerFileError,
  Unsupported,
  type FileAddedToken,
} from './readTokenizerFile.js';
import { normalizing, readNormalizer, readPreTokenizer, type Splitting } from './steps.js';

export { TokenizerFileError } from './readTokenizerFile.js';

export interface FileTokenizer {
  readonly tokenizer: BpeTokenizer;
  /** Whether blanks are written as U+2581. */
  readonly marks: boolean;
  /** Whether everything the file says is followed. */
  readonly exact: boolean;
  /** Why it is not, and what else is assumed; one phrase each. */
  readonly notes: readonly string[];
  /** Texts of the special tokens, which stand in templates and are plain text elsewhere. */
  readonly specialTokens: readonly string[];
  /** Why what a template adds is not exact, one phrase each. */
  readonly templateNotes: readonly string[];
}

/**
 * Loads a tokenizer.json, about a second for the largest ones.
 *
 * @param vocabulary the id that its texts are counted under, for the places where they are cut
 * @throws TokenizerFileError
 */
export function loadTokenizerFile(file: string, vocabulary: string): FileTokenizer {
  const text = openTokenizerFile(file);
  try {
    if (isRanks(text)) return fromRanks(text);
    const content = readTokenizerFile(file, text);
    const normalizer = readNormalizer(content.normalizer);
    const splitting = readPreTokenizer(content.preTokenizer, normalizer.marks);
    const model = readBpeModel(content, splitting.byteLevel);
    const marks = normalizer.marks || splitting.marks;
    const plain = content.added.filter(({ special }) => !special);
    const parts = partsOf(model, splitting, marks, normalizing(normalizer), plain);
    const tokenizer = new BpeTokenizer(parts);
    const notes = [...new Set([...normalizer.notes, ...splitting.notes, ...addedNotes(plain)])];
    const cut = unsafeCut(tokenizer, vocabulary);
    if (cut !== null || plain.some((token) => holdsCut(token.content)) || (marks && joinsWords(model))) {
      notes.push('it joins words, so that long texts, which are counted in parts, may be a few tokens off');
    }
    const special = content.added.filter((token) => token.special);
    const specialTokens = special.map((token) => token.content);
    const strips = special.some(({ lstrip, rstrip }) => lstrip || rstrip);
    const templateNotes = strips ? ['blanks beside its special tokens are counted, which it takes into them'] : [];
    return { tokenizer, marks, exact: notes.length === 0, notes, specialTokens, templateNotes };
  } catch (error) {
    if (error instanceof Unsupported) throw new TokenizerFileError(`${file}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** @throws Unsupported */
function fromRanks(text: string): FileTokenizer {
  const { definition, specialTokens } = readRanks(text);
  const tokenizer = new BpeTokenizer(definition);
  return { tokenizer, marks: false, exact: true, notes: [], specialTokens, templateNotes: [] };
}

/** What is not followed of the added tokens that stay tokens in a text. */
function addedNotes(plain: readonly FileAddedToken[]): string[] {
  const strip = plain.some(({ lstrip, rstrip }) => lstrip || rstrip);
  const words = plain.some((token) => token.single_word);
  return [
    ...(strip ? ['blanks beside its added tokens are counted, which it takes into them'] : []),
    ...(words ? ['its added tokens are found within words too'] : []),
  ];
}

/** Whether a token holds a letter with a blank after it. */
function joinsWords({ table }: BpeModel): boolean {
  for (let rank = 0; rank < table.size; rank++) {
    if (holdsCut(Buffer.from(withBlanks(table.bytesOf(rank))).toString())) return true;
  }
  return false;
}

/** Lone surrogates as U+FFFD, which they are counted as. */
const wellFormed = (text: string): string => (/\p{Cs}/u.test(text) ? text.replace(/\p{Cs}/gu, '\ufffd') : text);

function partsOf(
  model: BpeModel,
  splitting: Splitting,
  marks: boolean,
  normalize: (text: string) => string,
  plain: readonly FileAddedToken[],
): BpeParts {
  const tokens = (normalized: boolean): { id: number; text: string }[] =>
    plain
      .filter((token) => token.normalized === normalized && token.content !== '')
      .map(({ id, content }) => ({ id, text: normalized ? normalize(content) : content }));
  const findFirst = addedTokenFinder(tokens(false));
  const findThen = addedTokenFinder(tokens(true));
  const prepare = marks ? (text: string): string => text.replaceAll(' ', '\u2581') : (text: string): string => text;
  const words = wordScanner(model.table);
  const whole = (_: string, __: number, end: number): number => end;
  // Without splitting, words merge apart all the same, unless whole texts or unknown ones are looked at.
  const unsplit = marks && model.complete && !model.ignoresMerges ? words : whole;
  function* parts(text: string): Generator<TextPart, void> {
    for (const { part, id } of splitAtAdded(wellFormed(text), findFirst, normalize)) {
      if (id >= 0) yield { part, id };
      else yield* splitAtAdded(part, findThen, prepare);
    }
  }
  return {
    ...model,
    normalize: (text) => normalize(wellFormed(text)),
    parts,
    scanner: splitting.scanner ?? (() => unsplit),
    bytesOf: marks ? (id) => withBlanks(model.bytesOf(id)) : model.bytesOf,
  };
}
