/** The request that a plan means, its figures and its identity. */
import { isOnlyStanding, requestAt } from '../core/index.js';
import type { ChatMessage, ConversationFigures, Energy } from '../core/index.js';
import type { MeasurePlanParams, Reply } from '../protocol/messages.js';
import type { DocumentSession } from '../workspace/session.js';
import type { Cancellation } from '../workspace/stages.js';
import { cancelled, failure, noTranscript, success } from './replies.js';

/** One request of a document, ready to be announced or sent. */
export interface DocumentRequest {
  readonly conversation: number;
  /** Index that its reply has or would have. */
  readonly replyTurn: number;
  readonly messages: readonly ChatMessage[];
  /** What of the request is not sent as the file has it, one sentence; null where all of it is. */
  readonly leftOut: string | null;
  readonly figures: ConversationFigures;
  /** Its prediction; null where there is none. */
  readonly predicted: Energy | null;
  /** Tokens of its prompt as counted here; null where there is no prediction. */
  readonly tokensIn: number | null;
}

/** Waits for the counts that the figures need, then finds the request. */
export async function findRequest(
  session: DocumentSession | undefined,
  params: MeasurePlanParams,
  cancellation: Cancellation,
): Promise<Reply<DocumentRequest>> {
  if (!session || !(await session.untilParsed(cancellation))) {
    return cancellation.isCancellationRequested ? cancelled() : noTranscript(params.uri);
  }
  const { conversation } = params;
  if (!session.conversations[conversation]) return noTranscript(params.uri);
  if (!(await session.untilCounted(conversation, cancellation))) {
    return cancellation.isCancellationRequested
      ? cancelled()
      : failure('no-transcript', session.failure ?? `Conversation ${conversation + 1} is no longer in the document.`);
  }
  const figures = session.analysis.figures(conversation);
  if (figures && isOnlyStanding(figures.conversation)) {
    return failure(
      'standing',
      'These are standing instructions: they are sent before other prompts, so there is no request of their own to measure.',
    );
  }
  // A conversation that ends in a reply has no request to come: the last one is meant.
  const lastReply = (figures?.content.turns.length ?? 0) - 1;
  const request = figures && (requestAt(figures.content, params.turn) ?? requestAt(figures.content, lastReply));
  if (!figures || !request || request.messages.length === 0) {
    return failure('no-transcript', `Conversation ${conversation + 1} has no turn to send before that reply.`);
  }
  const made = figures.energy?.requests.find(({ turns: [, last] }) => last === request.replyTurn);
  const toCome = figures.energy?.requests.at(-1);
  return success({
    conversation,
    ...request,
    leftOut: [request.leftOut, placeholders(figures)].filter((each) => each !== null).join(' ') || null,
    figures,
    predicted: made?.energy ?? figures.energy?.next?.request ?? null,
    tokensIn: made?.tokensIn ?? toCome?.tokensIn ?? null,
  });
}

/** A request that is no more than its template is sent so, and that is said. */
function placeholders({ template }: ConversationFigures): string | null {
  const asWritten = template && template.filled === 'as written' && template.variables.length > 0;
  return asWritten ? 'Placeholders are sent as written: fill in template values to send others.' : null;
}
