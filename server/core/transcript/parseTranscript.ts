/** Running an adapter's parser: in one go, or in slices with a limit on the length of what is read. */
import type { FormatAdapter, ParseContext, ParsedTranscript } from './model.js';
import { sortProblems } from './spans.js';

export interface ParseOptions {
  /** Longest source that is read, in UTF-16 code units. What follows is cut, with a problem `cut-at-limit`. */
  readonly maxSourceLength?: number;
  readonly context?: ParseContext;
}

/** Runs a generator to its end and returns its result. */
export function drain<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * Parses `text`, pausing about every 100,000 code units. Over the limit the text is read up to the limit, and a
 * `cut-at-limit` problem spans what was left out.
 */
export function* parseTranscript(
  text: string,
  adapter: FormatAdapter,
  options: ParseOptions = {},
): Generator<void, ParsedTranscript> {
  const limit = options.maxSourceLength ?? Infinity;
  if (text.length <= limit) return yield* adapter.parse(text, options.context);
  const { conversations, problems } = yield* adapter.parse(text.slice(0, limit), options.context);
  const message =
    `Only the first ${limit.toLocaleString('en')} of ${text.length.toLocaleString('en')} characters are read: ` +
    'raise joulelens.maxDocumentSize, or use joulelens annotate on the file.';
  return {
    conversations,
    problems: sortProblems([
      // That the text breaks off at the limit is what the notice says.
      ...problems.filter(({ code, span }) => code !== 'json-syntax' || span.end < limit),
      { code: 'cut-at-limit', severity: 'information', message, span: { start: limit, end: text.length } },
    ]),
  };
}
