/**
 * Writes server/core/data/chatTemplates.json from test/fixtures/chat-templates.
 * Run after one changes: `tsc -b && node out/scripts/buildChatTemplates.js`. A test holds that the file is current.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

interface Row {
  readonly file: string;
  readonly source: string;
  readonly licence: string;
}

/** The content of chatTemplates.json. @param folder where the templates and sources.json stand */
export function chatTemplatesJson(folder: string = join(root, 'test/fixtures/chat-templates')): unknown {
  const rows = JSON.parse(readFileSync(join(folder, 'sources.json'), 'utf8')) as Record<string, Row>;
  return Object.fromEntries(
    Object.entries(rows).map(([id, { file, source, licence }]) => [
      id,
      { source, licence, jinja: readFileSync(join(folder, file), 'utf8') },
    ]),
  );
}

if (require.main === module) {
  const target = join(root, 'server/core/data/chatTemplates.json');
  writeFileSync(target, `${JSON.stringify(chatTemplatesJson(), null, 2)}\n`);
}
