/** The kept measurements of this workspace: which file each belongs to, and what of them an open document shows. */
import type { HistoryRecord, UnplacedRecord } from '../core/history/index.js';
import { pathInside } from './uris.js';

/** The history's files. `server/main.ts` hands them over. */
export interface HistoryFiles {
  /** Rejects where the record could not be kept. */
  append(record: HistoryRecord): Promise<void>;
  read(): Promise<KeptHistory>;
  clear(which?: (record: HistoryRecord) => boolean): Promise<number>;
  tidy(): Promise<void>;
}

export interface KeptHistory {
  /** In the order of time. */
  readonly records: readonly HistoryRecord[];
  readonly unreadable: number;
}

/** A workspace folder. */
export interface NamedFolder {
  readonly uri: string;
  readonly name: string;
}

/** Where a record's document is, in the record's words. */
export type FileName = Pick<HistoryRecord, 'file' | 'folder'>;

/** The name of a document: its path in the innermost workspace folder, else its URI. */
export function fileNameOf(uri: string, folders: readonly NamedFolder[]): FileName {
  const [folder] = folders
    .filter((each) => pathInside(uri, each.uri) !== '')
    .sort((a, b) => b.uri.length - a.uri.length);
  return folder ? { file: pathInside(uri, folder.uri), folder: folder.name } : { file: uri };
}

/** The URI of a document by its name; null where its folder is not open. */
export function uriOfFile({ file, folder }: FileName, folders: readonly NamedFolder[]): string | null {
  if (folder === undefined) return file;
  const found = folders.find(({ name }) => name === folder);
  if (!found) return null;
  const path = file
    .split('/')
    .map((part) => encodeURIComponent(part))
    .join('/');
  return `${found.uri.replace(/\/$/, '')}/${path}`;
}

export class WorkspaceHistory {
  #files: HistoryFiles | null = null;
  #folders: readonly NamedFolder[] = [];
  #isTidy = false;

  /** Without files nothing is kept. */
  open(files: HistoryFiles): void {
    this.#files = files;
  }

  get isKept(): boolean {
    return this.#files !== null;
  }

  get folders(): readonly NamedFolder[] {
    return this.#folders;
  }

  setFolders(folders: readonly NamedFolder[]): void {
    this.#folders = folders;
  }

  changeFolders(added: readonly NamedFolder[], removed: readonly NamedFolder[]): void {
    const gone = new Set(removed.map(({ uri }) => uri));
    this.#folders = [...this.#folders.filter(({ uri }) => !gone.has(uri)), ...added];
  }

  /** Keeps a measurement of a document. Resolves with why it could not, one sentence; null where it is kept. */
  async keep(uri: string, record: UnplacedRecord): Promise<string | null> {
    if (!this.#files) return null;
    try {
      await this.#files.append({ ...record, ...fileNameOf(uri, this.#folders) });
      return null;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return `This measurement is not in the history, it could not be written: ${why}`;
    }
  }

  /** Everything that is kept. Rejects where the folder cannot be read. */
  async all(): Promise<KeptHistory> {
    if (!this.#files) return { records: [], unreadable: 0 };
    const kept = await this.#files.read();
    if (!this.#isTidy) {
      this.#isTidy = true;
      // A convenience: what it cannot do now it does another time.
      this.#files.tidy().catch(() => undefined);
    }
    return kept;
  }

  /** What is kept of one document. */
  async of(uri: string): Promise<readonly HistoryRecord[]> {
    const { records } = await this.all();
    return records.filter(this.#isOf(uri));
  }

  /** Deletes what is kept of a document, or everything. Resolves with the number of measurements deleted. */
  async clear(uri?: string): Promise<number> {
    return (await this.#files?.clear(uri === undefined ? undefined : this.#isOf(uri))) ?? 0;
  }

  #isOf(uri: string): (record: HistoryRecord) => boolean {
    const { file, folder } = fileNameOf(uri, this.#folders);
    return (record) => record.file === file && record.folder === folder;
  }
}
