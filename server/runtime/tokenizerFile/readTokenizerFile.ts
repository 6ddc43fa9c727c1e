/** A user's `tokenizer.json` from disk: opened with care, parsed, and checked as far as counting needs it. */
import fs from 'node:fs';
import { visit } from 'jsonc-parser';
import { z } from 'zod';

/** Largest file that is read, in bytes. The largest published ones have 35 MB. */
export const MOST_BYTES = 128 * 1024 * 1024;

const EXPECTED = "expected a Hugging Face tokenizer.json, the file that holds a model's 'added_tokens' and 'model'";

/** A tokenizer.json that cannot be used. The message names the file, what is wrong and what was expected, in one line. */
export class TokenizerFileError extends Error {
  override readonly name = 'TokenizerFileError';
}

/** Wrong in what the file says; the caller puts the file's name in front. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}

const addedToken = z.object({
  id: z.int().nonnegative(),
  content: z.string(),
  special: z.boolean().default(false),
  normalized: z.boolean().default(false),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
});

const step = z.looseObject({ type: z.string() });

const bpeModel = z.object({
  dropout: z.number().nullish(),
  unk_token: z.string().nullish(),
  continuing_subword_prefix: z.string().nullish(),
  end_of_word_suffix: z.string().nullish(),
  fuse_unk: z.boolean().nullish(),
  byte_fallback: z.boolean().nullish(),
  ignore_merges: z.boolean().nullish(),
});

const outer = z.object({
  added_tokens: z.array(addedToken).nullish(),
  normalizer: step.nullish(),
  pre_tokenizer: step.nullish(),
  model: z.looseObject({ type: z.string().optional() }),
});

/** A step of normalising or splitting, by its type. */
export type Step = z.infer<typeof step>;
export type FileAddedToken = z.infer<typeof addedToken>;

/** What counting needs of a tokenizer.json. */
export interface TokenizerFile {
  readonly added: readonly FileAddedToken[];
  readonly normalizer: Step | null;
  readonly preTokenizer: Step | null;
  readonly model: z.infer<typeof bpeModel>;
  /** Token to id; checked when it is read. */
  readonly vocab: Readonly<Record<string, unknown>>;
  /** Pairs, or strings with a blank between the two; checked when they are read. */
  readonly merges: readonly unknown[];
}

const OTHER_MODELS = ['Unigram', 'WordPiece', 'WordLevel'];

const reasonOf = (error: NodeJS.ErrnoException): string => {
  const reasons: Record<string, string> = {
    ENOENT: 'no such file',
    ENOTDIR: 'no such file',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
  };
  return reasons[error.code ?? ''] ?? error.code ?? error.message;
};

/** The text of a tokenizer's file. @throws TokenizerFileError */
export function openTokenizerFile(file: string): string {
  try {
    return readText(file);
  } catch (error) {
    const reason =
      error instanceof Unsupported
        ? error.message
        : `cannot be read (${reasonOf(error as NodeJS.ErrnoException)}); ${EXPECTED}`;
    throw new TokenizerFileError(`${file}: ${reason}`, { cause: error });
  }
}

/** @param text the file's. @throws TokenizerFileError */
export function readTokenizerFile(file: string, text: string): TokenizerFile {
  try {
    return checked(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof Unsupported || error instanceof SyntaxError)) throw error;
    const reason =
      error instanceof Unsupported ? error.message : `no valid JSON, ${placeOf(error.message, text)}; ${EXPECTED}`;
    throw new TokenizerFileError(`${file}: ${reason}`, { cause: error });
  }
}

/** Where JSON ends to be valid; `message` is what the parser says of it. */
function placeOf(message: string, text: string): string {
  let position = text.length;
  const stop = new Error('found');
  try {
    visit(
      text,
      {
        onError: (_, offset) => {
          position = offset;
          throw stop;
        },
      },
      { disallowComments: true },
    );
  } catch (error) {
    if (error !== stop) throw error;
  }
  const line = text.slice(0, position).split('\n');
  const place = `line ${line.length}, column ${line.at(-1)!.length + 1}`;
  const cut = /end of JSON|Unterminated/.test(message) || message.includes(`at position ${text.length}`);
  return cut || position >= text.trimEnd().length ? `it breaks off at ${place}` : `at ${place}`;
}

/** @throws Unsupported, or what the file system says */
function readText(file: string): string {
  // Looked at before it is opened: opening a pipe would wait for ever.
  const { size } = regular(fs.statSync(file));
  const handle = fs.openSync(file, 'r');
  try {
    regular(fs.fstatSync(handle));
    const bytes = Buffer.alloc(size);
    let read = 0;
    while (read < size) {
      const count = fs.readSync(handle, bytes, read, size - read, read);
      if (count === 0) break;
      read += count;
    }
    return bytes.toString('utf8', 0, read).replace(/^\uFEFF/, '');
  } finally {
    fs.closeSync(handle);
  }
}

function regular(stats: fs.Stats): fs.Stats {
  if (!stats.isFile()) throw new Unsupported(`${stats.isDirectory() ? 'a folder' : 'no regular file'}; ${EXPECTED}`);
  if (stats.size <= MOST_BYTES) return stats;
  const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
  throw new Unsupported(
    `${megabytes(stats.size)} is too large to be read, at most ${megabytes(MOST_BYTES)}; ${EXPECTED}`,
  );
}

function formOf<T>(schema: z.ZodType<T>, value: unknown, within: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const where = [within, ...issue.path.map(String)].filter((part) => part !== '').join('.');
  const message = issue.message.replace(/^Invalid input: /, '');
  throw new Unsupported(`${where === '' ? '' : `${where}: `}${message}; ${EXPECTED}`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function checked(value: unknown): TokenizerFile {
  const { added_tokens, normalizer, pre_tokenizer, model } = formOf(outer, value, '');
  const { vocab, merges } = model;
  // Files of the first versions have no type; their form tells.
  const type = model.type ?? (Array.isArray(merges) ? 'BPE' : 'unknown');
  if (type !== 'BPE') {
    const known = OTHER_MODELS.includes(type) ? `${type} is not supported yet` : `unknown type '${type}'`;
    throw new Unsupported(`model.type: ${known}; expected BPE`);
  }
  if (!isObject(vocab)) throw new Unsupported('model.vocab: expected an object of token to id, as BPE models have it');
  if (!Array.isArray(merges)) throw new Unsupported('model.merges: expected a list of pairs, as BPE models have it');
  return {
    added: added_tokens ?? [],
    normalizer: normalizer ?? null,
    preTokenizer: pre_tokenizer ?? null,
    model: formOf(bpeModel, model, 'model'),
    vocab,
    merges: merges as unknown[],
  };
}
