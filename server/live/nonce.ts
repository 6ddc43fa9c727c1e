/** Defeats prefix caching between the repeats of one request. */
import { randomBytes } from 'node:crypto';
import type { ChatMessage } from './chatTypes.js';

/** Eight random hexadecimal digits. */
export function randomNonce(): string {
  return randomBytes(4).toString('hex');
}

/** The same conversation with a mark before everything else, so that no cached prefix fits. It costs a few tokens. */
export function withNonce(messages: readonly ChatMessage[], nonce: string): ChatMessage[] {
  return messages.map((message, index) =>
    index === 0 ? { ...message, content: `[${nonce}]\n${message.content}` } : message,
  );
}
