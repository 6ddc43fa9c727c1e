/** `npm run formats`: writes docs/formats.md. Run it after an adapter's description changes; a test holds that it is current. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORMATS } from '../server/core/transcript/registry.js';
import { formatsPage } from './lib/formatsPage.js';

writeFileSync(join(__dirname, '..', '..', 'docs', 'formats.md'), formatsPage(FORMATS));
