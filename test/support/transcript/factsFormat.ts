/**
 * A format of tests: a JSON file that states the facts of its conversations outright, so that what they mean can be
 * tested without a real format that has them.
 */
import type {
  Conversation,
  ContentPiece,
  FormatAdapter,
  ReportedTokens,
  StandingPrompt,
  TemplateSyntax,
} from '../../../server/core/transcript/model.js';

/** What the file holds. Texts and names of hidden things stand in it without escapes, each once. */
export interface Facts {
  readonly conversations: readonly {
    readonly id?: string;
    readonly title?: string;
    readonly model?: string;
    readonly hidden?: readonly string[];
    readonly standing?: StandingPrompt;
    readonly syntax?: TemplateSyntax;
    readonly samples?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    /** Shown only with all branches. */
    readonly branch?: boolean;
    readonly otherBranches?: number;
    readonly turns: readonly { readonly role: string; readonly text: string; readonly reported?: ReportedTokens }[];
  }[];
}

export const factsText = (facts: Facts): string => JSON.stringify(facts, null, 2);

/** @param writable false for one that is a log */
export const factsFormat = (writable = true): FormatAdapter => ({
  id: 'facts',
  title: 'Facts of a Test',
  family: 'prompt-file',
  description: 'A JSON file that states the facts of its conversations.',
  files: ['*.facts.json'],
  notes: [],
  sample: 'none',
  writable,
  detect: ({ path }) => (path.endsWith('.facts.json') ? 'name' : null),
  *parse(text, context) {
    yield;
    try {
      const { conversations } = JSON.parse(text) as Facts;
      const shown = conversations.filter(({ branch }) => branch !== true || context?.branches === 'all');
      return { conversations: shown.map((each, index) => conversationOf(text, each, index)), problems: [] };
    } catch {
      return { conversations: [], problems: [] };
    }
  },
  insertReply: (text, _conversation, _turn, reply) => ({ offset: text.length, insert: reply }),
});

function conversationOf(source: string, facts: Facts['conversations'][number], index: number): Conversation {
  const spanOf = (text: string) => ({ start: source.indexOf(text), end: source.indexOf(text) + text.length });
  const turns = facts.turns.map(({ role, text, reported }, at): Conversation['turns'][number] => {
    const span = spanOf(text);
    const piece: ContentPiece = { kind: 'text', spans: [span], text };
    return {
      index: at,
      role: role as 'user',
      roleRaw: '',
      span,
      roleSpan: { start: span.start, end: span.start },
      pieces: [piece],
      ...(reported ? { reported } : {}),
    };
  });
  const { id = String(index), title, model, hidden, standing, syntax, samples = {}, otherBranches } = facts;
  return {
    id,
    ...(title === undefined ? {} : { title }),
    span: { start: turns[0]!.span.start, end: turns.at(-1)!.span.end },
    turns,
    ...(model === undefined ? {} : { model: { id: model, span: spanOf(model) } }),
    parameters: {},
    ...(hidden ? { hidden: hidden.map((what) => ({ what, span: spanOf(what) })) } : {}),
    ...(standing ? { standing } : {}),
    ...(syntax
      ? { template: { syntax, samples: Object.entries(samples).map(([name, values]) => ({ name, values })) } }
      : {}),
    ...(otherBranches === undefined ? {} : { otherBranches }),
  };
}
