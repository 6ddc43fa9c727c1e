/**
 * `npm run accuracy`: docs/accuracy.md, its plots and docs/constants.md, from the committed constants and measurements.
 * `--check` writes nothing and fails when a committed file differs from what would be written.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { constantsPage } from '../server/core/calibration/constantsPage.js';
import { reproducePapers } from '../server/core/calibration/papers.js';
import { accuracyPage } from '../server/core/calibration/report.js';
import { validate } from '../server/core/calibration/validate.js';
import { COEFFICIENTS, COEFFICIENTS_FILE } from '../server/core/energy/coefficients.js';

const root = path.resolve(__dirname, '../..');

async function main(): Promise<void> {
  const isCheck = process.argv.includes('--check');
  const pages = [...accuracyPage(validate(), reproducePapers(COEFFICIENTS)), constantsPage(COEFFICIENTS_FILE)];
  for (const { file, content } of pages) {
    const target = path.join(root, file);
    const options = (await resolveConfig(target)) ?? {};
    const text = file.endsWith('.md') ? await format(content, { ...options, filepath: target }) : content;
    if (!isCheck) {
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, text);
    } else if (readFileSync(target, 'utf8') !== text) {
      throw new Error(`${file} is out of date; run npm run accuracy and commit`);
    }
    process.stdout.write(`${file} ${isCheck ? 'is current' : 'written'}\n`);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
