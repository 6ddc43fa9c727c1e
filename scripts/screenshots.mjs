// Walks a new user's path in the packed extension and writes docs/images/*.png: open, hover, edit, profile, measure.
//
//   node scripts/screenshots.mjs [video]     (after `npm run package`; `video`: the request for video alone)
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from './lib/failure.mjs';
import { inRoot } from './lib/paths.mjs';
import { endAll } from './lib/processes.mjs';
import { packageFile } from './package.mjs';
import { openBrowser, scratchFolder, startCodeServer } from './vscode/codeServer.mjs';
import { drawnLenses, goToLine, pick, runCommand, waitForLens } from './vscode/window.mjs';

const themes = { dark: 'Default Dark Modern', light: 'Default Light Modern' };
/** Steps of the path that are shown in the dark theme only. */
const darkOnly = ['edited', 'profiles', 'solo-server'];
const sample = 'customer-support.json';

const settingsFor = (theme) => ({
  'workbench.colorTheme': theme,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.sideBar.location': 'right',
  'workbench.layoutControl.enabled': false,
  'window.commandCenter': false,
  'breadcrumbs.enabled': false,
  'editor.matchBrackets': 'never',
  'editor.minimap.enabled': false,
  'editor.occurrencesHighlight': 'off',
  'editor.wordWrap': 'on',
  'editor.fontSize': 14,
  'joulelens.endpoint.url': 'demo',
  'joulelens.measure.repeats': 1,
});

/** The user's path; `shoot` is called where a picture is worth having. */
async function walk(page, shoot) {
  await waitForLens(page, /user · .* tok · .*J/);
  await page.locator('.monaco-editor .view-lines').first().click();
  await runCommand(page, 'View: Close Primary Side Bar').catch(() => {});
  await waitForLens(page, /next reply ≈ .*J/);
  await shoot('transcript');
  await goToLine(page, 1);
  await runCommand(page, 'Joule Lens: Next Turn');
  await runCommand(page, 'Joule Lens: Next Turn');
  await runCommand(page, 'Joule Lens: Show Joules of This Turn');
  await page.locator('.monaco-hover:not(.hidden)', { hasText: 'prefill' }).first().waitFor();
  await shoot('hover');
  await page.keyboard.press('Escape');
  const before = (await drawnLenses(page)).join('\n');
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.type(' Answer in full, with an example and a short summary at the end.', { delay: 5 });
  await page.waitForFunction(
    (text) => [...document.querySelectorAll('.codelens-decoration')].map((e) => e.textContent).join('\n') !== text,
    before,
  );
  await waitForLens(page, /next reply ≈ .*J/);
  await shoot('edited');
  await runCommand(page, 'Joule Lens: Choose Profile');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'solo-server' }).first().waitFor();
  await shoot('profiles');
  await pick(page, 'solo-server');
  await page.locator('.statusbar-item', { hasText: 'solo-server' }).first().waitFor();
  await waitForLens(page, /next reply ≈ .*J/);
  await shoot('solo-server');
  await runCommand(page, 'Joule Lens: Choose Profile');
  await pick(page, 'shared-server');
  await page.locator('.statusbar-item', { hasText: 'shared-server' }).first().waitFor();
  await waitForLens(page, /next reply ≈ .*J/);
  // For up to 2.5 s after a refresh VS Code keeps lenses whose commands it has already dropped ("Actual command not
  // found"), here after the change of profile.
  await page.waitForTimeout(4000);
  await page.locator('.codelens-decoration a', { hasText: 'Measure' }).last().click();
  await waitForLens(page, /simulated .*J.*predicted/, { seconds: 60 });
  await shoot('measured');
  await runCommand(page, 'Notifications: Clear All Notifications').catch(() => {});
  await runCommand(page, 'Joule Lens: Show Measurements');
  // A panel is a frame in a frame.
  const panel = page.frameLocator('iframe.webview').frameLocator('#active-frame');
  await panel.locator('main section h2').first().waitFor({ timeout: 60_000 });
  await shoot('measurements');
}

/** A request for video: its lens, and the hover with what less would save. */
async function walkVideo(page, shoot) {
  await waitForLens(page, /video · .*J/, { seconds: 60 });
  await page.locator('.monaco-editor .view-lines').first().click();
  await runCommand(page, 'View: Close Primary Side Bar').catch(() => {});
  await goToLine(page, 1);
  await runCommand(page, 'Joule Lens: Show Joules of This Turn');
  await page.locator('.monaco-hover:not(.hidden)', { hasText: 'What less would save' }).first().waitFor();
  await shoot('video');
}

const walks = [
  { name: 'transcript', opened: sample, follow: walk, themes: ['dark', 'light'] },
  { name: 'video', opened: 'video/wan_diffusers.py', follow: walkVideo, themes: ['dark'] },
];

async function shootAll() {
  const folder = inRoot('docs/images');
  fs.mkdirSync(folder, { recursive: true });
  const scratch = scratchFolder();
  const wanted = process.argv.slice(2);
  try {
    for (const { name: walkName, opened, follow, themes: shown } of walks) {
      if (wanted.length > 0 && !wanted.includes(walkName)) continue;
      for (const name of shown)
        await shootOne({ folder, own: path.join(scratch, `${walkName}-${name}`), name, opened, follow });
    }
  } finally {
    await endAll();
  }
}

/** One path in one theme. */
async function shootOne({ folder, own, name, opened, follow }) {
  const samples = path.join(own, 'samples');
  fs.cpSync(inRoot('samples'), samples, { recursive: true });
  const server = await startCodeServer({ scratch: own, vsix: packageFile(), settings: settingsFor(themes[name]) });
  const { browser, page } = await openBrowser(server.origin);
  await page.goto(server.url(samples, [['openFile', server.remote(path.join(samples, opened))]]));
  const shoot = async (file) => {
    await page.screenshot({ path: file, animations: 'disabled' });
    console.log(path.relative(inRoot(), file));
  };
  try {
    await follow(page, async (what) => {
      if (name === 'dark' || !darkOnly.includes(what)) await shoot(path.join(folder, `${what}-${name}.png`));
    });
  } catch (error) {
    await runCommand(page, 'Notifications: Show Notifications').catch(() => {});
    await shoot(inRoot('out', 'screenshots-failed.png'));
    throw error;
  }
  await browser.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(shootAll);
