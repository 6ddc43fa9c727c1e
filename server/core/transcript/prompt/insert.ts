/** Writing a reply into a prompt file, checked by reading it back. */
import type { Conversation, ParsedTranscript } from '../model.js';
import { isInserted } from '../text/insert.js';

interface Insertion {
  readonly offset: number;
  readonly insert: string;
}

export const lineBreakOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** The edit, if the text then reads as before with one more assistant turn of exactly `reply`; else null. */
export function checked(
  parse: (text: string) => ParsedTranscript,
  text: string,
  { turns }: Conversation,
  turnIndex: number,
  reply: string,
  edit: Insertion,
): Insertion | null {
  const after = parse(text.slice(0, edit.offset) + edit.insert + text.slice(edit.offset));
  return isInserted(turns, after.conversations[0]?.turns ?? [], turnIndex, reply) ? edit : null;
}
