/** The file operations under the history, each safe against an end at any moment. */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';

const lineEnd = 0x0a;

/** A name unlike any other: two windows never write one file. It says when and by which process. */
export function uniqueName(kind: string): string {
  const when = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return `${kind}-${when}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/**
 * Adds a line with one write and waits until it is on the disk. Where the file ends within a line (a write was cut
 * short), the new line begins on one of its own. The file is opened each time: it may have been merged away.
 */
export async function appendLine(file: string, line: string): Promise<void> {
  const handle = await fs.open(file, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1, lineEnd);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    const bytes = Buffer.from(`${last[0] === lineEnd ? '' : '\n'}${line}\n`);
    const { bytesWritten } = await handle.write(bytes);
    if (bytesWritten < bytes.length) throw new Error(`${file}: only ${bytesWritten} of ${bytes.length} bytes written`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A whole file or none: written beside, flushed, and put in place by one rename. */
export async function writeWhole(file: string, parts: readonly Uint8Array[]): Promise<void> {
  const beside = `${file}.tmp`;
  const handle = await fs.open(beside, 'wx', 0o600);
  try {
    await handle.writeFile(Buffer.concat(parts));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await fs.rename(beside, file);
  await syncFolder(path.dirname(file));
}

/** Makes names in a folder last; where the system cannot (Windows), it does so by itself. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await fs.open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // No way to ask for it here.
  }
}

/** The same, null where there is no such file any more. */
export async function unlessGone<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
