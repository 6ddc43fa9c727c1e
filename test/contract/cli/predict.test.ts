/** `joulelens predict`: flags, rows in and out in order, and what bad rows give. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PredictionRow } from '../../../server/core/energy/predict.js';
import { jsonLinesOf, runCli, stdinOf } from '../../support/cli.js';

const predict = (...argv: string[]) => runCli(['predict', ...argv]);
const one = async (...argv: string[]): Promise<PredictionRow> =>
  JSON.parse((await predict(...argv, '--json')).stdout) as PredictionRow;

describe('joulelens predict', () => {
  it('gives the same figures for flags and for a row', async () => {
    const flags = await one('--model', 'llama-3.1-8b', '--in', '1200', '--out', '300', '--batch', '8..128');
    const row = { model: 'llama-3.1-8b', in: 1200, out: 300, batch: [8, 128] };
    const { stdout } = await runCli(['predict', '--rows', '-'], { stdin: stdinOf(JSON.stringify(row)) });
    assert.deepEqual(jsonLinesOf(stdout)[0], JSON.parse(JSON.stringify(flags)));
    assert.ok(Math.abs(flags.gpuJoules - flags.prefillJoules - flags.decodeJoules) < 1e-9 * flags.gpuJoules);
    assert.ok(flags.interval90[0] < flags.gpuJoules && flags.gpuJoules < flags.interval90[1]);
    assert.ok(
      Math.abs(flags.totalJoules - flags.assumptions.pue * (flags.gpuJoules + flags.hostJoules)) <
        1e-9 * flags.totalJoules,
    );
  });

  it('knows that a batch shares, and that a cached prompt costs less', async () => {
    const base = ['--model', 'llama-3.1-8b', '--in', '2000', '--out', '200'];
    const alone = await one(...base, '--batch', '1');
    const shared = await one(...base, '--batch', '64');
    const cached = await one(...base, '--batch', '64', '--cached', '1984');
    assert.ok(alone.decodeJoules > 10 * shared.decodeJoules);
    assert.ok(shared.prefillJoules > 5 * cached.prefillJoules);
  });

  it('answers rows in order, a bad one by an error in its place, and exits with 2', async () => {
    const rows = [
      '{"model":"llama-3.1-8b","in":10,"out":5}',
      '{"model":"nothing-of-the-kind","in":10,"out":5}',
      '',
      'no json',
      '{"model":"llama-3.1-8b","in":-1,"out":5}',
      '{"model":"llama-3.1-8b","in":10,"out":0}',
    ];
    const { code, stdout } = await runCli(['predict', '--rows', '-'], { stdin: stdinOf(rows.join('\n')) });
    assert.equal(code, 2);
    const out = jsonLinesOf(stdout) as { error?: string; joulesPerOutputToken?: number | null }[];
    assert.deepEqual(
      out.map(({ error }) => error?.split(':')[0]),
      [undefined, 'model', 'not JSON', 'in', undefined],
    );
    assert.equal(out[4]!.joulesPerOutputToken, null);
  });

  it('takes the object of a config.json, in a file and in a row', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'joulelens-'));
    try {
      const config = {
        model_type: 'llama',
        hidden_size: 4096,
        intermediate_size: 14336,
        num_hidden_layers: 32,
        num_attention_heads: 32,
        num_key_value_heads: 8,
        vocab_size: 128256,
        torch_dtype: 'bfloat16',
        max_position_embeddings: 131072,
      };
      await writeFile(path.join(folder, 'config.json'), JSON.stringify(config));
      const args = ['predict', '--config', 'config.json', '--in', '1000', '--out', '100', '--batch', '16', '--json'];
      const { stdout } = await runCli(args, { cwd: folder });
      const own = JSON.parse(stdout) as PredictionRow;
      const known = await one('--model', 'llama-3.1-8b', '--in', '1000', '--out', '100', '--batch', '16');
      assert.ok(Math.abs(own.gpuJoules / known.gpuJoules - 1) < 1e-6, `${own.gpuJoules} ~ ${known.gpuJoules}`);
      await writeFile(path.join(folder, 'broken.json'), '{');
      const broken = await runCli(['predict', '--config', 'broken.json', '--in', '1', '--out', '1'], { cwd: folder });
      assert.equal(broken.code, 2);
      assert.match(broken.stderr, /--config broken\.json: not JSON/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuses what cannot be, in one line that names the field', async () => {
    const base = ['--model', 'llama-3.1-8b', '--in', '10', '--out', '10'];
    for (const [argv, expected] of [
      [['--in', '10', '--out', '10'], /model: missing/],
      [['--model', 'llama-3.1-8b', '--out', '10'], /in: missing/],
      [[...base, '--gpu', 'h1000'], /gpu: .*h100/],
      [[...base, '--precision', 'bf17'], /precision: .*bf16/],
      [[...base, '--engine', 'vlm'], /engine: .*vllm/],
      [[...base, '--batch', '128..8'], /--batch: the range 128\.\.8 runs backwards/],
      [[...base, '--batch', '0'], /--batch: expected a number of at least 1/],
      [[...base, '--in', '1.5'], /--in: expected a whole number/],
      [['--model', 'llama-3.1-405b', '--in', '1', '--out', '1', '--gpus', '1'], /gpus|fit/],
      [['--rows', 'nothing.jsonl'], /nothing\.jsonl: no such file/],
      [['--rows', '-', '--model', 'llama-3.1-8b'], /--rows: .*leave --model out/],
      [[...base, '--config', 'config.json'], /--model or --config, not both/],
      [['--model', 'llama-3.1-8b', '--in', '-5', '--out', '10'], /--in: its value is missing/],
    ] as const) {
      const { code, stderr } = await predict(...argv);
      assert.equal(code, 2, argv.join(' '));
      assert.match(stderr, expected);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
    }
  });
});
