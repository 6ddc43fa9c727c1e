/** What a file that holds an image or a recording in base64 tells of it. */
import type { MediaFacts } from '../model.js';
import { audioSecondsOf } from './audioSeconds.js';
import { bytesOf } from './bytes.js';
import { imageSizeOf } from './imageSize.js';

/** Size or length of an image or a recording in base64; nothing where its head says neither. Never throws. */
export function factsOfBase64(base64: string): MediaFacts {
  const bytes = bytesOf(base64);
  const size = imageSizeOf(bytes);
  if (size) return size;
  const seconds = audioSecondsOf(bytes);
  return seconds === null ? {} : { seconds };
}

const DATA_URL = /^data:[^,]{0,200}?;base64,/i;

/**
 * The same for a URL: of a `data:` URL what its base64 says, of any other nothing.
 *
 * @param url as the source has it; JSON escapes in it do no harm
 */
export function factsOfUrl(url: string): MediaFacts {
  const head = url.slice(0, 300).replaceAll('\\/', '/');
  const prefix = DATA_URL.exec(head)?.[0];
  // With escapes undone the prefix may be shorter than in the source: its comma stands in both.
  return prefix === undefined ? {} : factsOfBase64(url.slice(url.indexOf(',') + 1));
}
