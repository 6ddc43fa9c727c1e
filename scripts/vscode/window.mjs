// What a user does in the window of VS Code, through Chromium.

/** Visible code lenses as text, top to bottom. */
export async function drawnLenses(page) {
  const texts = await page.locator('.codelens-decoration').allInnerTexts();
  return texts.map((text) => text.replaceAll('\u00a0', ' ').trim()).filter(Boolean);
}

/** Waits for a drawn lens that matches, and until no lens changes any more. */
export async function waitForLens(page, pattern, { seconds = 30 } = {}) {
  await page.waitForFunction(
    ([source, quietMs]) => {
      const texts = [...document.querySelectorAll('.codelens-decoration')].map((e) =>
        e.textContent.replaceAll('\u00a0', ' '),
      );
      const now = texts.join('\n');
      const seen = (window.joulelensSeen ??= { text: '', since: 0 });
      if (seen.text !== now) Object.assign(seen, { text: now, since: performance.now() });
      return texts.some((text) => new RegExp(source).test(text)) && performance.now() - seen.since > quietMs;
    },
    [pattern.source, 800],
    { timeout: seconds * 1000, polling: 100 },
  );
}

/** Runs a command from the palette by its title. */
export async function runCommand(page, title) {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget input.input');
  await input.waitFor({ state: 'visible' });
  await input.fill(`>${title}`);
  await page
    .locator('.quick-input-list .monaco-list-row', { hasText: title.replace(/^.*: /, '') })
    .first()
    .waitFor();
  await page.keyboard.press('Enter');
}

/** Chooses a row of the open quick pick by text. */
export async function pick(page, text) {
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
  await row.waitFor();
  await row.click();
}

/** Puts the caret at the end of a line of the active editor (1-based). */
export async function goToLine(page, line) {
  await page.keyboard.press('Control+g');
  const input = page.locator('.quick-input-widget input.input');
  await input.waitFor({ state: 'visible' });
  await input.fill(`:${line}`);
  await page.keyboard.press('Enter');
  await input.waitFor({ state: 'hidden' });
}
