/**
 * The suite's entry inside the extension host, under desktop VS Code and code-server alike
 * (`extensionTestsPath`): runs Mocha on the files beside it and leaves the counts where the runner finds them.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import Mocha from 'mocha';
import { runnerOptions } from './support/options.js';

/**
 * A browser, a server and an extension host on a busy machine can lose a race that no user would see; a test that fails
 * is run once more, and named at the end where it passed then.
 */
const retries = 1;

/** Called by VS Code; rejects when a test fails. */
export async function run(): Promise<void> {
  const { results, grep } = runnerOptions();
  const mocha = new Mocha({ ui: 'bdd', color: false, timeout: 30_000, slow: 5_000, retries, reporter: 'spec' });
  if (grep) mocha.grep(grep);
  const files = fs.readdirSync(__dirname).filter((file) => file.endsWith('.test.js'));
  for (const file of files.sort()) mocha.addFile(path.join(__dirname, file));
  await new Promise<void>((resolve, reject) => {
    const again = new Map<string, string>();
    const runner = mocha.run((failures) => {
      for (const [title, message] of again) console.log(`failed on the first try: ${title}: ${message}`);
      if (results) fs.writeFileSync(results, JSON.stringify(runner.stats));
      if (failures > 0) reject(new Error(`${failures} failed`));
      else resolve();
    });
    runner.on('retry', (test: Mocha.Test, error: Error) => again.set(test.fullTitle(), error.message));
  });
}
