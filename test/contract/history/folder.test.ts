import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { readRecord, recordLine } from '../../../server/core/history/index.js';
import { openHistory } from '../../../server/runtime/history/historyFolder.js';
import { historyRecord } from '../../support/history/records.js';

describe('a folder of measurements', () => {
  let scratch: string;
  let folder: string;
  beforeEach(() => {
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'joulelens-history-'));
    // Made with the first record.
    folder = path.join(scratch, 'deep', 'history');
  });
  afterEach(() => fs.rmSync(scratch, { recursive: true, force: true }));

  const ids = async (): Promise<string[]> => (await openHistory(folder).read()).records.map(({ id }) => id);
  const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  const old = (name: string): void => fs.utimesSync(path.join(folder, name), new Date(0), new Date(0));

  it('is empty before the first measurement, and reading makes nothing', async () => {
    assert.deepEqual(await openHistory(folder).read(), { records: [], unreadable: 0 });
    assert.equal(await openHistory(folder).clear(), 0);
    await openHistory(folder).tidy();
    assert.equal(fs.existsSync(folder), false);
  });

  it('merges the files of two windows, each seeing the other’s', async () => {
    const [left, right] = [openHistory(folder), openHistory(folder)];
    await Promise.all(
      [1, 2, 3, 4].map((minute) =>
        (minute % 2 === 0 ? left : right).append(historyRecord({ id: `id${minute}`, at: at(minute) })),
      ),
    );
    assert.equal(fs.readdirSync(folder).length, 2);
    for (const window of [left, right]) {
      assert.deepEqual(
        (await window.read()).records.map(({ id }) => id),
        ['id1', 'id2', 'id3', 'id4'],
      );
    }
  });

  it('counts lines that it cannot read, and never deletes them', async () => {
    const window = openHistory(folder, { maxFiles: 1, quietMilliseconds: 0 });
    await window.append(historyRecord({ id: 'one' }));
    const later = JSON.stringify({ ...historyRecord(), version: 2 });
    const damaged = Buffer.concat([Buffer.from(`${later}\n{"torn": tr\n\n`), Buffer.from([0, 255, 10])]);
    fs.writeFileSync(path.join(folder, 'other.jsonl'), damaged);
    assert.deepEqual([(await window.read()).unreadable, await ids()], [3, ['one']]);
    await window.tidy();
    assert.equal(fs.readdirSync(folder).length, 1);
    await window.clear(() => true);
    const left = Buffer.concat(fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name))));
    assert.ok(left.includes(later) && left.includes('{"torn": tr\n') && left.includes(Buffer.from([0, 255])));
    assert.deepEqual(await openHistory(folder).read(), { records: [], unreadable: 3 });
  });

  it('a merge keeps every record once, with the fields of later versions', async () => {
    for (const id of ['one', 'two', 'three']) {
      await openHistory(folder).append({ ...historyRecord({ id }), fieldOfALaterVersion: { a: [1] } });
    }
    fs.readdirSync(folder).forEach(old);
    await openHistory(folder, { maxFiles: 2 }).tidy();
    const [name, ...others] = fs.readdirSync(folder);
    assert.deepEqual(others, []);
    const lines = fs.readFileSync(path.join(folder, name!), 'utf8').trim().split('\n');
    assert.deepEqual(lines.map((line) => readRecord(line)!.id).sort(), ['one', 'three', 'two']);
    for (const line of lines) assert.deepEqual(readRecord(line)!['fieldOfALaterVersion'], { a: [1] });
  });

  it('leaves few files, and files that another window may be writing to', async () => {
    for (const id of ['one', 'two', 'three']) await openHistory(folder).append(historyRecord({ id }));
    const names = fs.readdirSync(folder);
    await openHistory(folder, { maxFiles: 3 }).tidy();
    await openHistory(folder, { maxFiles: 1 }).tidy();
    assert.deepEqual(fs.readdirSync(folder), names);
  });

  it('a merge that was cut short leaves nothing lost, and the next one finishes it', async () => {
    await openHistory(folder).append(historyRecord({ id: 'one' }));
    await openHistory(folder).append(historyRecord({ id: 'two', at: at(1) }));
    const both = fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
    // Ended before the rename of the merged file, and after it but before the old ones were deleted.
    fs.writeFileSync(path.join(folder, 'merged-a.jsonl.tmp'), both.join('').slice(0, 300));
    fs.writeFileSync(path.join(folder, 'merged-b.jsonl'), both.join(''));
    fs.readdirSync(folder).forEach(old);
    assert.deepEqual((await ids()).sort(), ['one', 'two']);
    await openHistory(folder, { maxFiles: 1 }).tidy();
    assert.equal(fs.readdirSync(folder).length, 1);
    assert.deepEqual((await ids()).sort(), ['one', 'two']);
  });

  it('above its limit the oldest records go, and the newest stay', async () => {
    const size = recordLine(historyRecord({ id: 'id10', at: at(10) })).length + 1;
    const window = openHistory(folder, { maxBytes: 20 * size });
    for (let minute = 10; minute < 40; minute++) {
      await window.append(historyRecord({ id: `id${minute}`, at: at(minute) }));
    }
    await window.tidy();
    const kept = await ids();
    assert.equal(kept.length, 15);
    assert.deepEqual([kept[0], kept.at(-1)], ['id25', 'id39']);
  });

  it('clears the records of one file, or everything that is kept', async () => {
    const [left, right] = [openHistory(folder), openHistory(folder)];
    await left.append(historyRecord({ id: 'one', file: 'a.json' }));
    await right.append(historyRecord({ id: 'two', file: 'b.json' }));
    fs.writeFileSync(path.join(folder, 'other.jsonl'), 'torn');
    assert.equal(await left.clear(({ file }) => file === 'a.json'), 1);
    assert.deepEqual(await ids(), ['two']);
    // The other window goes on in a file that has been merged away.
    await right.append(historyRecord({ id: 'three' }));
    assert.deepEqual(await ids(), ['three', 'two'].sort());
    assert.equal(await left.clear(), 2);
    assert.deepEqual(fs.readdirSync(folder), []);
    assert.deepEqual(await right.read(), { records: [], unreadable: 0 });
  });

  it('says why a record could not be kept, and keeps the next', async () => {
    fs.mkdirSync(path.dirname(folder));
    fs.writeFileSync(folder, 'a file in the place of the folder');
    const window = openHistory(folder);
    await assert.rejects(window.append(historyRecord()), /EEXIST|ENOTDIR/);
    fs.rmSync(folder);
    await window.append(historyRecord({ id: 'next' }));
    assert.deepEqual(await ids(), ['next']);
  });

  it('is readable by its owner alone', async function () {
    if (process.platform === 'win32') this.skip();
    await openHistory(folder).append(historyRecord());
    const [name] = fs.readdirSync(folder);
    assert.equal(fs.statSync(path.join(folder, name!)).mode & 0o077, 0);
  });
});
