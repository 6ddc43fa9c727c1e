// The demo endpoint as a process of its own.
import { inRoot } from './paths.mjs';
import { firstMatch, start } from './processes.mjs';

/** Starts dist/demo.js and resolves with its base URL, ending in /v1. */
export async function startDemoEndpoint() {
  const child = start(process.execPath, [inRoot('dist/demo.js')], { node: true });
  const [url] = await firstMatch(child, /http:\/\/127\.0\.0\.1:\d+\/v1/, { seconds: 20, what: 'the demo endpoint' });
  return url;
}
