/** Text functions as Jinja templates have them: Python's, not JavaScript's. */
import { partOf } from '../../transcript/segmentedText.js';
import type { SourceText } from '../../transcript/model.js';

const WHITE_SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const ANY = new RegExp(WHITE_SPACE);

/** What is taken off one end of a text. */
export type Trimming = 'none' | 'lineFeeds' | 'whiteSpace';

const goes = (unit: string, trimming: Trimming): boolean =>
  trimming === 'lineFeeds' ? unit === '\n' : trimming === 'whiteSpace' && ANY.test(unit);

/** `str.lstrip` and `str.rstrip`, of white space or of line feeds alone. */
export function trimEnds(text: string, atStart: Trimming, atEnd: Trimming): string;
export function trimEnds(text: SourceText, atStart: Trimming, atEnd: Trimming): SourceText;
export function trimEnds(text: SourceText, atStart: Trimming, atEnd: Trimming): SourceText {
  let start = 0;
  let end = text.length;
  while (start < end && goes(text.slice(start, start + 1), atStart)) start++;
  while (end > start && goes(text.slice(end - 1, end), atEnd)) end--;
  return start === 0 && end === text.length ? text : partOf(text, start, end);
}

/** `str.strip()`. Linear also for long inner runs of white space. */
export const trim = (text: string): string => trimEnds(text, 'whiteSpace', 'whiteSpace');

/** `str.strip('\n')`. */
export const trimLineFeeds = (text: string): string => trimEnds(text, 'lineFeeds', 'lineFeeds');

/** Whether `str.strip()` leaves nothing. */
export const isBlank = (text: SourceText): boolean => trimEnds(text, 'whiteSpace', 'none').length === 0;

/** `json.dumps(value, ensure_ascii=False)`: one line, a space after each comma and colon. */
export function oneLineJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLineJson).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${oneLineJson(each)}`);
    return `{${members.join(', ')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** `json.dumps(value, indent=4, ensure_ascii=False)`. */
export const indentedJson = (value: unknown): string => JSON.stringify(value, null, 4) ?? 'null';

/** The tool definitions of a request as values; null where the text is not a JSON array or object. */
export function parseTools(json: string): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(json);
    if (Array.isArray(value)) return value;
    return typeof value === 'object' && value !== null ? [value] : null;
  } catch {
    return null;
  }
}
