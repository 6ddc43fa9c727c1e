/** What scripts/e2e.mjs tells the suite, through the environment of the extension host. */
export interface RunnerOptions {
  /** File that receives Mocha's counts; empty under the debugger. */
  results: string;
  /** Only tests whose title matches. */
  grep?: string;
}

/** Reads the runner's options. */
export function runnerOptions(): RunnerOptions {
  const text = process.env['JOULELENS_E2E'];
  if (!text) throw new Error('JOULELENS_E2E is not set: run these tests by `npm test -- --e2e`');
  return JSON.parse(text) as RunnerOptions;
}
