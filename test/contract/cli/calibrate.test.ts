/** `joulelens calibrate`: from saved measurements to a profile that the other commands use. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PredictionRow } from '../../../server/core/energy/predict.js';
import { createPredictor } from '../../../server/core/energy/predict.js';
import { BUILT_IN_PROFILES } from '../../../server/core/data/index.js';
import { jsonLinesOf, runCli, stdinOf } from '../../support/cli.js';
import { delta, done, eventStream, serve, usage } from '../../support/fixtureServer.js';

interface Report {
  readonly name: string;
  readonly profile: { calibration: { measured: { n: number; shapes: number }; models: string[] }; batch: unknown };
  readonly out: string | null;
  readonly heldBack: Record<'uncalibrated' | 'calibrated', { n: number; mapePercent: number }> | null;
  readonly rows: { place: string; calibrated: { joules: number } }[];
  readonly notUsed: { place: string; message: string }[];
  readonly warnings: string[];
}

const SHAPES = [[64, 16], [64, 256], [512, 64], [2048, 8], [2048, 256], [8000, 16], [300, 600], [1000, 30]] as const; // prettier-ignore
const tgi = { ...BUILT_IN_PROFILES[1]!, engine: 'tgi' as const };

/** Runs of an endpoint that costs 1.7 times what is predicted in prefill and 1.3 times in decode, within 2 %. */
const runs = SHAPES.flatMap(([tokensIn, tokensOut], i) => {
  const row = createPredictor({ profile: tgi })({ model: 'llama-3.1-8b', in: tokensIn, out: tokensOut });
  assert.ok(!('error' in row));
  return [0, 1, 2].map((k) => ({
    joules: (1.7 * row.prefillJoules + 1.3 * row.decodeJoules) * (1 + 0.02 * Math.sin(7 * i + 3 * k)),
    provenance: 'measured',
    scope: 'gpu-window',
    method: 'nvml: GPU 0, 40 steps',
    tokensIn,
    tokensOut,
    tokensCached: null,
    seconds: 1,
  }));
});
const report = (all: readonly object[]) =>
  JSON.stringify({
    file: 'a.md',
    endpoint: 'http://10.1.2.3:8000/v1',
    model: 'llama-3.1-8b',
    runs: all,
    measured: null,
  });

describe('joulelens calibrate', () => {
  let folder: string;
  const file = (name: string) => path.join(folder, name);
  const calibrate = (...argv: string[]) => runCli(['calibrate', ...argv], { cwd: folder });
  const base = ['--base', 'solo-server', '--engine', 'tgi'];
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'joulelens-'));
    await writeFile(file('runs.jsonl'), `${report(runs.slice(0, 12))}\n${report(runs.slice(12))}\n`);
  });
  after(() => rm(folder, { recursive: true }));

  it('writes a profile that predict, predict --rows and annotate use, and shows the error on runs held back', async () => {
    const { code, stdout, stderr } = await calibrate('--from', 'runs.jsonl', '--profile', 'ours', '--out', 'joulelens.json', ...base, '--json'); // prettier-ignore
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '');
    const made = JSON.parse(stdout) as Report;
    assert.equal(made.profile.calibration.measured.n, 24);
    assert.ok(made.heldBack!.uncalibrated.mapePercent > 20, JSON.stringify(made.heldBack));
    assert.ok(made.heldBack!.calibrated.mapePercent < 5, JSON.stringify(made.heldBack));
    assert.equal(made.rows.length, 24);
    assert.deepEqual(made.profile.calibration.models, ['meta-llama/Llama-3.1-8B-Instruct']);
    const written = await readFile(file('joulelens.json'), 'utf8');
    assert.doesNotMatch(written, /10\.1\.2\.3|http/);

    const predict = async (...argv: string[]): Promise<PredictionRow> =>
      JSON.parse((await runCli(['predict', '--model', 'llama-3.1-8b', '--in', '600', '--out', '100', '--json', ...argv], { cwd: folder })).stdout) as PredictionRow; // prettier-ignore
    const [plain, own] = [await predict('--batch', '1', '--engine', 'tgi'), await predict('--profile', 'ours')];
    const truth = 1.7 * plain.prefillJoules + 1.3 * plain.decodeJoules;
    assert.ok(Math.abs(own.gpuJoules / truth - 1) < 0.04, `${own.gpuJoules} against ${truth}`);
    assert.ok(own.interval90[0] < truth && truth < own.interval90[1]);
    assert.match(own.confidence, /^calibrated on 24 measurements of this endpoint \(±[\d.]+ %\)$/);
    const rows = await runCli(['predict', '--rows', '-', '--profile', 'ours'], { cwd: folder, stdin: stdinOf('{"model":"llama-3.1-8b","in":600,"out":100}\n{"model":"llama-3.1-70b","in":600,"out":100}') }); // prettier-ignore
    const [first, other] = jsonLinesOf(rows.stdout) as PredictionRow[];
    assert.equal(first!.gpuJoules, own.gpuJoules);
    assert.match(other!.assumptions.notes.join(), /calibration of this profile is not used/);
    assert.doesNotMatch(other!.confidence, /calibrated on/);

    await writeFile(file('chat.md'), '**User:** How warm is tea?\n\n**Assistant:** Some 60 degrees.\n');
    const total = async (profile: string): Promise<number> => {
      const { stdout: line } = await runCli(['annotate', 'chat.md', '--profile', profile, '--model', 'llama-3.1-8b', '--json'], { cwd: folder }); // prettier-ignore
      return (JSON.parse(line) as { conversations: { total: { energy: { joules: number } } }[] }).conversations[0]!.total.energy.joules; // prettier-ignore
    };
    const [ours, solo] = [await total('ours'), await total('solo-server')];
    assert.ok(ours > 1.2 * solo, `${ours} ${solo}`);
  });

  it('takes what measure --json prints of a real endpoint, and refuses a simulated one', async () => {
    const server = await serve((response, { path: route, body }) => {
      if (route.endsWith('/models')) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ data: [{ id: 'llama-3.1-8b' }] }));
        return;
      }
      const { max_tokens } = JSON.parse(body) as { max_tokens: number };
      const energy = { joules: 2 + 4.1 * max_tokens, source: 'measured', scope: 'gpu-window', method: 'counter' };
      response.writeHead(200, eventStream);
      response.end(`${delta('x', 'stop')}${usage(40, max_tokens)}: energy ${JSON.stringify(energy)}\n\n${done}`);
    });
    await writeFile(file('ask.json'), '[{"role":"user","content":"How warm is tea?"}]');
    const lines: string[] = [];
    for (const tokens of ['8', '32', '128', '512']) {
      const argv = ['measure', 'ask.json', '--endpoint', server.url, '--model', 'llama-3.1-8b', '--max-tokens', tokens, '--repeats', '2', '--json']; // prettier-ignore
      const { code, stdout, stderr } = await runCli(argv, { cwd: folder });
      assert.equal(code, 0, stderr);
      lines.push(stdout);
    }
    await server.close();
    await writeFile(file('measured.jsonl'), lines.join(''));
    const made = await calibrate('--from', 'measured.jsonl', '--profile', 'm', '--base', 'solo-server', '--json');
    assert.equal(made.code, 0, made.stderr);
    const { profile, notUsed } = JSON.parse(made.stdout) as Report;
    assert.deepEqual([profile.calibration.measured.n, profile.calibration.measured.shapes, notUsed.length], [8, 4, 0]);
    await writeFile(
      file('demo.jsonl'),
      lines.join('').replaceAll('"provenance":"measured"', '"provenance":"simulated"'),
    );
    assert.match((await calibrate('--from', 'demo.jsonl', '--profile', 'm')).stderr, /simulated figure never enters/);
  });

  it('keeps what else is in the file, comments too, and says how to use the profile', async () => {
    await writeFile(
      file('kept.json'),
      '{\n  // ours\n  "model": "llama-3.1-8b",\n  "profiles": { "old": { "batch": 3 } }\n}\n',
    );
    const { code, stdout } = await calibrate('--from', 'runs.jsonl', '--profile', 'new', '--out', 'kept.json', ...base);
    assert.equal(code, 0);
    const text = await readFile(file('kept.json'), 'utf8');
    for (const kept of ['// ours', '"old": { "batch": 3 }', '"model": "llama-3.1-8b"', '"new"'])
      assert.ok(text.includes(kept));
    assert.match(stdout, /Written to kept\.json\. Use it: joulelens annotate FILE --profile new/);
    assert.match(stdout, /\| without calibration \| 24 \| \d+ % \|/);
    assert.match(stdout, /\| calibrated \| 24 \| [\d.]+ % \|/);
  });

  it('never writes into another kind of file', async () => {
    for (const text of ['{"name": "package"}', '{"profiles": ', 'plain text']) {
      await writeFile(file('other.json'), text);
      const { code, stderr } = await calibrate(
        '--from',
        'runs.jsonl',
        '--profile',
        'x',
        '--out',
        'other.json',
        ...base,
      );
      assert.equal(code, 2);
      assert.match(stderr, /^joulelens: --out other\.json: .*nothing was written into it/);
      assert.equal(await readFile(file('other.json'), 'utf8'), text);
    }
  });

  it('names bad rows by file, line and field, and uses the rest; simulated and estimated figures never', async () => {
    const rows = runs.map(({ tokensIn, tokensOut, joules }) => ({ model: 'llama-3.1-8b', in: tokensIn, out: tokensOut, batch: 1, joules })); // prettier-ignore
    const bad = [{ ...rows[0], joules: 'x' }, { ...rows[0], provenance: 'simulated' }, { ...rows[0], source: 'estimated' }, { ...rows[0], model: 'nope-1b' }]; // prettier-ignore
    await writeFile(file('rows.jsonl'), [...bad, ...rows].map((row) => JSON.stringify(row)).join('\n'));
    const { code, stdout, stderr } = await calibrate('--from', 'rows.jsonl', '--profile', 'r', ...base, '--json');
    assert.equal(code, 0);
    const lines = stderr.trim().split('\n');
    assert.equal(lines.length, 4);
    assert.match(lines[0]!, /^joulelens: rows\.jsonl:1: joules: expected the measured joules/);
    assert.match(stderr, /rows\.jsonl:2: provenance: simulated; a simulated figure never enters a calibration/);
    assert.match(stderr, /rows\.jsonl:3: provenance: estimated by the provider/);
    assert.match(stderr, /rows\.jsonl:4: model: .*nope-1b/);
    assert.equal((JSON.parse(stdout) as Report).profile.calibration.measured.n, rows.length);
  });

  it('takes CSV and several files', async () => {
    const csv = ['model,tokensIn,tokensOut,concurrency,joules', ...runs.slice(0, 12).map((run) => `llama-3.1-8b,${run.tokensIn},${run.tokensOut},1,${run.joules}`)]; // prettier-ignore
    await writeFile(file('a.csv'), csv.join('\r\n'));
    await writeFile(file('b.json'), report(runs.slice(12).map((run) => ({ ...run, scope: 'not stated' }))));
    const { code, stdout } = await calibrate('--from', 'a.csv', 'b.json', '--profile', 'c', ...base, '--json');
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as Report).profile.calibration.measured.n, 24);
  });

  it('refuses in one line, with exit code 2, what cannot be a calibration', async () => {
    await writeFile(file('two.jsonl'), `${report(runs.slice(0, 3))}\n${report(runs.slice(3).map((run) => ({ ...run, scope: 'request-attributed' })))}`); // prettier-ignore
    await writeFile(file('few.json'), report(runs.slice(0, 2)));
    await writeFile(file('simulated.json'), report(runs.map((run) => ({ ...run, provenance: 'simulated' }))));
    const mixed = runs.map((run, i) => ({ model: 'llama-3.1-8b', in: run.tokensIn, out: run.tokensOut, batch: 1, joules: run.joules, gpu: i % 2 ? 'a100-80gb' : 'h100-sxm' })); // prettier-ignore
    await writeFile(file('mixed.json'), JSON.stringify(mixed));
    for (const [argv, says] of [
      [[], /--from FILE is needed/],
      [['--from', 'runs.jsonl'], /--profile NAME is needed/],
      [['--from', 'nothing.json', '--profile', 'x'], /nothing\.json: no such file/],
      [
        ['--from', 'runs.jsonl', '--profile', 'x', '--base', 'nope'],
        /--base: unknown profile "nope"; there are: shared-server/,
      ],
      [['--from', 'runs.jsonl', '--profile', 'x', '--gpu', 'h101'], /--gpu: unknown GPU "h101"/],
      [['--from', 'runs.jsonl', '--profile', 'x', '--model', 'nope'], /--model: .*nope/],
      [
        ['--from', 'two.jsonl', '--profile', 'x'],
        /unlike scopes \(3 gpu-window, 21 request-attributed\).*choose one with --scope/,
      ],
      [['--from', 'few.json', '--profile', 'x'], /2 usable measurements in few\.json; at least 3 are needed/],
      [['--from', 'mixed.json', '--profile', 'x'], /several deployments \(12 of .*h100-sxm.*; 12 of .*a100-80gb/],
      [
        ['--from', 'runs.jsonl', '--profile', 'x', '--out', 'no/such/folder.json'],
        /--out no\/such\/folder\.json: its folder does not exist/,
      ],
    ] as const) {
      const { code, stderr, stdout } = await calibrate(...argv);
      assert.equal(code, 2, argv.join(' '));
      assert.match(stderr, says);
      assert.equal(stdout, '');
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
    }
    const simulated = await calibrate('--from', 'simulated.json', '--profile', 'x');
    assert.equal(simulated.code, 2);
    assert.match(simulated.stderr, /simulated\.json:1 run 1: provenance: simulated/);
    assert.match(simulated.stderr, /and 4 more rows/);
    assert.match(simulated.stderr, /0 usable measurements/);
    const chosen = await calibrate('--from', 'two.jsonl', '--profile', 'x', '--scope', 'request-attributed', '--json');
    assert.equal(chosen.code, 0);
    assert.match(
      (JSON.parse(chosen.stdout) as Report).warnings.join(),
      /3 rows of another model or scope were left out/,
    );
  });
});
