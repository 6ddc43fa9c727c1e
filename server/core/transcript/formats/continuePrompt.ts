/**
 * Prompt files of Continue: settings up to the first line of `---` (no such line need open them), then a system prompt
 * in `<system>` if there is one, and the rest as the user's turn.
 */
import type { Conversation, FormatAdapter, HiddenContext, ParsedTranscript, Problem, Span, Turn } from '../model.js';
import { textPieces, trimmed } from '../prompt/content.js';
import { promptDialect } from '../prompt/dialect.js';
import { tagsIn } from '../prompt/mustaches.js';
import { Settings } from '../prompt/settings.js';

const RULE = /(?:^|\r\n|\n|\r)---[ \t]*(?:\r\n|\n|\r|$)/g;
const OPEN = '<system>';
const CLOSE = '</system>';
/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;

/** The settings and where the body begins. A line of `---` at the very top opens them, the next one ends them. */
function preambleOf(text: string): { readonly settings: Settings; readonly start: number } {
  RULE.lastIndex = 0;
  let rule = RULE.exec(text);
  let from = 0;
  if (rule?.index === 0) {
    from = RULE.lastIndex;
    // The break that ended the opening line may begin the closing one.
    RULE.lastIndex = from - 1;
    rule = RULE.exec(text);
  }
  if (!rule) return { settings: Settings.NONE, start: 0 };
  return { settings: Settings.read(text, { start: from, end: Math.max(from, rule.index) }), start: RULE.lastIndex };
}

/** Files, pages and commands by name in braces: their text is put in. */
const isPulledIn = (inner: string): boolean =>
  /[/\\]|\.\w{1,8}$/.test(inner) || /^(?:currentFile|diff|terminal|problems|os)$/.test(inner);

function* hiddenOf(text: string, start: number): Generator<void, { hidden: HiddenContext[]; placeholders: number }> {
  const hidden: HiddenContext[] = [];
  let placeholders = 0;
  let paused = start;
  for (const tag of tagsIn(text, start, text.length, ['{{'])) {
    placeholders++;
    if (isPulledIn(tag.inner)) {
      hidden.push({ what: `the text of ${tag.inner.slice(0, 120)}`, span: { start: tag.start, end: tag.end } });
    }
    if (tag.end - paused < SLICE_LENGTH) continue;
    paused = tag.end;
    yield;
  }
  return { hidden, placeholders };
}

function* parse(text: string): Generator<void, ParsedTranscript> {
  const { settings, start } = preambleOf(text);
  const problems: Problem[] = [...settings.problems];
  const turns: Turn[] = [];
  const push = (role: Turn['role'], roleSpan: Span | null, span: Span, content: Span): void => {
    const pieces = textPieces(text, [content]);
    const at = roleSpan ?? { start: content.start, end: content.start };
    const roleRaw = roleSpan ? text.slice(roleSpan.start, roleSpan.end) : '';
    turns.push({ index: turns.length, role, roleRaw, span, roleSpan: at, pieces });
  };
  const open = text.indexOf(OPEN, start);
  const close = open < 0 ? -1 : text.indexOf(CLOSE, open);
  let userStart = start;
  if (open >= 0 && close >= 0) {
    userStart = close + CLOSE.length;
    const inside = trimmed(text, open + OPEN.length, close);
    push('system', { start: open + 1, end: open + 7 }, { start: open, end: userStart }, inside);
    const lost = trimmed(text, start, open);
    if (lost.end > lost.start) {
      const message = 'Text before <system> is not sent: put it into the tag or after it.';
      problems.push({ code: 'not-sent', severity: 'warning', message, span: lost });
    }
  } else if (open >= 0) {
    const message = 'This <system> has no end: add </system> after the system prompt.';
    problems.push({ code: 'unclosed-tag', severity: 'error', message, span: { start: open, end: open + OPEN.length } });
  }
  const rest = trimmed(text, userStart, text.length);
  if (rest.end > rest.start) push('user', null, { start: userStart, end: text.length }, rest);
  if (turns.length === 0) return { conversations: [], problems: [] };
  const { hidden, placeholders } = yield* hiddenOf(text, start);
  const model = settings.model(['model']);
  const name = settings.at('name');
  const conversation: Conversation = {
    id: '0',
    ...(typeof name === 'string' ? { title: name } : {}),
    span: { start: turns[0]!.span.start, end: text.length },
    turns,
    ...(model ? { model } : {}),
    parameters: settings.parameters(['maxTokens']),
    ...(hidden.length > 0 ? { hidden } : {}),
    ...(placeholders > 0 ? { template: { syntax: 'handlebars' as const, samples: [] } } : {}),
  };
  return { conversations: [conversation], problems };
}

export const continuePrompt: FormatAdapter = {
  id: 'continue-prompt',
  title: 'Continue Prompt',
  family: 'prompt-file',
  description: 'Settings up to a line of `---`, then a system prompt in `<system>` and the user turn after it.',
  files: ['*.prompt', '.continue/prompts/*.prompt'],
  notes: ['Files, pages and commands in braces are put in when it runs, and are not counted.'],
  sample: 'explain-failure.prompt',
  writable: false,
  detect: ({ path }, head) => (promptDialect(path, head) === 'continue-prompt' ? 'name' : null),
  parse,
};
