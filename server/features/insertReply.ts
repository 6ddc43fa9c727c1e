/** The edit that puts a measured reply into the document as the next turn. */
import type { InsertReplyEdit, InsertReplyParams, Reply } from '../protocol/messages.js';
import type { Measurements } from '../workspace/measurements.js';
import type { DocumentSession } from '../workspace/session.js';
import { failure, success } from './replies.js';

/** For the document as it stands; refused where the text before the reply has changed or the format has no such place. */
export function insertReply(
  session: DocumentSession,
  params: InsertReplyParams,
  measurements: Measurements,
): Reply<InsertReplyEdit> {
  const { format } = session.analysis;
  if (format && !format.writable) {
    const why = format.family === 'log-or-export' ? 'it is a record of what was said' : 'it has no place for a reply';
    const what = `${format.title} is read-only: ${why}, so nothing is written into it.`;
    return failure('not-writable', `${what} Open the reply beside instead.`);
  }
  const kept = measurements.of(session.uri, params.requestHash);
  if (!kept) {
    return failure(
      'no-measurement',
      'There is no measured reply for this conversation: run Joule Lens: Measure first.',
    );
  }
  const { reply } = kept.measurement;
  if (reply === '') {
    return kept.isFromHistory === true
      ? failure('not-writable', 'The text of this reply was not kept: measure again, or let the history keep replies.')
      : failure('not-writable', 'The measured reply has no text to insert.');
  }
  const placed = measurements.placed(session).find(({ requestHash }) => requestHash === params.requestHash);
  const conversation = placed && session.conversations[placed.conversation];
  if (!placed || !conversation || placed.measurement.stale) {
    return failure(
      'stale',
      'The turns before this reply have changed since it was measured. Open the reply beside instead.',
    );
  }
  if (placed.replyTurn < conversation.turns.length) {
    return failure('not-writable', 'This request has a reply in the document already. Open the measured one beside.');
  }
  const { text, analysis } = session;
  const isCut = analysis.transcript.problems.some(({ code }) => code === 'cut-at-limit');
  const isLast = placed.conversation === session.conversations.length - 1;
  const edit =
    isCut && isLast
      ? null
      : analysis.format?.insertReply?.(text.source.toString(), conversation, placed.replyTurn - 1, reply);
  if (!edit) {
    const format = analysis.format?.title ?? 'This format';
    return failure('not-writable', `${format} cannot take the reply at this place. Open the reply beside instead.`);
  }
  const at = text.positionAt(edit.offset);
  return success({ version: session.version, range: { start: at, end: at }, newText: edit.insert });
}
