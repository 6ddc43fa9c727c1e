/** How figures are shown, from the editor's settings; a wrong value falls back to the default and is named. */
import { defaultMaxSourceLength } from './resourceSettings.js';
import type { ResourceSettings } from './resourceSettings.js';

const displays = ['codeLens', 'inlayHints', 'off'] as const;

/** Largest limit in 10^6 code units: the longest text that one string can hold. */
const largestMegabytes = 500;

type Display = Pick<ResourceSettings, 'display' | 'showLater' | 'maxSourceLength'>;

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 60);

/** @param raw the `joulelens` section, unchecked */
export function displaySettings(raw: Readonly<Record<string, unknown>>): {
  readonly settings: Display;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const wrong = (key: string, expected: string): void => {
    problems.push(`joulelens.${key}: expected ${expected} (it is ${shown(raw[key])}); the default holds`);
  };
  const { display = 'codeLens', showLater = false, maxDocumentSize } = raw;
  const knownDisplay = displays.find((each) => each === display);
  if (!knownDisplay) wrong('display', displays.join(', '));
  if (typeof showLater !== 'boolean') wrong('showLater', 'true or false');
  let maxSourceLength = defaultMaxSourceLength;
  if (typeof maxDocumentSize === 'number' && maxDocumentSize > 0) {
    maxSourceLength = Math.round(Math.min(largestMegabytes, maxDocumentSize) * 1e6);
  } else if (maxDocumentSize !== undefined && maxDocumentSize !== null) {
    wrong('maxDocumentSize', 'a number of megabytes above 0');
  }
  return {
    settings: { display: knownDisplay ?? 'codeLens', showLater: showLater === true, maxSourceLength },
    problems,
  };
}
