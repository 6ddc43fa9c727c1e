/** An agent's Markdown file as one turn: its body, and what its front matter says. */
import type { Conversation, HiddenContext, ParsedTranscript, Span, Turn } from '../model.js';
import { textPieces, trimEnds, trimmed, without } from '../prompt/content.js';
import { findFrontMatter } from '../prompt/frontMatter.js';
import { Settings } from '../prompt/settings.js';
import { scanText } from '../text/scan.js';
import type { AgentFileKind } from './kinds.js';
import { agentModel } from './model.js';
import { references } from './references.js';

/** `${input:name}`, `${selection}` of VS Code; `$ARGUMENTS` and `$1` of commands. */
const DOLLAR = /\$\{[\w:.-]{1,80}\}|\$ARGUMENTS\b|\$[1-9]\b/;

/** A turn whose role the format implies: its place is where its text begins. */
export function impliedTurn(role: Turn['role'], index: number, span: Span, pieces: Turn['pieces']): Turn {
  const at = pieces[0]?.spans[0]?.start ?? span.start;
  return { index, role, roleRaw: '', span, roleSpan: { start: at, end: at }, pieces };
}

/** Tools that are named get their definitions from elsewhere. */
export function namedTools(settings: Settings): HiddenContext[] {
  const tools = settings.at('tools');
  const span = settings.spanAt('tools');
  const named = Array.isArray(tools) ? tools.length > 0 : typeof tools === 'string' && tools.trim() !== '';
  return named && span ? [{ what: 'the definitions of the tools it names', span }] : [];
}

export interface AgentBody {
  readonly settings: Settings;
  /** Where the body begins. */
  readonly start: number;
  readonly turn: Turn;
  readonly hidden: readonly HiddenContext[];
}

/** Reads the file: one turn over all that stands after its front matter. */
export function* agentBody(text: string, kind: AgentFileKind, index = 0): Generator<void, AgentBody> {
  const block = findFrontMatter(text);
  const settings = Settings.of(text, block, 'by-line');
  const start = block?.end ?? 0;
  const comments = kind.dropsComments && text.includes('<!--', start) ? (yield* scanText(text, start)).comments : [];
  const hidden = [...namedTools(settings), ...(yield* references(text, start, kind.references))];
  const span = { start, end: text.length };
  const spans = trimEnds(text, without(span, comments), trimmed);
  return { settings, start, turn: impliedTurn(kind.role, index, span, textPieces(text, spans)), hidden };
}

/** The file as one conversation of one turn; none for an empty file. */
export function* agentTranscript(text: string, kind: AgentFileKind): Generator<void, ParsedTranscript> {
  const { settings, start, turn, hidden } = yield* agentBody(text, kind);
  if (start === 0 && turn.pieces.length === 0) return { conversations: [], problems: settings.problems };
  const model = agentModel(settings);
  const conversation: Conversation = {
    id: '0',
    span: turn.span,
    turns: [turn],
    ...(model ? { model } : {}),
    parameters: {},
    ...(hidden.length > 0 ? { hidden } : {}),
    ...(kind.role === 'user' && turn.pieces.some((piece) => DOLLAR.test(piece.text))
      ? { template: { syntax: 'dollar' as const, samples: [] } }
      : {}),
    ...(kind.standing ? { standing: kind.standing(settings) } : {}),
  };
  return { conversations: [conversation], problems: settings.problems };
}
