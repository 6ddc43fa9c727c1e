/** Text functions as Jinja templates have them: Python's, not JavaScript's. */

const WHITE_SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const LEADING = new RegExp(`^${WHITE_SPACE}+`);
const TRAILING = new RegExp(WHITE_SPACE);

/** `str.strip()`. Linear also for long inner runs of white space. */
export function trim(text: string): string {
  let end = text.length;
  while (end > 0 && TRAILING.test(text[end - 1]!)) end--;
  return text.slice(0, end).replace(LEADING, '');
}

/** `str.strip('\n')`. */
export function trimLineFeeds(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === '\n') start++;
  while (end > start && text[end - 1] === '\n') end--;
  return text.slice(start, end);
}

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
