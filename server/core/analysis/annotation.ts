/** The result of `joulelens annotate --json` for one file, as plain data. Its field names are a contract. */
import type { Assumptions, Energy } from '../energy/types.js';
import type { Problem, Severity, Span, Turn } from '../transcript/model.js';
import type { TurnTokens } from '../tokens/types.js';
import type { ConversationFigures } from './conversationFigures.js';

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

const turnJson = (turn: Turn, tokens: TurnTokens, energy: Energy | null, positionAt: PositionAt): TurnJson => ({
  index: turn.index,
  role: turn.role,
  range: rangeAt(turn.span, positionAt),
  contentRanges: turn.pieces.flatMap((piece) => piece.spans.map((span) => rangeAt(span, positionAt))),
  tokens: { text: tokens.text, overhead: overheadTokens(tokens), exact: tokens.exact },
  energy,
});

/** One conversation's line of the annotation. */
export function conversationJson(figures: ConversationFigures, positionAt: PositionAt): ConversationJson {
  const { conversation, energy, choice, tokens, assumptions } = figures;
  return {
    id: conversation.id,
    model: { id: choice.model.id, source: choice.source },
    tokenizer: { id: tokens.model.tokenizer.vocabulary, exact: tokens.exact },
    ...(tokens.notes.length > 0 ? { tokenNotes: tokens.notes } : {}),
    turns: conversation.turns.map((turn, index) =>
      turnJson(turn, tokens.turns[index]!, energy?.turns[index] ?? null, positionAt),
    ),
    requests: energy?.requests ?? [],
    next: energy?.next
      ? { tokens: energy.next.tokens, energy: energy.next.energy, request: energy.next.request }
      : null,
    total: energy?.total ?? null,
    ...(assumptions ? { assumptions } : {}),
    ...(energy ? { confidence: energy.confidence, warnings: energy.warnings } : {}),
    ...(figures.error === null ? {} : { error: figures.error }),
  };
}
