/** `npm run measuring`: writes docs/measuring.md. Run it after a table of server/live changes; a test holds that it is current. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measuringPage } from './lib/measuringPage.js';

writeFileSync(join(__dirname, '..', '..', 'docs', 'measuring.md'), measuringPage());
