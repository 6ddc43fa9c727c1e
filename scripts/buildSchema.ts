/** Writes schemas/joulelens.schema.json. Run after the form of joulelens.json changes; a test holds that it is current. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configJsonSchema } from '../server/settings/jsonSchema.js';

const folder = join(__dirname, '..', '..', 'schemas');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'joulelens.schema.json'), `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
