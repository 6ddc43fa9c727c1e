// Runs the suite in code-server with headless Chromium.
import util from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { inRoot } from '../lib/paths.mjs';
import { openBrowser, startCodeServer } from './codeServer.mjs';

// What a workbench without a gallery, a service worker and sign-in says; nothing of ours.
const noise =
  /^(Resolv(ing|ed) connection|Creating a socket|Updating additional|\[(reconnection|AgentHost|AccountPolicy|Service Worker|LocalProcess)|getaddrinfo|Error while fetching the extension under dev)/;

/** Installs `vsix` into a fresh VS Code server and runs the suite in a browser on it. */
export async function runInCodeServer({ scratch, vsix, host, suite, workspace, settings, env, minutes = 8 }) {
  // The page takes development extensions only from a server with the smoke-test driver.
  const server = await startCodeServer({ scratch, vsix, settings, env, args: ['--enable-smoke-test-driver'] });
  const { browser, page } = await openBrowser(server.origin);
  try {
    await page.exposeFunction('codeAutomationLog', (_type, args) => {
      const line = util.format(...args);
      if (!noise.test(line)) console.log(line);
    });
    const finished = new Promise((resolve) => page.exposeFunction('codeAutomationExit', () => resolve(true)));
    await page.goto(
      server.url(workspace, [
        ['extensionDevelopmentPath', server.remote(host)],
        ['extensionTestsPath', server.remote(suite)],
        ['skipWelcome', 'true'],
      ]),
    );
    if (await Promise.race([finished, sleep(minutes * 60_000, false, { ref: false })])) return;
    const picture = inRoot('out/e2e-hangs.png');
    await page.screenshot({ path: picture });
    console.error(`the tests did not finish in ${minutes} minutes; the window: ${picture}`);
  } finally {
    await Promise.race([browser.close(), sleep(4000)]);
  }
}
