/** `joulelens annotate`: the JSON contract, what it reads, and what bad input gives. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { AnnotationJson, ConversationJson } from '../../../server/core/index.js';
import { jsonLinesOf, runCli, stdinOf } from '../../support/cli.js';

const CHAT = JSON.stringify(
  {
    model: 'llama-3.1-8b',
    messages: [
      { role: 'system', content: 'Be brief.\n"Please".' },
      { role: 'user', content: 'Why is the sky blue? 🌍' },
      { role: 'assistant', content: 'Rayleigh scattering.' },
      { role: 'user', content: 'Thank you!' },
    ],
  },
  null,
  2,
);

const near = (a: number, b: number): void =>
  assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b)), `${a} ~ ${b}`);

describe('joulelens annotate', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'joulelens-'));
    await writeFile(path.join(folder, 'chat.json'), CHAT);
  });
  after(() => rm(folder, { recursive: true }));

  const run = (...argv: string[]) => runCli(['annotate', ...argv], { cwd: folder });
  async function annotate(content: string | Buffer, ...more: string[]): Promise<AnnotationJson> {
    const { stdout } = await runCli(['annotate', '-', '--json', ...more], { cwd: folder, stdin: stdinOf(content) });
    return jsonLinesOf(stdout)[0] as AnnotationJson;
  }

  it('gives every field of the contract', async () => {
    const { code, stdout, stderr } = await run('chat.json', '--json');
    assert.equal(code, 0);
    assert.equal(stderr, '');
    const annotation = JSON.parse(stdout) as AnnotationJson & { profile: { name: string; batch: unknown } };
    assert.equal(annotation.file, 'chat.json');
    assert.equal(annotation.format, 'openai-chat');
    assert.equal(annotation.profile.name, 'shared-server');
    assert.deepEqual(annotation.profile.batch, [8, 128]);
    assert.deepEqual(annotation.diagnostics, []);
    const [conversation] = annotation.conversations as [ConversationJson];
    assert.deepEqual(conversation.model, { id: 'meta-llama/Llama-3.1-8B-Instruct', source: 'file' });
    assert.deepEqual(conversation.tokenizer, { id: 'llama-3', exact: true });
    assert.deepEqual(
      conversation.turns.map(({ role }) => role),
      ['system', 'user', 'assistant', 'user'],
    );
    assert.equal(conversation.requests.length, 2);
    assert.deepEqual(
      conversation.requests.map(({ turns }) => turns),
      [
        [0, 2],
        [3, 3],
      ],
    );
    const { next, total } = conversation;
    assert.ok(next && total);
    assert.ok(next.tokens.p10 <= next.tokens.p50 && next.tokens.p50 <= next.tokens.p90);
    near(next.request.joules, next.energy.joules + conversation.requests[1]!.energy.joules);
    near(
      total.energy.joules,
      conversation.turns.reduce((sum, turn) => sum + turn.energy!.joules, 0),
    );
    near(
      total.energy.joules,
      conversation.requests.reduce((sum, request) => sum + request.energy.joules, 0),
    );
    for (const { energy } of conversation.turns) {
      near(energy!.joules, energy!.prefillJoules + energy!.rereadJoules + energy!.decodeJoules);
      assert.ok(energy!.interval90[0] <= energy!.joules && energy!.joules <= energy!.interval90[1]);
      assert.ok(energy!.laterJoules !== undefined && energy!.laterJoules >= 0);
    }
  });

  it('gives ranges whose decoded source is the content', async () => {
    const annotation = await annotate(CHAT);
    const lines = CHAT.split('\n');
    const turn = annotation.conversations[0]!.turns[0]!;
    const [range] = turn.contentRanges;
    assert.ok(range);
    const raw = lines[range.start.line]!.slice(range.start.character, range.end.character);
    assert.equal(JSON.parse(`"${raw}"`), 'Be brief.\n"Please".');
  });

  it('does not count a byte-order mark, and ends lines at CR, LF and CRLF but not at U+2028', async () => {
    const text = '\uFEFF[\r{"role":"user","content":"a\u2028b"},\r\n{"role":"assistant","content":"c"}]';
    const { conversations } = await annotate(text);
    assert.deepEqual(
      conversations[0]!.turns.map(({ range }) => range.start),
      [
        { line: 1, character: 0 },
        { line: 2, character: 0 },
      ],
    );
  });

  it('says null where there is no conversation, and does not light up on other JSON', async () => {
    for (const text of ['', '{"name":"x","version":"1.0.0"}', '[{"role":"admin","name":"Ann"}]', 'Just prose.\n']) {
      const annotation = await annotate(text);
      assert.equal(annotation.format, null, text);
      assert.deepEqual(annotation.conversations, []);
      assert.deepEqual(
        annotation.diagnostics.map(({ code }) => code),
        ['no-conversation'],
      );
      assert.match(annotation.diagnostics[0]!.message, text === '' ? /empty/ : /--format/);
    }
  });

  it('says why a figure is missing, and what it doubts, to people too', async () => {
    const long = JSON.stringify([{ role: 'user', content: 'word '.repeat(150_000) }]);
    const { stdout } = await runCli(['annotate', '-'], { cwd: folder, stdin: stdinOf(long) });
    assert.match(stdout, /^warning: 150\d\d\d tokens exceed the model's context/m);
    await writeFile(
      path.join(folder, 'joulelens.json'),
      JSON.stringify({ profile: 'one', profiles: { one: { gpus: 1 } } }),
    );
    try {
      const large = await run('chat.json', '--model', 'llama-3.1-405b');
      assert.match(large.stdout, /no figures: .*do not fit|, .*do not fit/);
    } finally {
      await rm(path.join(folder, 'joulelens.json'));
    }
  });

  it('writes what is wrong with a command line in one line', async () => {
    for (const argv of [[], ['chat.json', '--colour'], ['chat.json', '--model'], ['chat.json', '--model', '-5']]) {
      const { code, stderr } = await run(...argv);
      assert.equal(code, 2);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
      assert.match(stderr, /usage: joulelens annotate/);
    }
  });

  it('ends with 130 when interrupted while it waits for standard input', async () => {
    for (const more of [['--json'], ['--stream'], ['--stream', '--format', 'json-lines']]) {
      const interrupt = new AbortController();
      const waiting = runCli(['annotate', '-', ...more], { stdin: new PassThrough(), signal: interrupt.signal });
      setTimeout(() => interrupt.abort(), 20);
      assert.deepEqual(await waiting, { code: 130, stdout: '', stderr: '' }, more.join(' '));
    }
  }).timeout(5000);

  it('keeps the turns of broken JSON, with one diagnostic at the break', async () => {
    const annotation = await annotate(CHAT.slice(0, CHAT.indexOf('Thank') + 3));
    assert.equal(annotation.conversations[0]!.turns.length, 4);
    assert.deepEqual(
      annotation.diagnostics.map(({ code }) => code),
      ['json-syntax'],
    );
  });

  it('names an unknown role, and counts its turn', async () => {
    const annotation = await annotate('[{"role":"user","content":"a"},{"role":"wizard","content":"b"}]');
    assert.equal(annotation.conversations[0]!.turns.length, 2);
    const [diagnostic] = annotation.diagnostics;
    assert.equal(diagnostic?.code, 'unknown-role');
    assert.match(diagnostic.message, /wizard/);
    assert.equal(diagnostic.range.start.character, 40);
  });

  it('names an unknown model of the file, and figures on', async () => {
    const annotation = await annotate(CHAT.replace('llama-3.1-8b', 'lama-3.1-8bb'));
    assert.equal(annotation.diagnostics[0]?.code, 'unknown-model');
    assert.match(annotation.diagnostics[0].message, /nearest/);
    assert.equal(annotation.conversations[0]!.model.source, 'default');
    assert.ok(annotation.conversations[0]!.total);
  });

  it('counts bytes that are no UTF-8 as U+FFFD, and says where', async () => {
    const bytes = Buffer.concat([
      Buffer.from('[{"role":"user","content":"h'),
      Buffer.from([0xff]),
      Buffer.from('i"}]'),
    ]);
    const annotation = await annotate(bytes);
    assert.equal(annotation.diagnostics[0]?.code, 'invalid-utf8');
    assert.deepEqual(annotation.diagnostics[0].range.start, { line: 0, character: 28 });
    assert.equal(annotation.conversations[0]!.turns.length, 1);
  });

  it('counts a line of 5 MB', async () => {
    const annotation = await annotate(JSON.stringify([{ role: 'user', content: 'a'.repeat(5_000_000) }]));
    const [turn] = annotation.conversations[0]!.turns;
    assert.ok(turn!.tokens.text > 100_000);
    const { total, warnings } = annotation.conversations[0]!;
    assert.ok(total && Number.isFinite(total.energy.joules));
    assert.match(warnings!.join(), /exceed the model's context/);
  }).timeout(60_000);

  it('goes on to the next file after a bad one, and exits with 2', async () => {
    await writeFile(path.join(folder, 'binary.json'), Buffer.from([0, 1, 2, 3]));
    const { code, stdout, stderr } = await run('binary.json', 'nothing.json', '.', 'chat.json', '--json');
    assert.equal(code, 2);
    assert.equal(jsonLinesOf(stdout).length, 1);
    assert.deepEqual(
      stderr
        .trim()
        .split('\n')
        .map((line) => line.replace(/ \(.*/, '')),
      [
        'joulelens: binary.json: binary, not text',
        'joulelens: nothing.json: no such file',
        'joulelens: .: is a folder; name the files in it',
      ],
    );
  });

  it('says what files are that are no text, streamed or not', async () => {
    await writeFile(path.join(folder, 'rows.jsonl.gz'), gzipSync('{"messages":[]}\n'));
    await writeFile(path.join(folder, 'wide.jsonl'), '\uFEFF{"messages":[]}\n', 'utf16le');
    for (const more of [[], ['--stream', '--format', 'json-lines']]) {
      const { code, stdout, stderr } = await run('rows.jsonl.gz', 'wide.jsonl', ...more);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^joulelens: rows\.jsonl\.gz: compressed with gzip; unpack it first: .*\n/);
      assert.match(stderr, /\njoulelens: wide\.jsonl: UTF-16; save it as UTF-8\n$/);
    }
    const stdin = Readable.from([gzipSync('{"messages":[]}\n')]);
    const { stderr } = await runCli(['annotate', '-', '--stream', '--format', 'json-lines'], { stdin });
    assert.match(stderr, /^joulelens: standard input: compressed with gzip;/);
  });

  it('refuses unknown models, profiles, formats and options with one line and the nearest ones', async () => {
    for (const [argv, expected] of [
      [['--model', 'lama-3.1-8b'], /--model: unknown model "lama-3\.1-8b"; .*Llama/],
      [['--profile', 'nope'], /--profile: unknown profile "nope"; there are: shared-server/],
      [['--format', 'nope'], /--format: unknown format "nope"; the nearest ids are .*; all: .*openai-chat/],
      [['--colour'], /unknown option '--colour'/],
    ] as const) {
      const { code, stderr } = await run('chat.json', ...argv);
      assert.equal(code, 2);
      assert.match(stderr, expected);
      assert.doesNotMatch(stderr, /\n\s+at /);
    }
  });

  it('reads profiles of the nearest joulelens.json, and says what is wrong in it', async () => {
    await writeFile(
      path.join(folder, 'joulelens.json'),
      JSON.stringify({
        profile: 'ours',
        profiles: { ours: { batch: 1 } },
        endpoint: { url: 'http://evil.example/v1' },
      }),
    );
    try {
      const { code, stdout, stderr } = await run('chat.json', '--json');
      assert.equal(code, 0);
      assert.equal((JSON.parse(stdout) as { profile: { name: string } }).profile.name, 'ours');
      assert.match(stderr, /joulelens\.json: .*endpoint/);
    } finally {
      await rm(path.join(folder, 'joulelens.json'));
    }
  });

  it('says that joulelens.json names a profile that does not exist, and goes on', async () => {
    await writeFile(path.join(folder, 'joulelens.json'), JSON.stringify({ profile: 'shared-serve' }));
    try {
      const { code, stdout, stderr } = await run('chat.json', '--json');
      assert.equal(code, 0);
      assert.equal((JSON.parse(stdout) as { profile: { name: string } }).profile.name, 'shared-server');
      assert.match(stderr, /^joulelens: error: joulelens\.json: profile: .*shared-serve.*\n$/);
    } finally {
      await rm(path.join(folder, 'joulelens.json'));
    }
  });

  it('costs less in a batch than alone', async () => {
    const joules = async (profile: string): Promise<number> => {
      const { stdout } = await run('chat.json', '--json', '--profile', profile);
      return (JSON.parse(stdout) as AnnotationJson).conversations[0]!.total!.energy.joules;
    };
    assert.ok((await joules('solo-server')) > 3 * (await joules('shared-server')));
  });

  it('shows a table to people', async () => {
    const { stdout } = await run('chat.json');
    assert.match(stdout, /turn {2}role {7}tokens/);
    assert.match(stdout, /next reply \d+ tokens/);
    assert.match(stdout, /predicted GPU joules/);
  });

  describe('--stream', () => {
    const line = (text: string): string => JSON.stringify({ messages: [{ role: 'user', content: text }] });

    it('gives a line a conversation and a total, with positions of the file', async () => {
      await writeFile(path.join(folder, 'rows.jsonl'), `\uFEFF${line('a')}\n\n{"messages":[{"role":\r\n${line('b')}`);
      const { stdout, code } = await run('rows.jsonl', '--stream');
      assert.equal(code, 0);
      const lines = jsonLinesOf(stdout) as [
        ConversationJson,
        ConversationJson,
        { total: { tokens: number }; diagnostics: { range: { start: { line: number } } }[] },
      ];
      assert.deepEqual(
        lines.slice(0, -1).map((each) => (each as ConversationJson).id),
        ['0', '1', '2'],
      );
      assert.equal((lines.at(-2) as ConversationJson).turns[0]!.range.start.line, 3);
      const last = lines.at(-1) as unknown as (typeof lines)[2];
      assert.equal(last.diagnostics[0]!.range.start.line, 2);
      assert.ok(last.total.tokens > 0);
    });

    it('ends with 130 when interrupted, without a message', async () => {
      const interrupt = new AbortController();
      const stdin = Readable.from(
        (function* () {
          yield `${line('a')}\n`;
          interrupt.abort();
          yield `${line('b')}\n`;
        })(),
      );
      const argv = ['annotate', '-', '--stream', '--format', 'json-lines'];
      const { code, stderr } = await runCli(argv, { stdin, signal: interrupt.signal });
      assert.equal(code, 130);
      assert.equal(stderr, '');
    });

    it('gives every conversation of a line that holds several', async () => {
      await writeFile(path.join(folder, 'lists.jsonl'), `[${line('a')},${line('b')}]\n${line('c')}\n`);
      const lines = jsonLinesOf((await run('lists.jsonl', '--stream')).stdout);
      const whole = JSON.parse((await run('lists.jsonl', '--json')).stdout) as AnnotationJson;
      assert.equal(whole.conversations.length, 3);
      assert.deepEqual(lines.slice(0, -1), whole.conversations);
    });

    it('names bytes that are no UTF-8, as without it', async () => {
      await writeFile(path.join(folder, 'bytes.jsonl'), Buffer.from(`${line('a')}\n${line('é')}\n`, 'latin1'));
      const last = jsonLinesOf((await run('bytes.jsonl', '--stream')).stdout).at(-1) as AnnotationJson;
      const whole = JSON.parse((await run('bytes.jsonl', '--json')).stdout) as AnnotationJson;
      assert.equal(last.diagnostics[0]!.code, 'invalid-utf8');
      assert.deepEqual(last.diagnostics, whole.diagnostics);
    });

    it('says how many conversations are in no total', async () => {
      const large = JSON.stringify({
        model: 'meta-llama/Llama-3.1-405B-Instruct',
        messages: [{ role: 'user', content: 'a' }],
      });
      await writeFile(path.join(folder, 'large.jsonl'), `${line('a')}\n${large}\n`);
      const profile = { profile: 'one', profiles: { one: { gpus: 1 } } };
      await writeFile(path.join(folder, 'joulelens.json'), JSON.stringify(profile));
      try {
        const [one, two, last] = jsonLinesOf((await run('large.jsonl', '--stream')).stdout) as ConversationJson[];
        assert.match(two!.error!, /do not fit 1 x H100/);
        assert.equal((last as unknown as { conversationsWithoutEnergy: number }).conversationsWithoutEnergy, 1);
        assert.deepEqual(last!.total!.tokens, one!.total!.tokens);
      } finally {
        await rm(path.join(folder, 'joulelens.json'));
      }
    });

    it('has every field of a total where nothing was found', async () => {
      await writeFile(path.join(folder, 'empty.jsonl'), '');
      const last = jsonLinesOf((await run('empty.jsonl', '--stream')).stdout).at(-1) as {
        total: ConversationJson['total'];
      };
      assert.equal(last.total!.tokens, 0);
      assert.deepEqual(last.total!.energy, {
        joules: 0,
        interval90: [0, 0],
        prefillJoules: 0,
        rereadJoules: 0,
        decodeJoules: 0,
        hostJoules: 0,
        facilityJoules: 0,
      });
    });

    it('gives the same output with threads as without, in the order of the file, and one line for each', async () => {
      const words = 'energy of a prompt in joules, counted twice "so" \\u00e9 '.repeat(40);
      const rows = Array.from({ length: 2600 }, (_, n) =>
        n % 500 === 7 ? '{"messages":[{"role":"us' : n % 700 === 9 ? '' : line(`${n} ${words.slice(n % 50)}`),
      );
      const file = path.join(folder, 'long.jsonl');
      await writeFile(file, rows.join('\n'));
      assert.ok((await stat(file)).size > 5_000_000);
      const streamed = async (threads: string) =>
        runCli(['annotate', 'long.jsonl', '--stream', '--threads', threads], { cwd: folder });
      const [one, three] = [await streamed('1'), await streamed('3')];
      assert.equal(three.code, 0);
      const alone = one.stdout.split('\n');
      const other = three.stdout.split('\n').findIndex((each, n) => each !== alone[n]);
      assert.ok(other < 0, `line ${other}: ${three.stdout.split('\n')[other]} instead of ${alone[other]}`);
      assert.equal(three.stdout.length, one.stdout.length);
      const lines = jsonLinesOf(three.stdout) as ConversationJson[];
      assert.deepEqual(
        lines.slice(0, -1).map(({ id }) => id),
        lines.slice(0, -1).map((_, n) => String(n)),
      );
      assert.equal((lines.at(-1) as unknown as AnnotationJson).diagnostics.length, 6);
    }).timeout(120_000);

    it('ends with 130 when interrupted while threads work', async () => {
      const interrupt = new AbortController();
      const stdin = Readable.from(
        (function* () {
          for (let n = 0; n < 400; n++) {
            if (n === 300) setTimeout(() => interrupt.abort(), 5);
            yield `${line('x y '.repeat(5000))}\n`;
          }
        })(),
      );
      const argv = ['annotate', '-', '--stream', '--format', 'json-lines', '--threads', '2'];
      const { code, stderr } = await runCli(argv, { stdin, signal: interrupt.signal });
      assert.equal(code, 130);
      assert.equal(stderr, '');
    }).timeout(60_000);

    it('leaves no thread when its process is interrupted', async () => {
      const rows = Array.from({ length: 6000 }, (_, n) => line(`${n} ${'counted twice '.repeat(100)}`));
      await writeFile(path.join(folder, 'interrupted.jsonl'), rows.join('\n'));
      const bin = path.resolve(__dirname, '../../../server/cli/bin.js');
      const child = spawn(process.execPath, [bin, 'annotate', 'interrupted.jsonl', '--stream', '--threads', '2'], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const ended = once(child, 'exit');
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      await once(child.stdout, 'readable');
      child.stdout.resume();
      child.kill('SIGINT');
      // Its end comes only where nothing is left that runs.
      assert.deepEqual(await ended, [130, null], stderr);
      assert.equal(stderr, '');
    }).timeout(120_000);

    it('ends with 130 when interrupted while its reader stands still', async () => {
      await writeFile(path.join(folder, 'few.jsonl'), line('a'));
      await writeFile(path.join(folder, 'many.jsonl'), `${line('x y '.repeat(2000))}\n`.repeat(550));
      for (const name of ['few.jsonl', 'many.jsonl']) {
        const interrupt = new AbortController();
        // The first write is never taken.
        const stdout = new Writable({ highWaterMark: 1, write: () => setImmediate(() => interrupt.abort()) });
        const argv = ['annotate', name, '--stream', '--threads', '2'];
        const { code, stderr } = await runCli(argv, { cwd: folder, stdout, signal: interrupt.signal });
        assert.deepEqual([code, stderr], [130, ''], name);
      }
    }).timeout(120_000);

    it('draws a progress bar up to the end on a terminal, and none elsewhere', async () => {
      const rows = Array.from({ length: 60 }, (_, n) => line(`${n} ${'x y '.repeat(3000)}`));
      await writeFile(path.join(folder, 'bar.jsonl'), rows.join('\n'));
      const argv = ['annotate', 'bar.jsonl', '--stream'];
      const { stderr } = await runCli(argv, { cwd: folder, isTerminal: true });
      const percents = [...stderr.matchAll(/\r█*░* (\d+) % bar\.jsonl/g)].map((match) => Number(match[1]));
      assert.ok(percents.length > 3 && percents.at(-1)! >= 99, stderr);
      assert.deepEqual(
        percents,
        [...percents].sort((a, b) => a - b),
      );
      assert.ok(stderr.endsWith('\r\u001b[K'), 'the line is cleared');
      assert.equal((await runCli(argv, { cwd: folder })).stderr, '');
    }).timeout(60_000);

    it('gives the same figures as without it', async () => {
      await writeFile(path.join(folder, 'two.jsonl'), `${line('one')}\n${line('two words')}\n`);
      const streamed = jsonLinesOf((await run('two.jsonl', '--stream')).stdout).slice(0, -1);
      const whole = JSON.parse((await run('two.jsonl', '--json')).stdout) as AnnotationJson;
      assert.deepEqual(streamed, whole.conversations);
    });
  });
});
