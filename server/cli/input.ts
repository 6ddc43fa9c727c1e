/** Files and standard input as text, the way VS Code opens them. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Problem } from '../core/index.js';
import { type CliIo, CliError } from './io.js';
import { MAX_TEXT_BYTES } from './lines.js';

/** What is said where bytes are no UTF-8. */
export const INVALID_UTF8 = 'Invalid UTF-8: the bytes that are no text are counted as U+FFFD. Save the file as UTF-8.';

const BINARY_SAMPLE_BYTES = 8192;

export interface InputText {
  /** As given on the command line; `-` for standard input. */
  readonly name: string;
  readonly text: string;
  /** `invalid-utf8`, where bytes had to be replaced. */
  readonly problems: readonly Problem[];
}

/** The absolute path of a FILE argument. */
export const resolvePath = (name: string, io: CliIo): string => path.resolve(io.cwd, name);

/**
 * A file or standard input as a stream that ends when the user interrupts, also while it waits for more.
 *
 * @param highWaterMark bytes of a file that are read at a time
 */
export const openInput = (name: string, io: CliIo, highWaterMark?: number): Readable =>
  addAbortSignal(
    io.signal,
    name === '-'
      ? io.stdin
      : createReadStream(resolvePath(name, io), highWaterMark === undefined ? {} : { highWaterMark }),
  );

/**
 * @param name path, or `-` for standard input
 * @throws CliError when there is no such file, it is a folder, binary, or too long for one text
 */
export async function readInput(name: string, io: CliIo): Promise<InputText> {
  if (name === '-') return decode('-', await buffer(openInput('-', io)));
  const file = resolvePath(name, io);
  try {
    refuseTooLong(name, (await stat(file)).size);
    return decode(name, await readFile(file));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw fileError(name, error as NodeJS.ErrnoException);
  }
}

/**
 * The content of a JSON file given as `--option FILE`.
 *
 * @throws CliError naming the option and the file
 */
export async function readJsonFile(option: string, name: string, io: CliIo): Promise<unknown> {
  try {
    return JSON.parse(await readFile(resolvePath(name, io), 'utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) throw new CliError(`--${option} ${name}: not JSON (${error.message})`);
    throw fileError(`--${option} ${name}`, error as NodeJS.ErrnoException);
  }
}

/** A file-system error as one clear line. */
export function fileError(name: string, error: NodeJS.ErrnoException): CliError {
  const reason: Record<string, string> = {
    ENOENT: 'no such file',
    EISDIR: 'is a folder; name the files in it',
    EACCES: 'permission denied',
  };
  return new CliError(`${name}: ${reason[error.code ?? ''] ?? error.message}`);
}

/** @throws CliError when the bytes are more than a text can hold. */
function refuseTooLong(name: string, size: number): void {
  if (size <= MAX_TEXT_BYTES) return;
  throw new CliError(
    `${name}: ${(size / 1e6).toFixed(0)} MB is too long for one text; split it, or make it JSON Lines for annotate --stream`,
  );
}

/** What files that are no text begin with (in Latin-1), what they are, and what to do with them. */
const BINARIES: readonly (readonly [beginning: string, what: string])[] = [
  ['\x1f\x8b', 'compressed with gzip; unpack it first: gzip -dc FILE | joulelens ... -'],
  ['\x28\xb5\x2f\xfd', 'compressed with Zstandard; unpack it first: zstd -dc FILE | joulelens ... -'],
  ['\xfd7zXZ\0', 'compressed with xz; unpack it first: xz -dc FILE | joulelens ... -'],
  ['BZh', 'compressed with bzip2; unpack it first: bzip2 -dc FILE | joulelens ... -'],
  ['PK\x03\x04', 'a ZIP archive; unpack it first'],
  ['PAR1', 'a Parquet file; write its rows as JSON Lines first'],
  ['\xff\xfe', 'UTF-16; save it as UTF-8'],
  ['\xfe\xff', 'UTF-16; save it as UTF-8'],
];

/** @throws CliError when the bytes are no text, saying what they are. */
export function refuseBinary(name: string, bytes: Uint8Array): void {
  const sample = bytes.subarray(0, BINARY_SAMPLE_BYTES);
  if (!sample.includes(0) && isUtf8(sample.subarray(0, LONGEST_BEGINNING))) return;
  const label = name === '-' ? 'standard input' : name;
  const beginning = Buffer.from(sample.subarray(0, LONGEST_BEGINNING)).toString('latin1');
  const known = BINARIES.find(([each]) => beginning.startsWith(each));
  if (known) throw new CliError(`${label}: ${known[1]}`);
  if (!sample.includes(0)) return;
  throw new CliError(`${label}: binary, not text (a zero byte in its first ${BINARY_SAMPLE_BYTES} bytes)`);
}

const LONGEST_BEGINNING = 6;

function decode(name: string, bytes: Buffer): InputText {
  refuseBinary(name, bytes);
  refuseTooLong(name, bytes.length);
  // TextDecoder drops a leading byte-order mark and puts U+FFFD for what is no UTF-8, as VS Code does.
  const text = new TextDecoder('utf-8').decode(bytes);
  if (isUtf8(bytes)) return { name, text, problems: [] };
  const at = Math.max(0, text.indexOf('\uFFFD'));
  return {
    name,
    text,
    problems: [{ code: 'invalid-utf8', severity: 'warning', message: INVALID_UTF8, span: { start: at, end: at + 1 } }],
  };
}
