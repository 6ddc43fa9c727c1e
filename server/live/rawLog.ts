/** The payload as lines for people to read: no secrets, and a bounded size. */
import type { Redact } from './redact.js';

/** Lines kept from the start and, again as many, from the end. */
const linesPerEnd = 500;

/** Code units kept of one line. */
const lineLimit = 4000;

/** Headers whose values are secrets or identify the user. */
const hiddenHeaders = /^(set-cookie|authorization|proxy-authorization|cookie)$/;

/** Collects lines. */
export interface RawLog {
  add(line: string): void;
  addHeaders(headers: Readonly<Record<string, string>>): void;
  lines(): string[];
}

/** Starts an empty log. */
export function createRawLog(redact: Redact): RawLog {
  const head: string[] = [];
  let tail: string[] = [];
  let dropped = 0;
  const add = (line: string): void => {
    const clean = redact(line);
    const short = clean.length > lineLimit ? `${clean.slice(0, lineLimit)}… (${clean.length} characters)` : clean;
    if (head.length < linesPerEnd) {
      head.push(short);
      return;
    }
    tail.push(short);
    if (tail.length >= 2 * linesPerEnd) {
      dropped += tail.length - linesPerEnd;
      tail = tail.slice(-linesPerEnd);
    }
  };
  return {
    add,
    addHeaders: (headers) => {
      for (const [name, value] of Object.entries(headers)) {
        add(`${name}: ${hiddenHeaders.test(name) ? '<hidden>' : value}`);
      }
    },
    lines: () => {
      const cut = Math.max(0, tail.length - linesPerEnd);
      const gap = dropped + cut;
      return [...head, ...(gap > 0 ? [`(${gap} lines left out)`] : []), ...tail.slice(cut)];
    },
  };
}
