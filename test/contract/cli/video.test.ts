import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { createVideoCatalogue } from '../../../server/core/energy/video/catalogue.js';
import type { VideoPrediction } from '../../../server/core/energy/video/predictVideo.js';
import { runCli } from '../../support/cli.js';

const video = (...argv: string[]) => runCli(['video', ...argv]);
const WAN = ['--model', 'wan2.1-t2v-14b', '--width', '1280', '--height', '720', '--frames', '81', '--steps', '50'];

describe('joulelens video', () => {
  it('gives the same figures for flags and for a row, with every field of the contract', async () => {
    const { code, stdout } = await video(...WAN, '--guidance', '5', '--json');
    assert.equal(code, 0);
    const flags = JSON.parse(stdout) as VideoPrediction;
    const row = { model: 'wan2.1-t2v-14b', width: 1280, height: 720, frames: 81, steps: 50, guidance: 5 };
    const rows = await runCli(['video', '--rows', '-'], { stdin: Readable.from([`${JSON.stringify(row)}\n`]) });
    assert.equal(rows.code, 0);
    assert.equal(rows.stdout, stdout);
    for (const field of ['gpuJoules', 'gpuWattHours', 'seconds', 'paperGpuWattHours'] as const) {
      assert.ok((flags[field] ?? 0) > 0, field);
    }
    assert.equal(flags.assumptions.passes, 2);
    assert.ok(Array.isArray(flags.warnings));
  });

  it('says it in words', async () => {
    const { code, stdout } = await video(...WAN);
    assert.equal(code, 0);
    assert.match(stdout, /^predicted 1\.\d MJ on the GPUs \(90 % 1\.\d-1\.\d MJ, 3\d\d Wh\), \d\d(\.\d)? min$/m);
    assert.match(stdout, /self-attention \d\d\.\d %/);
    assert.match(stdout, /published formula: \d+ Wh/);
    assert.match(stdout, /75600 latent tokens/);
  });

  it('answers rows in order, a bad one by an error in its place, and exits with 2', async () => {
    const rows = [
      '{"model":"mochi-1"}',
      '{"model":"sora"}',
      '',
      'no json',
      '{"model":"mochi-1","frames":0}',
      '{"model":"ltx-video-0.9.7","steps":40,"colour":"red"}',
    ];
    const { code, stdout } = await runCli(['video', '--rows', '-'], { stdin: Readable.from([rows.join('\n')]) });
    assert.equal(code, 2);
    const out = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Partial<VideoPrediction> & { error?: string });
    assert.deepEqual(
      out.map(({ error }) => error?.split(':')[0]),
      [undefined, 'model', 'not JSON', 'frames', undefined],
    );
    assert.ok(out[4]!.warnings!.some((warning) => warning.includes('"colour" is not known')));
  });

  it('takes the config.json of a transformer', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'joulelens-'));
    try {
      const { config } = createVideoCatalogue().rows[0]!;
      const { vae: _vae, ...bare } = config;
      await writeFile(path.join(folder, 'config.json'), JSON.stringify(bare));
      const args = ['video', '--config', 'config.json', ...WAN.slice(2), '--json'];
      const { stdout } = await runCli(args, { cwd: folder });
      const own = JSON.parse(stdout) as VideoPrediction;
      const known = JSON.parse((await video(...WAN, '--json')).stdout) as VideoPrediction;
      // The catalogue's figure has the model's own factor on top.
      assert.ok(Math.abs(own.gpuJoules / known.gpuJoules - 1) < 0.1);
      assert.ok(
        own.assumptions.notes.some((note) => /VAE compression 4 x 8 x 8.*that of WanTransformer3DModel/.test(note)),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuses what cannot be, in one line', async () => {
    for (const [argv, expected] of [
      [['--model', 'wan2.1-t2v-14b', '--frames', '0'], /frames: .*it is 0/],
      [['--width', '832'], /model: missing/],
      [['--model', 'wan2.1-t2v-14b', '--steps', 'many'], /--steps: expected a whole number/],
      [['--model', 'mochi-1', '--config', 'c.json'], /--model or --config, not both/],
      [['--config', 'nothing.json'], /--config nothing\.json: no such file/],
      [['--rows', '-', '--model', 'mochi-1'], /leave --model out/],
      [['clip.json'], /video takes no FILE/],
    ] as const) {
      const { code, stdout, stderr } = await video(...argv);
      assert.equal(code, 2, argv.join(' '));
      assert.equal(stdout, '');
      assert.match(stderr, expected);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
    }
  });
});
