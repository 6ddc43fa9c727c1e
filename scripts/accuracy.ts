/**
 * `npm run accuracy`: docs/accuracy.md, its plots, docs/constants.md, the tables of docs/calibrating.md, docs/video.md and its
 * plots, from the committed constants and measurements.
 * `--check` writes nothing and fails when a committed file differs from what would be written.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { constantsPage } from '../server/core/calibration/constantsPage.js';
import { reproducePapers } from '../server/core/calibration/papers.js';
import { accuracyPage } from '../server/core/calibration/report.js';
import { demonstrate, demonstrationMarkdown } from '../server/core/calibration/endpoint/demonstration.js';
import { readMeasurements } from '../server/core/calibration/rows.js';
import { validate } from '../server/core/calibration/validate.js';
import { videoPage } from '../server/core/calibration/video/reportVideo.js';
import { validateVideo } from '../server/core/calibration/video/validateVideo.js';
import { createVideoCatalogue } from '../server/core/energy/video/catalogue.js';
import { VIDEO_COEFFICIENTS_FILE } from '../server/core/energy/video/coefficients.js';
import { COEFFICIENTS, COEFFICIENTS_FILE } from '../server/core/energy/coefficients.js';

const root = path.resolve(__dirname, '../..');

/** docs/calibrating.md with the tables between its marks; the rest of the page is written by hand. */
function calibratingPage(): { file: string; content: string } {
  const file = 'docs/calibrating.md';
  const page = readFileSync(path.join(root, file), 'utf8');
  const [start, end] = ['<!-- demonstration -->', '<!-- end of demonstration -->'];
  const [from, to] = [page.indexOf(start) + start.length, page.indexOf(end)];
  if (from < start.length || to < from) throw new Error(`${file}: the marks around its tables are missing`);
  const tables = demonstrationMarkdown(demonstrate(readMeasurements(), COEFFICIENTS));
  return { file, content: `${page.slice(0, from)}\n\n${tables}\n\n${page.slice(to)}` };
}

async function main(): Promise<void> {
  const isCheck = process.argv.includes('--check');
  const video = () => videoPage(validateVideo(), VIDEO_COEFFICIENTS_FILE, createVideoCatalogue().rows);
  const language = () => [...accuracyPage(validate(), reproducePapers(COEFFICIENTS)), constantsPage(COEFFICIENTS_FILE)];
  const pages = process.argv.includes('--video')
    ? video()
    : process.argv.includes('--calibrating')
      ? [calibratingPage()]
      : [...language(), calibratingPage(), ...video()];
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
