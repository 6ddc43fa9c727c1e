import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { EMPTY_CONFIG, readConfigFile } from '../../../server/settings/configFile.js';
import { matchesGlob } from '../../../server/settings/glob.js';
import { configJsonSchema } from '../../../server/settings/jsonSchema.js';
import { resolveSettings } from '../../../server/settings/resolve.js';

const at = (text: string, part: string) => {
  const start = text.indexOf(part);
  return { start, end: start + part.length };
};

describe('joulelens.json', () => {
  it('reads profiles, defaults filled in, with comments and trailing commas', () => {
    const { config, problems } = readConfigFile(`{
      // what we run
      "profile": "ours",
      "model": "llama-3.1-70b",
      "models": { "small/**": "llama-3.2-3b" },
      "profiles": { "ours": { "gpu": "H200-SXM", "gpus": 4, "batch": [16, 64] }, },
    }`);
    assert.deepEqual(problems, []);
    assert.deepEqual([config.profile, config.model], ['ours', 'llama-3.1-70b']);
    assert.deepEqual(config.models, [['small/**', 'llama-3.2-3b']]);
    assert.deepEqual(config.profiles, [
      { name: 'ours', gpu: 'h200-sxm', gpus: 4, engine: 'vllm-0.11', batch: [16, 64], prefixCache: true, hostWattsPerGpu: 200, pue: 1.15 },
    ]); // prettier-ignore
  });

  const bad: [name: string, text: string, part: string, says: RegExp][] = [
    ['a wrong type', '{"profile": 7, "model": "m"}', '7', /^profile: expected string \(it is 7\)/],
    ['an unknown key', '{"prfile": "x"}', '"prfile"', /unknown key "prfile"; the nearest ids are profile/],
    ['an endpoint', '{"endpoint": "http://x/v1"}', '"endpoint"', /user's own settings only/],
    ['a meter', '{"meter": "nvml"}', '"meter"', /user's own settings only/],
    ['an extractor', '{"extractor": "x"}', '"extractor"', /user's own settings only/],
    ['an unknown GPU', '{"profiles": {"a": {"gpu": "h101"}}}', '"h101"', /^profiles\.a\.gpu: unknown GPU "h101".*h100/],
    ['a negative PUE', '{"profiles": {"a": {"pue": 0.5}}}', '0.5', /^profiles\.a\.pue: /],
    ['a batch of text', '{"profiles": {"a": {"batch": "8"}}}', '"8"', /^profiles\.a\.batch: expected a number/],
    [
      'an endpoint in a profile',
      '{"profiles": {"a": {"endpoint": "x"}}}',
      '{"endpoint": "x"}',
      /user's own settings only/,
    ],
    ['an unknown key in a profile', '{"profiles": {"a": {"gpuz": 1}}}', '{"gpuz": 1}', /unknown key "gpuz".*gpu/],
    ['profiles of the wrong type', '{"profiles": []}', '[]', /^profiles: expected an object/],
    ['a list', '[]', '[]', /must hold a JSON object/],
  ];
  for (const [name, text, part, says] of bad) {
    it(`names the place of ${name}`, () => {
      const { problems } = readConfigFile(text);
      assert.equal(problems.length, 1, JSON.stringify(problems));
      assert.match(problems[0]!.message, says);
      assert.deepEqual(problems[0]!.span, at(text, part));
    });
  }

  it('keeps what is right beside what is wrong', () => {
    const { config } = readConfigFile('{"profile": 7, "model": "m", "profiles": {"a": {"pue": "x"}, "b": {}}');
    assert.equal(config.model, 'm');
    assert.deepEqual(config.profiles.map((profile) => profile.name), ['b']); // prettier-ignore
  });

  it('reads any text without throwing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.json().map((text) => text.slice(0, -1))), (text) => {
        const { problems } = readConfigFile(text);
        for (const { span } of problems) assert.ok(span.start >= 0 && span.end >= span.start);
      }),
      { numRuns: 100 },
    ); // prettier-ignore
  });

  it('has a contributed schema that is current', () => {
    const file = join(__dirname, '..', '..', '..', '..', 'schemas', 'joulelens.schema.json');
    const written: unknown = JSON.parse(readFileSync(file, 'utf8'));
    assert.deepEqual(written, JSON.parse(JSON.stringify(configJsonSchema())));
  });
});

describe('settings merged', () => {
  const file = readConfigFile(
    '{"profile": "ours", "model": "m0", "models": {"a/*.json": "m1", "*.md": "m2"}, "profiles": {"ours": {}, "solo-server": {"batch": 2}}}',
  ).config;

  it('takes the default without any', () => {
    const settings = resolveSettings(EMPTY_CONFIG, {});
    assert.deepEqual(
      [settings.profile.name, settings.profileSource, settings.model],
      ['shared-server', 'built in', ''],
    );
    assert.deepEqual(settings.problems, []);
  });

  it("puts the user's choice before the file's, and the file's before the default", () => {
    assert.equal(resolveSettings(file, {}).profile.name, 'ours');
    const user = resolveSettings(
      file,
      { profile: 'mine', model: 'm9', profiles: { mine: { gpu: 'b200' } } },
      'a/x.json',
    );
    assert.deepEqual([user.profile.name, user.profile.gpu, user.model], ['mine', 'b200', 'm9']);
    const overridden = resolveSettings(file, { profile: 'solo-server' });
    assert.deepEqual([overridden.profile.batch, overridden.profileSource], [2, 'joulelens.json']);
  });

  it('takes a model by glob before the one model', () => {
    assert.equal(resolveSettings(file, {}, 'a/x.json').model, 'm1');
    assert.equal(resolveSettings(file, {}, 'deep/er/x.md').model, 'm2');
    assert.equal(resolveSettings(file, {}, 'b/x.json').model, 'm0');
  });

  it('names each wrong setting in one line, ignores it and goes on', () => {
    const settings = resolveSettings(EMPTY_CONFIG, {
      profile: 'solo-sever',
      model: 7,
      profiles: { good: {}, bad: { batch: -1 }, worse: 3 },
    });
    assert.equal(settings.profile.name, 'shared-server');
    assert.equal(settings.model, '');
    assert.ok(settings.profiles.some(({ profile, source }) => profile.name === 'good' && source === 'settings'));
    assert.equal(settings.problems.length, 4);
    assert.match(
      settings.problems.join('\n'),
      /joulelens\.profiles\.bad\.batch: expected number to be >=1 \(it is -1\)/,
    );
    assert.match(
      settings.problems.join('\n'),
      /joulelens\.profile: unknown profile "solo-sever"; the nearest ids are solo-server/,
    );
    assert.match(settings.problems.join('\n'), /joulelens\.model: expected text \(it is 7\)/);
    assert.equal(resolveSettings(EMPTY_CONFIG, { profiles: 'x' }).problems.length, 1);
  });
});

describe('globs', () => {
  const cases: [glob: string, path: string, matches: boolean][] = [
    ['*.md', 'a/b/c.md', true],
    ['*.md', 'a/b/c.mdx', false],
    ['a/*.md', 'a/c.md', true],
    ['a/*.md', 'a/b/c.md', false],
    ['a/**', 'a/b/c.md', true],
    ['**/x.json', 'x.json', true],
    ['a/**/x.json', 'a/x.json', true],
    ['./a/x.json', 'a/x.json', true],
    ['?.md', 'a.md', true],
    ['*.{md,json}', 'q.json', true],
    ['a+b(c).md', 'a+b(c).md', true],
    ['[x].md', 'x.md', false],
    ['{a.md', '{a.md', true],
  ];
  for (const [glob, path, matches] of cases) {
    it(`${glob} ${matches ? 'matches' : 'does not match'} ${path}`, () =>
      assert.equal(matchesGlob(glob, path), matches));
  }
  it('come to an end on hostile ones', () => {
    // Tried in every way, this would never end.
    assert.equal(matchesGlob(`${'*a'.repeat(20)}b`, 'a'.repeat(200)), false);
  });
});
