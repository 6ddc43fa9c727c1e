import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../../../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

interface Manifest {
  icon: string;
  contributes: {
    commands: { command: string; title: string; category: string }[];
    keybindings: { command: string; when: string }[];
    menus: Record<string, { command?: string; submenu?: string }[]>;
    configuration: {
      properties: Record<string, Setting>;
    }[];
    walkthroughs: { steps: { description: string; media: { svg?: string; markdown?: string } }[] }[];
  };
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
}

interface Setting {
  scope?: string;
  description?: string;
  markdownDescription?: string;
  additionalProperties?: unknown;
}

const manifest = JSON.parse(read('package.json')) as Manifest;
const titled = manifest.contributes.commands.map(({ command }) => command);
const settings = Object.assign({}, ...manifest.contributes.configuration.map((each) => each.properties)) as Record<
  string,
  Setting
>;

describe('the manifest', () => {
  it('titles exactly the commands that the client registers', () => {
    const registered = readdirSync(path.join(root, 'extension/commands'))
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [...read(`extension/commands/${file}`).matchAll(/: CommandModule = \{\s*id: '(\w+)'/g)])
      .map((match) => `joulelens.${match[1]}`);
    assert.deepEqual([...titled].sort(), registered.sort());
    const listed = read('extension/commands/index.ts');
    for (const command of titled) {
      assert.match(listed, new RegExp(`^  ${command.replace('joulelens.', '')},$`, 'm'));
    }
  });

  it('puts every command under Joule Lens', () => {
    assert.deepEqual([...new Set(manifest.contributes.commands.map(({ category }) => category))], ['Joule Lens']);
  });

  it('binds and places only commands that exist', () => {
    const used = [
      ...manifest.contributes.keybindings.map(({ command }) => command),
      ...Object.values(manifest.contributes.menus).flatMap((items) => items.flatMap(({ command }) => command ?? [])),
      ...[...JSON.stringify(manifest).matchAll(/\(command:([\w.]+)/g)].map((match) => match[1] ?? ''),
    ];
    assert.deepEqual(
      used.filter((command) => !titled.includes(command)),
      [],
    );
  });

  it('explains every setting, and keeps those of endpoint and meter to the machine', () => {
    for (const [name, setting] of Object.entries(settings)) {
      assert.ok((setting.markdownDescription ?? setting.description ?? '').length > 30, `${name} explains nothing`);
      assert.ok(setting.scope !== undefined, `${name} has no scope`);
      if (/^joulelens\.(endpoint|measure)\./.test(name)) {
        assert.equal(setting.scope, 'machine', name);
      }
    }
    const sending = Object.keys(settings).filter((name) => /^joulelens\.(endpoint|measure)\./.test(name));
    // Nor may it choose files of this machine that are read as tokenizers.
    const restricted = [...sending, 'joulelens.tokenizers'].sort();
    assert.deepEqual([...manifest.capabilities.untrustedWorkspaces.restrictedConfigurations].sort(), restricted);
  });

  it('reads no setting that it does not contribute', () => {
    const sources = ['extension', 'extension/commands', 'extension/measure', 'extension/tokens'].flatMap((folder) =>
      readdirSync(path.join(root, folder))
        .filter((file) => file.endsWith('.ts'))
        .map((file) => read(`${folder}/${file}`)),
    );
    const names = sources.flatMap((source) =>
      [...source.matchAll(/(?:get<[^>]+>|update)\(\s*'((?:endpoint|measure)\.\w+)'/g)].map((match) => match[1] ?? ''),
    );
    assert.ok(names.length >= 3);
    assert.deepEqual(
      names.filter((name) => !(`joulelens.${name}` in settings)),
      [],
    );
  });

  it('checks profiles in the settings as joulelens.json checks them', () => {
    const schema = JSON.parse(read('schemas/joulelens.schema.json')) as {
      properties: { profiles: { additionalProperties: unknown } };
    };
    // Copy the generated form into package.json when it changes: a manifest cannot refer to a file.
    assert.deepEqual(
      settings['joulelens.profiles']?.additionalProperties,
      schema.properties.profiles.additionalProperties,
    );
  });

  it('has every picture it names', () => {
    const media = manifest.contributes.walkthroughs.flatMap(({ steps }) =>
      steps.map((step) => step.media.svg ?? step.media.markdown ?? ''),
    );
    for (const file of [manifest.icon, ...media]) {
      assert.ok(existsSync(path.join(root, file)), `${file} is missing`);
    }
  });
});
