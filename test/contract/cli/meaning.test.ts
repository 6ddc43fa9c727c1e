/** `joulelens annotate` on templates, standing prompts and hidden context, from real files. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AnnotationJson } from '../../../server/core/index.js';
import { runCli } from '../../support/cli.js';

const PROMPTY = '---\nname: Kettle\n---\nsystem:\nSpeak of {{topic}} only.\n\nuser:\nI am {{name}}.\n';

describe('joulelens annotate on what files mean', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'joulelens-'));
    await writeFile(path.join(folder, 'a.prompty'), PROMPTY);
    await writeFile(path.join(folder, 'AGENTS.md'), '# Agents\n\nRun the tests before a commit.\n');
    await writeFile(path.join(folder, 'chat.json'), '[{"role":"user","content":"Hello"}]');
    await writeFile(path.join(folder, 'values.json'), '{"topic": "kettles of brass that sing", "name": "Ada"}');
    await writeFile(path.join(folder, 'list.json'), '[1]');
  });
  after(() => rm(folder, { recursive: true }));
  const run = (...argv: string[]) => runCli(['annotate', ...argv], { cwd: folder });
  const first = async (...argv: string[]) =>
    (JSON.parse((await run(...argv, '--json')).stdout) as AnnotationJson).conversations[0]!;

  it('--values fills placeholders, and the figures say so', async () => {
    const written = await first('a.prompty');
    const filled = await first('a.prompty', '--values', 'values.json');
    assert.equal(written.template?.filled, 'as written');
    assert.equal(filled.template?.filled, 'values.json');
    assert.deepEqual(filled.turns[0]!.range, written.turns[0]!.range);
    assert.notEqual(filled.turns[0]!.tokens.text, written.turns[0]!.tokens.text);
    assert.match((await run('a.prompty', '--values', 'values.json')).stdout, /filled in from values\.json/);
  });

  it('prices standing instructions over 1,000 requests', async () => {
    const { standing, next } = await first('AGENTS.md');
    assert.ok(standing && 'joulesPer1000Requests' in standing && standing.joulesPer1000Requests > 0);
    assert.equal(next, null);
    assert.match((await run('AGENTS.md')).stdout, /standing prompt, .* per 1,000 requests/);
  });

  it('reads any text as one user turn when asked', async () => {
    assert.deepEqual(
      (await first('AGENTS.md', '--format', 'plain-prompt')).turns.map(({ role }) => role),
      ['user'],
    );
  });

  it('warns where values change nothing, and refuses what cannot be meant', async () => {
    const unused = await run('chat.json', '--values', 'values.json');
    assert.equal(unused.code, 0);
    assert.match(unused.stderr, /chat\.json has no placeholders/);
    for (const [argv, message] of [
      [['--values', 'list.json'], /--values: list\.json holds no JSON object/],
      [['--values', 'AGENTS.md'], /--values: AGENTS\.md is no JSON/],
      [['--values', 'values.json', '--sample', 'x'], /contradict/],
      [['--sample', 'x'], /--sample: a\.prompty has no sample "x"/],
      [['--branches', 'some'], /--branches: expected current or all/],
      [['--format', 'promty'], /nearest ids are prompty/],
    ] as const) {
      const { code, stderr } = await run('a.prompty', ...argv);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  });
});
