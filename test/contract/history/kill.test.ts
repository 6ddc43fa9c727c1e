import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { openHistory } from '../../../server/runtime/history/historyFolder.js';
import { historyRecord } from '../../support/history/records.js';

const writer = path.resolve(__dirname, '..', '..', 'support', 'history', 'writer.js');

/** A window of its own: a process that writes until it is killed, and the ids that it said were kept. */
class Window {
  readonly kept: string[] = [];
  readonly #child: ChildProcess;
  #heard: () => void = () => undefined;

  constructor(folder: string, prefix: string, length: number, ...more: string[]) {
    const args = [writer, folder, prefix, String(length), ...more];
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let rest = '';
    this.#child.stdout!.on('data', (data: Buffer) => {
      const lines = (rest + data.toString()).split('\n');
      rest = lines.pop()!;
      this.kept.push(...lines);
      this.#heard();
    });
    this.#child.once('exit', () => this.#heard());
  }

  async until(count: number): Promise<void> {
    while (this.kept.length < count) {
      assert.equal(this.#child.exitCode, null, 'the window ended by itself');
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
  }

  async kill(): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
  }
}

describe('a history that is killed while it writes', () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'joulelens-history-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** What is kept must be there, and what is torn must be no more than the writes that were cut short. */
  async function assertNothingLost(kept: readonly string[], kills: number): Promise<void> {
    const { records, unreadable } = await openHistory(folder).read();
    const there = new Set(records.map(({ id }) => id));
    assert.deepEqual(
      kept.filter((id) => !there.has(id)),
      [],
    );
    assert.equal(there.size, records.length);
    assert.ok(unreadable <= kills, `${unreadable} unreadable lines after ${kills} kills`);
  }

  it('loses no earlier record to kill -9, eight times over', async function () {
    this.timeout(180_000);
    const kept: string[] = [];
    for (let round = 1; round <= 8; round++) {
      // Lines of up to a megabyte, so that some are cut in the middle.
      const window = new Window(folder, `round${round}`, 10 ** (round % 7));
      await window.until(1 + (round % 4));
      await window.kill();
      kept.push(...window.kept);
      await assertNothingLost(kept, round);
    }
    assert.ok(kept.length >= 8);
  });

  it('loses none to kill -9 while files are merged, and to two windows that write and merge at once', async function () {
    this.timeout(180_000);
    const kept: string[] = [];
    for (let round = 1; round <= 2; round++) {
      const windows = ['left', 'right'].map((side) => new Window(folder, `${side}${round}`, 2000, 'tidy'));
      await Promise.all(windows.map((window) => window.until(6 * round)));
      // Reading while both write and merge.
      const seen = new Set((await openHistory(folder).read()).records.map(({ id }) => id));
      for (const id of kept) assert.ok(seen.has(id), `${id} was not seen while others merged`);
      await Promise.all(windows.map((window) => window.kill()));
      kept.push(...windows.flatMap((window) => window.kept));
      await assertNothingLost(kept, 2 * round);
    }
    assert.ok(kept.length >= 36);
  });

  it('cut anywhere, its file loses the last line alone, and goes on on a new one', async () => {
    const first = openHistory(folder);
    for (const id of ['one', 'two', 'three']) await first.append(historyRecord({ id, file: `Ä ${id}.json` }));
    const [name] = fs.readdirSync(folder);
    const file = path.join(folder, name!);
    const whole = fs.readFileSync(file);
    const ends = [...whole.entries()].filter(([, byte]) => byte === 10).map(([index]) => index);
    assert.equal(ends.length, 3);
    for (let length = 0; length <= whole.length; length += 37) {
      fs.writeFileSync(file, whole.subarray(0, length));
      // A line is whole when all of it is there, its end or not.
      const lines = ends.filter((end) => end <= length).length;
      const { records, unreadable } = await openHistory(folder).read();
      assert.equal(records.length, lines, `cut at ${length}`);
      const isTorn = length > 0 && !ends.includes(length) && !ends.includes(length - 1);
      assert.equal(unreadable, isTorn ? 1 : 0, `cut at ${length}`);
      await first.append(historyRecord({ id: 'next' }));
      const after = await openHistory(folder).read();
      assert.deepEqual([after.records.length, after.unreadable], [lines + 1, unreadable], `cut at ${length}`);
    }
  });
});
