/**
 * `npm run accuracy`: docs/accuracy.md, its plots, docs/constants.md, docs/video.md and its plots, from the committed constants and measurements.
 * `--check` writes nothing and fails when a committed file differs from what would be written.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { constantsPage } from '../server/core/calibration/constantsPage.js';
import { reproducePapers } from '../server/core/calibration/papers.js';
import { accuracyPage } from '../server/core/calibration/report.js';
import { validate } from '../server/core/calibration/validate.js';
import { videoPage } from '../server/core/calibration/video/reportVideo.js';
import { validateVideo } from '../server/core/calibration/video/validateVideo.js';
import { createVideoCatalogue } from '../server/core/energy/video/catalogue.js';
import { VIDEO_COEFFICIENTS_FILE } from '../server/core/energy/video/coefficients.js';
import { COEFFICIENTS, COEFFICIENTS_FILE } from '../server/core/energy/coefficients.js';

const root = path.resolve(__dirname, '../..');

async function main(): Promise<void> {
  const isCheck = process.argv.includes('--check');
  const video = videoPage(validateVideo(), VIDEO_COEFFICIENTS_FILE, createVideoCatalogue().rows);
  const pages = process.argv.includes('--video')
    ? video
    : [...accuracyPage(validate(), reproducePapers(COEFFICIENTS)), constantsPage(COEFFICIENTS_FILE), ...video];
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
