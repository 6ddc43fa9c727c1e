/** `joulelens measure --against`: two requests in turn on the command line, against real servers. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ComparisonReport } from '../../../server/cli/compareReport.js';
import { delta, done, eventStream, serve, usage, type FixtureServer } from '../../support/fixtureServer.js';
import { runCli, stdinOf } from '../../support/cli.js';

const chat = (...turns: [role: string, content: string][]): string =>
  JSON.stringify({ messages: turns.map(([role, content]) => ({ role, content })) });

/** Half a joule a word of the prompt, a joule a token of the reply, and noise that differs from run to run. */
const endpoint = (reply: (words: number) => number = () => 9): Promise<FixtureServer> =>
  serve((response, request, index) => {
    if (request.path.endsWith('/models')) {
      response.writeHead(404);
      response.end();
      return;
    }
    const { messages } = JSON.parse(request.body) as { messages: { content: string }[] };
    const words = messages.flatMap(({ content }) => content.split(' ')).length;
    const tokens = reply(words);
    const energy = { joules: 20 + words / 2 + tokens + (index % 7) / 5, source: 'measured', scope: 'gpu-window' };
    response.writeHead(200, eventStream);
    response.end(`${delta('x', 'stop')}${usage(words, tokens)}: energy ${JSON.stringify(energy)}\n\n${done}`);
  });

describe('joulelens measure --against', () => {
  let folder: string;
  let server: FixtureServer;
  const model = ['--model', 'llama-3.1-8b'];
  const run = (args: readonly string[], more: Parameters<typeof runCli>[1] = {}): ReturnType<typeof runCli> =>
    runCli(['measure', ...args, '--endpoint', server.url, ...model], { cwd: folder, ...more });
  const report = async (
    args: readonly string[],
    more: Parameters<typeof runCli>[1] = {},
  ): Promise<ComparisonReport> => {
    const { code, stdout, stderr } = await run([...args, '--json'], more);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as ComparisonReport;
  };
  const chats = (): number => server.seen.filter(({ path }) => path.endsWith('/chat/completions')).length;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'joulelens-'));
    await writeFile(path.join(folder, 'old.json'), chat(['user', 'Why does a kettle sing?']));
    await writeFile(
      path.join(folder, 'new.json'),
      chat(['user', `Why does a kettle${' of cold water'.repeat(30)} sing?`]),
    );
    await writeFile(
      path.join(folder, 'two.json'),
      chat(['user', 'Hi'], ['assistant', 'Hello'], ['user', 'Why does a kettle sing before it boils?']),
    );
  });
  after(() => rm(folder, { recursive: true }));
  beforeEach(async () => void (server = await endpoint()));
  afterEach(() => server.close());

  it('runs both in turn, and says that the difference is real', async () => {
    const { a, b, comparison, stopped } = await report(['new.json', '--against', 'old.json', '--pairs', '4']);
    assert.deepEqual([a.file, b.file, stopped], ['old.json', 'new.json', null]);
    assert.ok(comparison);
    assert.deepEqual([comparison.pairs, comparison.plannedPairs, comparison.alpha], [4, 4, 0.05]);
    assert.equal(comparison.joules.isReal, true);
    assert.ok(Math.abs(comparison.joules.mean - 45) < 2, `${comparison.joules.mean}`);
    assert.ok(comparison.joules.interval![0] > 40 && comparison.joules.interval![1] < 50);
    assert.match(
      comparison.verdict,
      /^B takes 4\d(\.\d)? J more than A \(\+\d+ %\), 95 % interval .*: a real difference \(p < 0\.001, 4 pairs\)\.$/,
    );
    assert.ok(comparison.predictedJoules > 0);
    assert.ok(Math.abs(comparison.perOutputToken!.mean - comparison.joules.mean / 9) < 1e-9);
    assert.deepEqual([a.measured?.n, b.measured?.n, a.runs.length, b.runs.length], [4, 4, 4, 4]);
    assert.equal(b.measured?.provenance, 'measured');
    assert.ok(b.ratio !== null);
    // One request of each to warm up, then A B, B A, ...
    const sizes = server.seen
      .filter(({ path }) => path.endsWith('/chat/completions'))
      .map(({ body }) => body.length > 400);
    assert.deepEqual(sizes, [false, true, false, true, true, false, false, true, true, false]);
  });

  it('tells people in a few lines', async () => {
    const { stdout, code } = await run(['new.json', '--against', 'old.json', '--pairs', '2']);
    assert.equal(code, 0);
    assert.match(stdout, /^A old\.json: measured .* J ± .*predicted .*at the same tokens · ratio /m);
    assert.match(stdout, /^B new\.json: measured /m);
    assert.match(stdout, /^B takes /m);
    assert.match(stdout, /B minus A: \+.*, predicted \+.*; a token of the reply \+/);
    assert.match(stdout, /Paired t-test/);
  });

  it('finds no difference between equal prompts', async () => {
    const { comparison } = await report(['old.json', '--against', 'old.json']);
    assert.equal(comparison?.joules.isReal, false);
    assert.match(comparison.verdict, /^No difference was found/);
    assert.equal(comparison.pairs, 10);
  });

  it('takes two requests of one file, and another version from standard input', async () => {
    const { a, b } = await report(['two.json', '--against', 'two.json', '--against-turn', '1', '--pairs', '2']);
    assert.ok(a.measured!.tokensIn! < b.measured!.tokensIn!);
    const piped = await report(['old.json', '--against', '-', '--pairs', '2'], {
      stdin: stdinOf(chat(['user', 'Hi'])),
    });
    assert.deepEqual([piped.a.file, piped.b.file], ['-', 'old.json']);
  });

  it('says that replies of unlike length are not the prompt alone', async () => {
    await server.close();
    server = await endpoint((words) => (words > 50 ? 4 : 9));
    const { comparison } = await report(['new.json', '--against', 'old.json', '--pairs', '2']);
    assert.ok(comparison?.notes.some((note) => /replies differ in length \(9 and 4 tokens\)/.test(note)));
  });

  it('ends half way where asked and where the difference is clear', async () => {
    const { comparison } = await report(['new.json', '--against', 'old.json', '--pairs', '12', '--half-way-look']);
    assert.deepEqual([comparison?.pairs, comparison?.alpha], [6, 0.01]);
    assert.match(comparison!.verdict, /99 % interval/);
  });

  it('keeps complete pairs when it is interrupted', async () => {
    const abort = new AbortController();
    await server.close();
    let seen = 0;
    const inner = await endpoint();
    server = await serve((response, request) => {
      if (request.path.endsWith('/chat/completions') && ++seen > 7) abort.abort();
      void fetch(`${new URL(inner.url).origin}${request.path}`, {
        method: request.method,
        ...(request.body === '' ? {} : { body: request.body }),
      }).then(async (answer) => {
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        response.end(await answer.text());
      });
    });
    const { code, stdout, stderr } = await run(['new.json', '--against', 'old.json', '--json'], {
      signal: abort.signal,
    });
    await inner.close();
    assert.equal(code, 130, stderr);
    assert.match(stderr, /Cancelled after 2 of 10 pairs/);
    const { comparison, stopped } = JSON.parse(stdout) as ComparisonReport;
    assert.deepEqual([comparison?.pairs, stopped?.reason], [2, 'cancelled']);
  });

  it('becomes rows of a calibration as it is', async () => {
    const { stdout } = await run(['new.json', '--against', 'old.json', '--pairs', '4', '--json']);
    const {
      code,
      stdout: fitted,
      stderr,
    } = await runCli(['calibrate', '--from', '-', '--profile', 'box', '--base', 'solo-server', ...model, '--json'], {
      cwd: folder,
      stdin: stdinOf(stdout),
    });
    assert.equal(code, 0, stderr);
    assert.match(fitted, /"used":8|"rows":8|"n":8/);
  });

  it('refuses what belongs to a series, and a comparison without another file', async () => {
    for (const [args, message] of [
      [
        ['new.json', '--against', 'old.json', '--repeats', '3'],
        /--repeats: is for a series; a comparison runs --pairs N/,
      ],
      [['new.json', '--pairs', '3'], /--pairs: is for a comparison, which --against FILE makes/],
      [['-', '--against', '-'], /--against -: standard input is FILE already/],
      [['new.json', '--against', 'missing.json'], /missing\.json/],
      [['new.json', '--against', 'old.json', '--pairs', '1'], /--pairs: expected a whole number of at least 2/],
    ] as const) {
      const { code, stderr } = await run(args);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
    assert.equal(chats(), 0);
  });
});
