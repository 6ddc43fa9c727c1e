// `npm test`: sets up what is missing, builds, packs, and runs every suite. Ends in the line `N passed, N failed`.
//
//   npm test -- [--unit] [--contract] [--e2e] [--grep TITLE] [--in desktop|code-server]
//
// Naming suites runs those only.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensure } from './ensure.mjs';
import { Failure } from './lib/failure.mjs';
import { inRoot } from './lib/paths.mjs';
import { run } from './lib/run.mjs';

/** Runs compiled Mocha suites in a process of their own; resolves with the counts. */
async function mocha(suite, { grep, base = 'spec', timeoutMs }) {
  const counts = inRoot('out', `counts-${suite}.json`);
  fs.rmSync(counts, { force: true });
  const args = ['--reporter', inRoot('scripts/lib/countingReporter.cjs'), '--reporter-option', `base=${base}`];
  if (timeoutMs) args.push('--timeout', String(timeoutMs));
  if (grep) args.push('--grep', grep);
  const { code } = await run(
    process.execPath,
    [inRoot('node_modules/mocha/bin/mocha.js'), ...args, `out/test/${suite}/**/*.test.js`],
    { env: { ...process.env, JOULELENS_COUNTS: counts }, allowFailure: true },
  );
  const stats = fs.existsSync(counts) ? JSON.parse(fs.readFileSync(counts, 'utf8')) : { passes: 0, failures: 0 };
  // A suite that could not be loaded counts as one failure, whatever Mocha could count.
  return code !== 0 && stats.failures === 0 ? { ...stats, failures: 1 } : stats;
}

/** Compiled tests whose source is gone must not run. */
function removeOrphans() {
  const compiled = inRoot('out/test');
  if (!fs.existsSync(compiled)) return;
  for (const file of fs.readdirSync(compiled, { recursive: true }).map(String)) {
    const source = inRoot('test', file.replace(/\.js$/, '.ts'));
    if (file.endsWith('.test.js') && !fs.existsSync(source)) fs.rmSync(path.join(compiled, file));
  }
}

async function compile() {
  await run(process.execPath, [inRoot('node_modules/typescript/bin/tsc'), '-b']);
  removeOrphans();
}

/** Every step in order; a step that needs a failed one is not run. */
function stepsFor({ unit, contract, e2e, grep, where }) {
  const all = !(unit || contract || e2e);
  const steps = [['compile', compile]];
  if (all || unit) steps.push(['unit tests', () => mocha('unit', { grep, base: 'dot' })]);
  if (all || contract || e2e) steps.push(['package', async () => (await import('./package.mjs')).pack()]);
  if (all || contract) steps.push(['contract tests', () => mocha('contract', { grep, timeoutMs: 60_000 })]);
  if (all || e2e) {
    steps.push(['tests in VS Code', async () => (await import('./e2e.mjs')).e2e({ grep, where })]);
  }
  return steps;
}

const total = { passes: 0, failures: 0, pending: 0 };

/** Runs one step and adds its counts; false when the rest cannot go on. */
async function runStep([name, work]) {
  const started = Date.now();
  console.log(`\n== ${name}`);
  try {
    const counts = (await work()) ?? {};
    for (const key of Object.keys(total)) total[key] += counts[key] ?? 0;
    const tests = counts.passes === undefined ? '' : `${counts.passes} passed, ${counts.failures} failed, `;
    console.log(`== ${name}: ${tests}${((Date.now() - started) / 1000).toFixed(1)} s`);
    return true;
  } catch (error) {
    console.error(error instanceof Failure ? `error: ${error.message}` : error);
    total.failures += 1;
    return false;
  }
}

/** Runs the chosen steps and prints the sum as the last line. */
async function test(choice) {
  for (const step of [['set-up', ensure], ...stepsFor(choice)]) {
    if (!(await runStep(step)) && step[0] !== 'tests in VS Code') break;
  }
  if (total.pending > 0) console.log(`\n${total.pending} skipped`);
  console.log(`\n${total.passes} passed, ${total.failures} failed`);
  process.exitCode = total.failures > 0 || total.passes === 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const flag = { type: 'boolean' };
  const { values } = parseArgs({
    options: { unit: flag, contract: flag, e2e: flag, grep: { type: 'string' }, in: { type: 'string' } },
  });
  await test({ ...values, where: values.in });
}
