/** Some lines of a JSON Lines file, annotated in one go: in this thread or in another. */
import {
  conversationJson,
  diagnosticJson,
  type AnalysisSettings,
  type ConversationJson,
  type PositionAt,
} from '../core/index.js';
import { analyse, type ReadOptions } from './analyse.js';

export type Diagnostic = ReturnType<typeof diagnosticJson>;

/** Whole lines that follow one another. */
export interface LineBatch {
  /** Zero-based number of the first in the file. */
  readonly firstLine: number;
  readonly lines: readonly string[];
}

/** A conversation as it is written, but for its number in the file, which only the whole file tells. */
export interface AnnotatedConversation {
  /** What follows `{"id":` and the id. */
  readonly jsonAfterId: string;
  readonly total: ConversationJson['total'];
  readonly isLowerBound: boolean;
}

/** What a batch holds, in its order. */
export interface AnnotatedLines {
  readonly conversations: readonly AnnotatedConversation[];
  readonly diagnostics: readonly Diagnostic[];
}

const ID = '{"id":""';

function annotated(conversation: ConversationJson): AnnotatedConversation {
  const json = JSON.stringify({ ...conversation, id: '' });
  if (!json.startsWith(ID)) throw new Error('a conversation does not begin with its id');
  return {
    jsonAfterId: json.slice(ID.length),
    total: conversation.total,
    isLowerBound: conversation.lowerBound === true,
  };
}

/** The line of the output that is a conversation's. */
export const conversationLine = (id: number, { jsonAfterId }: AnnotatedConversation): string =>
  `{"id":"${id}"${jsonAfterId}`;

/** Parses, counts and prices each line on its own; a line may be a list of requests. */
export async function annotateLines(
  { firstLine, lines }: LineBatch,
  read: ReadOptions,
  settings: AnalysisSettings,
  signal: AbortSignal,
): Promise<AnnotatedLines> {
  const conversations: AnnotatedConversation[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [index, text] of lines.entries()) {
    signal.throwIfAborted();
    if (text.trim() === '') continue;
    const positionAt: PositionAt = (offset) => ({ line: firstLine + index, character: offset });
    const analysis = await analyse({ name: '-', text }, read, settings, signal);
    for (const problem of analysis.problems) diagnostics.push(diagnosticJson(problem, positionAt));
    for (const each of analysis.transcript.conversations.keys()) {
      conversations.push(annotated(conversationJson(analysis.figures(each)!, positionAt)));
    }
  }
  return { conversations, diagnostics };
}
