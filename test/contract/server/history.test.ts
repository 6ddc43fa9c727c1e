import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { createDemoServer } from '../../../server/demo/demoServer.js';
import type { DemoOptions, DemoServer } from '../../../server/demo/demoServer.js';
import { HistoryMethod } from '../../../server/protocol/history.js';
import type {
  CompareParams,
  CompareResult,
  ExportHistoryResult,
  HistoryReport,
  KeptReply,
  RequestChoice,
  RequestPlace,
} from '../../../server/protocol/history.js';
import type { InsertReplyEdit, MeasureParams, MeasureResult } from '../../../server/protocol/messages.js';
import { Method } from '../../../server/protocol/messages.js';
import { testDeps } from './support/deps.js';
import { eventually, startEditor } from './support/editor.js';
import type { TestEditor } from './support/editor.js';
import { chat } from './support/transcripts.js';

const folder = 'file:///ws';
const uri = 'file:///ws/prompts/my%20chat.json';
const instant: Partial<DemoOptions> = { tokensPerSecond: Infinity, firstTokenMilliseconds: 0 };

describe('the history of measurements', () => {
  let scratch: string;
  let endpoint: DemoServer;
  let editor: TestEditor;

  const start = async (historyFolder = path.join(scratch, 'measurements')): Promise<void> => {
    editor = await startEditor(testDeps(), {
      folders: [folder],
      initializationOptions: { historyFolder, version: '9.8.7' },
    });
  };
  /** Ends this window and opens another one on the same storage. */
  const reload = async (text = chat): Promise<void> => {
    await editor.stop();
    await start();
    await editor.open(uri, text);
  };
  const sending = (): Omit<MeasureParams, 'uri' | 'conversation' | 'turn'> => ({
    endpoint: endpoint.url,
    repeats: 3,
    timeoutSeconds: 5,
    keepCache: false,
    progressToken: 'p',
  });
  const measure = (more: Partial<MeasureParams> = {}): Promise<MeasureResult> =>
    editor.value(Method.measure, { uri, conversation: 0, turn: null, ...sending(), ...more });
  const report = (): Promise<HistoryReport> => editor.value(HistoryMethod.history, {});
  const measuredTitles = async (): Promise<string[]> =>
    (await editor.titles(uri)).filter((title) => /^(stale: )?request /.test(title));
  const eventualTitle = (pattern: RegExp): Promise<string[]> =>
    eventually(measuredTitles, (titles) => titles.some((title) => pattern.test(title)), String(pattern));
  const stored = (): string =>
    fs
      .readdirSync(path.join(scratch, 'measurements'))
      .map((name) => fs.readFileSync(path.join(scratch, 'measurements', name), 'utf8'))
      .join('');

  beforeEach(async () => {
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'joulelens-history-'));
    endpoint = await createDemoServer(instant);
    await start();
    await editor.open(uri, chat);
  });
  afterEach(async () => {
    await editor.stop();
    await endpoint.close();
    fs.rmSync(scratch, { recursive: true, force: true });
  });

  it('shows the figure again in the next window, stale where its text has changed', async () => {
    const [before] = (await measure(), await measuredTitles());
    assert.match(before!, /^request simulated .*\(n=3\)/);
    await reload();
    assert.deepEqual(await eventualTitle(/simulated/), [before]);
    const lens = (await editor.lenses(uri)).find(({ command }) => command?.title === before);
    assert.equal(lens!.command!.command, 'joulelens.showMeasurements');
    await reload(chat.replace('a kettle', 'the kettle'));
    assert.deepEqual(await eventualTitle(/simulated/), [`stale: ${before!}`]);
  });

  it('keeps what was measured, under the file’s path in its folder, and no text', async () => {
    const { measurement, requestHash } = await measure();
    const line = stored();
    assert.equal(line.trim().split('\n').length, 1);
    const record = JSON.parse(line) as Record<string, unknown>;
    assert.deepEqual([record['file'], record['folder']], ['prompts/my chat.json', folder]);
    assert.equal(record['requestHash'], requestHash);
    assert.equal(record['endpoint'], new URL(endpoint.url).origin);
    assert.equal(record['extensionVersion'], '9.8.7');
    assert.equal((record['assumptions'] as { gpu: string }).gpu, 'h100-sxm');
    const measured = record['measured'] as Record<string, unknown>;
    for (const name of [
      'joules',
      'ci95',
      'n',
      'provenance',
      'scope',
      'method',
      'tokensIn',
      'tokensOut',
      'seconds',
    ] as const) {
      assert.deepEqual(measured[name], measurement[name], name);
    }
    assert.equal((record['runs'] as unknown[]).length, 3);
    for (const text of ['kettle', 'two sentences', 'loudest', measurement.reply.slice(0, 20), 'data:']) {
      assert.ok(!line.includes(text), text);
    }
  });

  it('keeps a reply where that is asked for, so that it can be inserted later', async () => {
    const { requestHash, measurement } = await measure({ keepReply: true });
    await reload();
    await eventualTitle(/simulated/);
    const edit = await editor.value<InsertReplyEdit>(Method.insertReply, { uri, conversation: 0, requestHash });
    assert.ok(edit.newText.includes(JSON.stringify(measurement.reply)));
    const kept = await editor.value<KeptReply | null>(HistoryMethod.keptReply, { uri, conversation: 0 });
    assert.deepEqual(kept, { uri, conversation: 0, replyTurn: 4, requestHash, reply: measurement.reply });
    assert.equal(await editor.value(HistoryMethod.keptReply, { uri, conversation: 1 }), null);
  });

  it('says that a reply was not kept', async () => {
    const { requestHash } = await measure();
    await reload();
    await eventualTitle(/simulated/);
    const reply = await editor.ask(Method.insertReply, { uri, conversation: 0, requestHash });
    assert.match(reply.ok ? '' : reply.error, /not kept/);
  });

  it('reports every measurement with its runs, and whether its text still stands', async () => {
    await measure();
    await measure({ turn: 2, repeats: 1 });
    const { entries, isKept, unreadable } = await report();
    assert.deepEqual([isKept, unreadable, entries.length], [true, 0, 2]);
    assert.deepEqual(
      entries.map(({ state, replyTurn, n, runs, uri: of }) => [state, replyTurn, n, runs.length, of]),
      [
        ['current', 4, 3, 3, uri],
        ['current', 2, 1, 1, uri],
      ],
    );
    assert.match(entries[0]!.measuredText, /^[\d.]+ m?J ± [\d.]+ \(n=3\)$/);
    assert.match(entries[0]!.predictedText, /^[\d.]+ m?J \([\d.]+–[\d.]+( k?J)?\)$/);
    const mean = entries[0]!.runs.reduce((sum, each) => sum + each, 0) / 3;
    assert.ok(Math.abs(mean - entries[0]!.joules) < 1e-9);
    // The second question is of the first request alone.
    await editor.insert(uri, { line: 9, character: 40 }, 'really ');
    await editor.titles(uri);
    assert.deepEqual(
      (await report()).entries.map(({ state }) => state),
      ['stale', 'current'],
    );
    await editor.close(uri);
    assert.deepEqual(
      (await report()).entries.map(({ state }) => state),
      ['unknown', 'unknown'],
    );
  });

  it('finds the place of a request, or where it was', async () => {
    const { requestHash } = await measure({ turn: 2 });
    const place = (): Promise<RequestPlace> =>
      editor.value(HistoryMethod.requestPlace, { uri, requestHash, conversation: 0, replyTurn: 2 });
    assert.deepEqual(await place(), { position: { line: 5, character: 4 }, stale: false });
    await editor.insert(uri, { line: 4, character: 40 }, 'really ');
    assert.equal((await place()).stale, true);
  });

  it('clears one document or everything, lenses too', async () => {
    await measure();
    assert.equal((await measuredTitles()).length, 1);
    assert.deepEqual(await editor.value(HistoryMethod.clearHistory, { uri: 'file:///ws/other.json' }), { deleted: 0 });
    assert.equal((await report()).entries.length, 1);
    assert.deepEqual(await editor.value(HistoryMethod.clearHistory, { uri }), { deleted: 1 });
    assert.deepEqual(await measuredTitles(), []);
    await measure();
    assert.deepEqual(await editor.value(HistoryMethod.clearHistory, {}), { deleted: 1 });
    assert.deepEqual([(await report()).entries, stored()], [[], '']);
    await reload();
    assert.deepEqual(await measuredTitles(), []);
  });

  it('is exported as CSV and JSON', async () => {
    await measure();
    const as = (format: string): Promise<ExportHistoryResult> => editor.value(HistoryMethod.exportHistory, { format });
    const csv = await as('csv');
    assert.equal(csv.count, 1);
    assert.match(csv.text, /^at,folder,file,[^\r\n]*\r\n[^\r\n]*prompts\/my chat\.json[^\r\n]*\r\n$/);
    const { measurements } = JSON.parse((await as('json')).text) as { measurements: { measured: object }[] };
    assert.equal(measurements.length, 1);
  });

  it('is as it was after an endpoint failed', async () => {
    await measure();
    const before = stored();
    for (const fault of ['refuse', 'cut', 'noEnergy', 'html', 'errorMidStream'] as const) {
      await endpoint.close();
      endpoint = await createDemoServer({ ...instant, fault });
      const reply = await editor.ask(Method.measure, { uri, conversation: 0, turn: null, ...sending() });
      assert.equal(reply.ok, false);
    }
    assert.equal(stored(), before);
    assert.equal((await measuredTitles()).length, 1);
  });

  it('that cannot be written costs no figure, and is said', async () => {
    await editor.stop();
    fs.writeFileSync(path.join(scratch, 'file'), '');
    await start(path.join(scratch, 'file'));
    await editor.open(uri, chat);
    const { measurement } = await measure();
    assert.ok(measurement.joules > 0);
    assert.match(measurement.warnings.join('\n'), /not in the history/);
    assert.equal((await measuredTitles()).length, 1);
  });

  it('of an untitled document shows nothing in another one of that name', async () => {
    const untitled = 'untitled:Untitled-1';
    await editor.open(untitled, chat);
    await measure({ uri: untitled });
    await editor.stop();
    await start();
    await editor.open(untitled, chat.replaceAll('kettle', 'drum'));
    await editor.open(uri, chat);
    await editor.titles(uri);
    assert.deepEqual(
      (await editor.titles(untitled)).filter((title) => /request/.test(title)),
      [],
    );
  });

  describe('comparing two prompts', () => {
    const compare = (more: Partial<CompareParams> = {}): Promise<CompareResult> =>
      editor.value(HistoryMethod.compare, {
        ...sending(),
        a: { uri, conversation: 0, turn: 2, label: 'reply 3' },
        b: { uri, conversation: 0, turn: null, label: 'next reply' },
        pairs: 4,
        stopEarly: false,
        ...more,
      } satisfies CompareParams);

    it('offers the requests of a document', async () => {
      const choices = await editor.value<RequestChoice[]>(HistoryMethod.requests, { uri });
      assert.deepEqual(
        choices.map(({ label, turn }) => [label, turn]),
        [
          ['Reply at turn 3', 2],
          ['Next reply', null],
        ],
      );
      assert.match(choices[0]!.description, /^\d+ tok in · predicted [\d.]+ m?J/);
      assert.equal(choices[1]!.detail, 'And why is it loudest just before?');
    });

    it('measures them in pairs, judges the difference, and keeps both series', async () => {
      const { comparison, a, b } = await compare({ maxTokens: 40 });
      assert.deepEqual([comparison.pairs, comparison.plannedPairs, comparison.alpha], [4, 4, 0.05]);
      assert.equal(comparison.provenance, 'simulated');
      assert.deepEqual([a.n, b.n], [4, 4]);
      const { mean, interval } = comparison.joules;
      assert.ok(Math.abs(mean - (b.joules - a.joules)) < 1e-9);
      assert.ok(interval![0] < mean && mean < interval![1]);
      // Three times the prompt, the same length of reply: more joules, far beyond the noise of 3 %.
      assert.ok(b.tokensIn > 1.5 * a.tokensIn && comparison.predictedJoules > 0);
      assert.match(comparison.verdict, /^(B takes|No difference)/);
      assert.match(comparison.notes.join('\n'), /simulated/);
      const { entries, comparisons } = await report();
      assert.deepEqual(
        entries.map(({ comparison: of, n }) => [of?.side, n]),
        [
          ['a', 4],
          ['b', 4],
        ],
      );
      assert.deepEqual(comparisons, [comparison]);
      assert.equal((await measuredTitles()).length, 2);
      assert.ok(editor.progress.some(({ message }) => /pair 2 of 4, B · A [\d.]+ J, B [\d.]+ J so far/.test(message)));
    });

    it('sets an earlier version of a file against the one that is open', async () => {
      const text = chat.replace('You answer in two sentences.', 'You answer in two sentences. '.repeat(40));
      const { comparison, a, b } = await compare({
        a: { uri, conversation: 0, turn: null, label: 'saved', text, languageId: 'json' },
        maxTokens: 20,
        pairs: 6,
      });
      assert.ok(a.tokensIn > b.tokensIn + 150);
      assert.equal(comparison.joules.isReal, true);
      assert.ok(comparison.joules.mean < 0 && comparison.joules.p! < 0.05);
      assert.match(comparison.verdict, /^B takes .* less than A \(−\d+.*a real difference \(p/);
      // The saved version stands in no editor: one lens, of the version that does.
      assert.equal((await measuredTitles()).length, 1);
      assert.equal(editor.diagnostics(uri).length, 0);
      assert.notEqual(editor.status(uri)?.state, 'none');
    });

    it('says what is wrong with a side, and sends nothing', async () => {
      await endpoint.close();
      const reply = await editor.ask(HistoryMethod.compare, {
        ...sending(),
        a: { uri, conversation: 0, turn: null, label: 'saved version', text: 'no chat', languageId: 'plaintext' },
        b: { uri, conversation: 0, turn: null, label: 'b' },
        pairs: 2,
        stopEarly: false,
      });
      assert.match(reply.ok ? '' : reply.error, /^saved version: /);
    });
  });
});
