/** The result of `joulelens annotate --json` for one file, as plain data. Its field names are a contract. */
import type { Assumptions, Energy, Interval90 } from '../energy/types.js';
import type { Problem, ReportedTokens, Severity, Span, StandingPrompt, Turn } from '../transcript/model.js';
import type { TurnTokens } from '../tokens/types.js';
import type { ConversationFigures, TemplateUse } from './conversationFigures.js';
import { isLowerBound, usageBeside, type UsageBeside } from './meaning.js';
import { plainEnergy } from '../energy/energyFigure.js';
import { nameOfVocabulary } from '../tokens/fileVocabulary.js';

/** Zero-based line and UTF-16 character in the document as VS Code opens it. */
export interface PositionJson {
  readonly line: number;
  readonly character: number;
}
export interface RangeJson {
  readonly start: PositionJson;
  readonly end: PositionJson;
}

export interface DiagnosticJson {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly range: RangeJson;
}

export interface TurnJson {
  readonly index: number;
  readonly role: string;
  readonly range: RangeJson;
  readonly contentRanges: readonly RangeJson[];
  readonly tokens: { readonly text: number; readonly overhead: number; readonly exact: boolean };
  readonly energy: Energy | null;
  /** Token usage that the file states for the request of this reply, our count of it, and ours less theirs. */
  readonly reported?: ReportedTokens & Pick<UsageBeside, 'counted' | 'difference'>;
}

/** Something that is sent and is not in the file. */
export interface HiddenJson {
  readonly what: string;
  readonly range: RangeJson;
}

/** What a standing prompt costs over 1,000 requests: GPU joules of its prefill. */
export interface StandingJson extends StandingPrompt {
  /** Tokens that each request carries. */
  readonly tokens: number;
  readonly joulesPer1000Requests: number;
  readonly interval90: Interval90;
  /** With a warm prefix cache; absent where the profile has none. */
  readonly cached?: { readonly joulesPer1000Requests: number; readonly interval90: Interval90 };
}

export interface RequestJson {
  readonly turns: readonly [number, number];
  readonly tokensIn: number;
  readonly tokensCached: number;
  readonly tokensOut: number;
  readonly energy: Energy;
}

export interface ConversationJson {
  readonly id: string;
  readonly title?: string;
  /** Present where something that is sent is not in the file: every figure of the conversation is a lower bound. */
  readonly lowerBound?: true;
  readonly hidden?: readonly HiddenJson[];
  /** Present for a prompt that many requests carry. */
  readonly standing?: StandingPrompt | StandingJson;
  /** Present for a conversation with placeholders: how they were counted. */
  readonly template?: TemplateUse;
  /** Branches beside this one that are not shown. */
  readonly otherBranches?: number;
  readonly model: { readonly id: string; readonly source: string };
  readonly tokenizer: { readonly id: string; readonly exact: boolean };
  /** What the counts assume, and what keeps them from being exact. */
  readonly tokenNotes?: readonly string[];
  readonly turns: readonly TurnJson[];
  readonly requests: readonly RequestJson[];
  readonly next: {
    readonly tokens: { readonly p10: number; readonly p50: number; readonly p90: number };
    readonly energy: Energy;
    readonly request: Energy;
  } | null;
  readonly total: { readonly tokens: number; readonly energy: Energy } | null;
  /** What the figures rest on; absent when they could not be computed. */
  readonly assumptions?: Assumptions;
  readonly confidence?: string;
  readonly warnings?: readonly string[];
  /** Why there is no energy, in one line. */
  readonly error?: string;
}

export interface AnnotationJson {
  readonly file: string;
  readonly format: string | null;
  readonly profile: unknown;
  readonly conversations: readonly ConversationJson[];
  readonly diagnostics: readonly DiagnosticJson[];
}

/** Source offset to line and character; see `transcript/lineIndex.ts`. */
export type PositionAt = (offset: number) => PositionJson;

export const rangeAt = (span: Span, positionAt: PositionAt): RangeJson => ({
  start: positionAt(span.start),
  end: positionAt(span.end),
});

export const diagnosticJson = (problem: Problem, positionAt: PositionAt): DiagnosticJson => ({
  code: problem.code,
  severity: problem.severity,
  message: problem.message,
  range: rangeAt(problem.span, positionAt),
});

/** Everything of a turn that its template adds to its text. */
export const overheadTokens = (tokens: TurnTokens): number => tokens.lead + tokens.end + tokens.trail;

const turnJson = (
  turn: Turn,
  tokens: TurnTokens,
  energy: Energy | null,
  usage: UsageBeside | null,
  positionAt: PositionAt,
): TurnJson => ({
  index: turn.index,
  role: turn.role,
  range: rangeAt(turn.span, positionAt),
  contentRanges: turn.pieces.flatMap((piece) => piece.spans.map((span) => rangeAt(span, positionAt))),
  tokens: { text: tokens.text, overhead: overheadTokens(tokens), exact: tokens.exact },
  energy: energy && plainEnergy(energy),
  ...(usage ? { reported: { ...usage.reported, counted: usage.counted, difference: usage.difference } } : {}),
});

/** Without the figures where there are none. */
function standingJson({ conversation: { standing }, standing: priced }: ConversationFigures) {
  if (!standing || !priced) return standing;
  const figure = ({ joules, interval90 }: Energy) => ({ joulesPer1000Requests: joules, interval90 });
  return {
    ...standing,
    tokens: priced.tokens,
    ...figure(priced.energy),
    ...(priced.cached ? { cached: figure(priced.cached) } : {}),
  };
}

/** What the conversation is, beside its turns: all of it left out where it does not apply. */
function meaningJson(figures: ConversationFigures, positionAt: PositionAt) {
  const { title, hidden, otherBranches } = figures.conversation;
  const standing = standingJson(figures);
  return {
    ...(title === undefined ? {} : { title }),
    ...(isLowerBound(figures.conversation)
      ? {
          lowerBound: true as const,
          hidden: hidden!.map(({ what, span }) => ({ what, range: rangeAt(span, positionAt) })),
        }
      : {}),
    ...(standing ? { standing } : {}),
    ...(figures.template ? { template: figures.template } : {}),
    ...(otherBranches === undefined ? {} : { otherBranches }),
  };
}

/** One conversation's line of the annotation. */
export function conversationJson(figures: ConversationFigures, positionAt: PositionAt): ConversationJson {
  const { conversation, energy, choice, tokens, assumptions } = figures;
  return {
    id: conversation.id,
    ...meaningJson(figures, positionAt),
    model: { id: choice.model.id, source: choice.source },
    tokenizer: { id: nameOfVocabulary(tokens.model.tokenizer.vocabulary), exact: tokens.exact },
    ...(tokens.notes.length > 0 ? { tokenNotes: tokens.notes } : {}),
    turns: conversation.turns.map((turn, index) =>
      turnJson(
        turn,
        tokens.turns[index]!,
        energy?.turns[index] ?? null,
        usageBeside(conversation, index, energy?.requests ?? []),
        positionAt,
      ),
    ),
    requests: energy?.requests.map((request) => ({ ...request, energy: plainEnergy(request.energy) })) ?? [],
    next: energy?.next
      ? {
          tokens: energy.next.tokens,
          energy: plainEnergy(energy.next.energy),
          request: plainEnergy(energy.next.request),
        }
      : null,
    total: energy ? { tokens: energy.total.tokens, energy: plainEnergy(energy.total.energy) } : null,
    ...(assumptions ? { assumptions } : {}),
    ...(energy ? { confidence: energy.confidence, warnings: energy.warnings } : {}),
    ...(figures.error === null ? {} : { error: figures.error }),
  };
}
