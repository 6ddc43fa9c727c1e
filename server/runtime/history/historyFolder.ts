/**
 * The history of measurements in one folder: JSON Lines, one file for each window, merged on reading.
 *
 * Nothing here needs a lock. A window appends to a file of its own. Merging takes a file away by renaming it, writes what
 * it held into a new file, and only then deletes it: an end at any moment leaves each record in one file at least, and
 * one that stands in two counts once.
 */
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { recordLine, type HistoryRecord } from '../../core/history/index.js';
import { appendLine, syncFolder, uniqueName, unlessGone, writeWhole } from './files.js';
import { historyLines, mergeLines, type HistoryLine } from './lines.js';

/** What a folder holds. */
export interface History {
  /** In the order of time. */
  readonly records: readonly HistoryRecord[];
  /** Lines that are torn, damaged or of a newer version. They stay in their files. */
  readonly unreadable: number;
}

export interface HistoryFolder {
  /** Resolves when the record is on the disk. Rejects where it could not be written; what was there before stands. */
  append(record: HistoryRecord): Promise<void>;
  /** Of all windows, as the files stand now. */
  read(): Promise<History>;
  /** Deletes everything, or the records that `which` holds of. Resolves with the number of records deleted. */
  clear(which?: (record: HistoryRecord) => boolean): Promise<number>;
  /** Merges files that no window has written to lately, where they are many or large. Above the limit the oldest go. */
  tidy(): Promise<void>;
}

export interface HistoryOptions {
  /** Bytes of all files above which the oldest records go; default 32 MB, some 25,000 measurements. */
  readonly maxBytes?: number;
  /** Files up to this many are left as they are; default 12. */
  readonly maxFiles?: number;
  /** A file that was written to within so many milliseconds may be another window's: it is left alone; default an hour. */
  readonly quietMilliseconds?: number;
}

const ending = '.jsonl';
const unfinished = '.tmp';

/** What stays of the limit when the oldest go, so that it is not reached again at once. */
const keptShare = 0.75;

/** A merge does not take so long: what is as old as this, in milliseconds, was cut short. */
const cutShortMilliseconds = 24 * 3_600_000;

/** Reading again because files were moved meanwhile. */
const readAttempts = 20;

/** Deleting again because another window was merging files meanwhile. */
const clearAttempts = 5;

interface FileState {
  readonly size: number;
  readonly modified: number;
}

/** The history in `folder`, which is made when the first record is. */
export function openHistory(folder: string, options: HistoryOptions = {}): HistoryFolder {
  const { maxBytes = 32e6, maxFiles = 12, quietMilliseconds = 3_600_000 } = options;
  const own = path.join(folder, `${uniqueName('window')}${ending}`);
  const known = new Map<string, FileState & { readonly lines: HistoryLine[] }>();
  let isMade = false;
  let last: Promise<unknown> = Promise.resolve();

  /** One thing at a time in this process: a file is not merged while it is written to. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work, work);
    last = result.catch(() => undefined);
    return result;
  }

  /** The files with what is known of them, without the leftovers of a merge that was cut short. */
  async function states(): Promise<Map<string, FileState>> {
    const found = new Map<string, FileState>();
    for (const name of (await unlessGone(fs.readdir(folder))) ?? []) {
      if (!name.endsWith(ending)) continue;
      const stat = await unlessGone(fs.stat(path.join(folder, name)));
      if (stat?.isFile() === true) found.set(name, { size: stat.size, modified: stat.mtimeMs });
    }
    return found;
  }

  async function linesOf(name: string, state: FileState): Promise<HistoryLine[] | null> {
    const cached = known.get(name);
    if (cached?.size === state.size && cached.modified === state.modified) return cached.lines;
    const bytes = await unlessGone(fs.readFile(path.join(folder, name)));
    if (bytes === null) return null;
    const lines = await historyLines(bytes);
    // Not where it grew meanwhile: then the size is not the one that these lines belong to.
    if (bytes.length === state.size) known.set(name, { ...state, lines });
    return lines;
  }

  /** All lines. A file that another process renames while this reads is read under its new name. */
  async function allLines(): Promise<HistoryLine[]> {
    let lines: HistoryLine[] = [];
    for (let attempt = 0; attempt < readAttempts; attempt++) {
      const files = await states();
      const read = await Promise.all([...files].map(([name, state]) => linesOf(name, state)));
      lines = read.flatMap((each) => each ?? []);
      const after = await states();
      const same = after.size === files.size && [...after.keys()].every((name) => files.has(name));
      for (const name of known.keys()) if (!after.has(name)) known.delete(name);
      if (same && !read.includes(null)) break;
    }
    return lines;
  }

  /**
   * Puts the lines of some files, those that `keep` leaves, into one new file. Another process that does the same takes
   * other files: a rename succeeds once.
   */
  async function rewrite(names: readonly string[], keep: (lines: HistoryLine[]) => Buffer[]): Promise<void> {
    const taken: { file: string; size: number }[] = [];
    const lines: HistoryLine[] = [];
    for (const name of names) {
      const file = path.join(folder, `${uniqueName('merging')}${ending}`);
      if ((await unlessGone(fs.rename(path.join(folder, name), file).then(() => true))) !== true) continue;
      const bytes = await unlessGone(fs.readFile(file));
      if (bytes === null) continue;
      for (const line of await historyLines(bytes)) lines.push(line);
      taken.push({ file, size: bytes.length });
    }
    const kept = keep(lines).flatMap((line) => [line, Buffer.from('\n')]);
    if (kept.length > 0) await writeWhole(path.join(folder, `${uniqueName('merged')}${ending}`), kept);
    for (const { file, size } of taken) {
      // A window that had it open may have added a line after the rename: then it stays, and is merged another time.
      const stat = await unlessGone(fs.stat(file));
      if (stat?.size === size) await unlessGone(fs.unlink(file));
    }
    await syncFolder(folder);
  }

  /** What merges that were cut short left behind: copies of what is in the files. */
  async function deleteLeftovers(before: number): Promise<void> {
    for (const name of (await unlessGone(fs.readdir(folder))) ?? []) {
      if (!name.endsWith(unfinished)) continue;
      const file = path.join(folder, name);
      const stat = await unlessGone(fs.stat(file));
      if (stat && stat.mtimeMs < before) await unlessGone(fs.unlink(file));
    }
  }

  return {
    append: (record) =>
      inTurn(async () => {
        if (!isMade) await fs.mkdir(folder, { recursive: true });
        await appendLine(own, recordLine(record));
        if (!isMade) await syncFolder(folder);
        isMade = true;
      }),

    read: () =>
      inTurn(async () => {
        const { records, unreadable } = mergeLines(await allLines());
        return { records, unreadable: unreadable.length };
      }),

    clear: (which) =>
      inTurn(async () => {
        const deleted = new Set<string>();
        const goes = which ?? (() => true);
        for (let attempt = 0; attempt < clearAttempts; attempt++) {
          await rewrite([...(await states()).keys()], (lines) => {
            const { records, unreadable } = mergeLines(lines);
            for (const record of records) if (goes(record)) deleted.add(record.id);
            const kept = records.filter(({ id }) => !deleted.has(id)).map((record) => Buffer.from(recordLine(record)));
            return which ? [...kept, ...unreadable] : kept;
          });
          if (!(await allLines()).some(({ record }) => (record === null ? !which : goes(record)))) break;
        }
        if (!which) await deleteLeftovers(Infinity);
        return deleted.size;
      }),

    tidy: () =>
      inTurn(async () => {
        const before = Date.now() - quietMilliseconds;
        const files = await states();
        const total = [...files.values()].reduce((sum, { size }) => sum + size, 0);
        if (files.size <= maxFiles && total <= maxBytes) return;
        const isQuiet = ([name, { modified }]: [string, FileState]): boolean =>
          modified < before || name === path.basename(own);
        const names = [...files].filter(isQuiet).map(([name]) => name);
        if (names.length < 2 && total <= maxBytes) return;
        const others = total - names.reduce((sum, name) => sum + (files.get(name)?.size ?? 0), 0);
        await rewrite(names, (lines) => newest(lines, total > maxBytes ? keptShare * maxBytes - others : Infinity));
        await deleteLeftovers(Date.now() - cutShortMilliseconds);
      }),
  };
}

/** The unreadable lines, and of the records the newest that fit beside them into `bytes`; all in the order of time. */
function newest(lines: HistoryLine[], bytes: number): Buffer[] {
  const { records, unreadable } = mergeLines(lines);
  let left = bytes - unreadable.reduce((sum, line) => sum + line.length + 1, 0);
  const kept: Buffer[] = [];
  for (const record of records.reverse()) {
    const line = Buffer.from(recordLine(record));
    left -= line.length + 1;
    if (left < 0) break;
    kept.push(line);
  }
  return [...unreadable, ...kept.reverse()];
}
