// Failures that a person can act on: one line, no stack trace.

/** An error whose message says what is wrong and what to do about it. */
export class Failure extends Error {}

/** Runs a script's main function; prints a Failure as one line and everything else with its stack. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    console.error(error instanceof Failure ? `error: ${error.message}` : error);
    process.exitCode = 1;
  }
}
