/** Files and standard input as text, the way VS Code opens them. */
import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Problem } from '../core/index.js';
import { type CliIo, CliError } from './io.js';

/** V8 cannot hold a longer string. */
const MAX_TEXT_BYTES = 2 ** 29 - 2 ** 10;
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
 * @param name path, or `-` for standard input
 * @throws CliError when there is no such file, it is a folder, binary, or too long for one text
 */
export async function readInput(name: string, io: CliIo): Promise<InputText> {
  if (name === '-') return decode('-', await buffer(io.stdin));
  const file = resolvePath(name, io);
  try {
    const { size } = await stat(file);
    if (size > MAX_TEXT_BYTES) {
      throw new CliError(`${name}: ${(size / 1e6).toFixed(0)} MB is too long for one text; use annotate --stream`);
    }
    return decode(name, await readFile(file));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw fileError(name, error as NodeJS.ErrnoException);
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

/** @throws CliError when the bytes are no text. */
export function refuseBinary(name: string, bytes: Uint8Array): void {
  if (bytes.subarray(0, BINARY_SAMPLE_BYTES).includes(0)) {
    throw new CliError(`${name}: binary, not text (a zero byte in its first ${BINARY_SAMPLE_BYTES} bytes)`);
  }
}

function decode(name: string, bytes: Buffer): InputText {
  refuseBinary(name, bytes);
  // TextDecoder drops a leading byte-order mark and puts U+FFFD for what is no UTF-8, as VS Code does.
  const text = new TextDecoder('utf-8').decode(bytes);
  if (isUtf8(bytes)) return { name, text, problems: [] };
  const at = Math.max(0, text.indexOf('\uFFFD'));
  const message = 'Invalid UTF-8: the bytes that are no text are counted as U+FFFD. Save the file as UTF-8.';
  return {
    name,
    text,
    problems: [{ code: 'invalid-utf8', severity: 'warning', message, span: { start: at, end: at + 1 } }],
  };
}
