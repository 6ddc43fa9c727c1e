/** YAML front matter at the top of a Markdown file: its end, and the two of its keys that matter here. */
import type { Conversation, ConversationParameters } from '../model.js';

export interface FrontMatter {
  /** Offset after it; 0 where there is none. */
  readonly end: number;
  readonly model?: Conversation['model'];
  readonly parameters: ConversationParameters;
}

const OPENING = /---[ \t]*(?:\r\n|\n|\r)/y;
/** A line that YAML of settings has: a key, a list item, a comment, something indented, or nothing. */
const YAML_LINE = /(?:[ \t#-][^\r\n]*|[\w.-]+[ \t]*:[^\r\n]*|)(?:\r\n|\n|\r)/y;
const CLOSING = /(?:---|\.\.\.)[ \t]*(?:\r\n|\n|\r|$)/y;
const MODEL_LINE = /(?:^|[\r\n])model[ \t]*:[ \t]*(["']?)([^"'\r\n#]*[^"'\r\n#\s])\1/;
const CAP_LINE = /(?:^|[\r\n])max_(?:completion_)?tokens[ \t]*:[ \t]*(\d{1,9})[ \t]*(?:#|[\r\n]|$)/;
/** Front matter is short; a rule at the top of a long text is none. */
const MAX_LINES = 200;

const NONE: FrontMatter = { end: 0, parameters: {} };

/** Offset after what `pattern` matches at `at`; -1 where it does not. */
function past(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

export function frontMatter(text: string): FrontMatter {
  const bodyStart = past(OPENING, text, 0);
  if (bodyStart < 0) return NONE;
  let at = bodyStart;
  for (let line = 0; line < MAX_LINES; line++) {
    const end = past(CLOSING, text, at);
    if (end >= 0) return settingsOf(text, bodyStart, at, end);
    at = past(YAML_LINE, text, at);
    if (at < 0) return NONE;
  }
  return NONE;
}

function settingsOf(text: string, bodyStart: number, bodyEnd: number, end: number): FrontMatter {
  const body = text.slice(bodyStart, bodyEnd);
  const cap = Number(CAP_LINE.exec(body)?.[1] ?? 0);
  const parameters = cap > 0 ? { maxTokens: cap } : {};
  const line = MODEL_LINE.exec(body);
  if (!line) return { end, parameters };
  const id = line[2]!;
  const start = bodyStart + line.index + line[0].lastIndexOf(id);
  return { end, parameters, model: { id, span: { start, end: start + id.length } } };
}
