import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BUILT_IN_PROFILES } from '../../../server/core/data/index.js';
import type { Profile } from '../../../server/core/index.js';
import { readConfigFile } from '../../../server/settings/configFile.js';
import { mergeProfile } from '../../../server/settings/mergeProfile.js';

const profile: Profile = { ...BUILT_IN_PROFILES[1]!, name: 'ours', gpus: 2 };

function merged(text: string): string {
  const result = mergeProfile(text, profile);
  assert.ok(result.ok, JSON.stringify(result));
  return result.text;
}

describe('a profile put into joulelens.json', () => {
  it('makes a new file, which is read back as it was', () => {
    for (const text of ['', ' \n', '\uFEFF']) {
      const { config, problems } = readConfigFile(merged(text));
      assert.deepEqual(problems, []);
      assert.deepEqual(config.profiles, [profile]);
    }
  });

  it('keeps comments, other profiles, other keys, line ends and indentation', () => {
    const before =
      '{\r\n\t// how we serve\r\n\t"profile": "old",\r\n\t"profiles": {\r\n\t\t"old": { "batch": 4 }, // the old box\r\n\t},\r\n}\r\n';
    const after = merged(before);
    for (const kept of ['// how we serve', '// the old box', '"old": { "batch": 4 }', '"profile": "old"'])
      assert.ok(after.includes(kept), `${kept} in ${after}`);
    assert.ok(!/[^\r]\n/.test(after), 'CRLF');
    assert.match(after, /\r\n\t\t"ours": \{\r\n\t\t\t"description"/);
    const { config, problems } = readConfigFile(after);
    assert.deepEqual(problems, []);
    assert.deepEqual(config.profiles.map(({ name }) => name), ['ours', 'old']); // prettier-ignore
  });

  it('changes an entry of the same name key by key, its comments kept', () => {
    const after = merged('{ "profiles": { "ours": {\n  // two of them\n  "gpus": 1,\n  "gridZone": "FRA"\n} } }');
    assert.ok(after.includes('// two of them'));
    assert.deepEqual(readConfigFile(after).config.profiles, [{ ...profile, gridZone: 'FRA' }]);
  });

  it('leaves alone what it cannot read, and what is no joulelens.json', () => {
    for (const [text, why] of [
      ['{"profiles": {', /not valid JSON/],
      ['[]', /not valid JSON/],
      ['{"name": "package", "version": "1"}', /has "name", which no joulelens\.json has/],
      ['{"profiles": []}', /profiles is no object/],
      ['{"profiles": {"ours": 3}}', /profiles\.ours is no object/],
    ] as const) {
      const result = mergeProfile(text, profile);
      assert.ok(!result.ok);
      assert.match(result.error, why);
    }
  });

  it('can be done again with the same result, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => {
        if (name === '__proto__') return;
        const once = mergeProfile('{"model": "m"}', { ...profile, name });
        assert.ok(once.ok);
        const twice = mergeProfile(once.text, { ...profile, name });
        assert.ok(twice.ok && twice.text === once.text);
        assert.equal(readConfigFile(once.text).config.model, 'm');
      }),
      { numRuns: 100 },
    );
  });
});
