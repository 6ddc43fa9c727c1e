/** The identity of a request: a measurement belongs to it, and is stale when it changes. */
import { createHash } from 'node:crypto';

/** SHA-256 (hex) of roles and decoded texts, in order. JSON keeps the boundaries: no two lists read alike. */
export function hashRequest(messages: readonly { readonly role: string; readonly content: string }[]): string {
  const canonical = JSON.stringify(messages.map(({ role, content }) => [role, content]));
  return createHash('sha256').update(canonical, 'utf8').digest('hex');
}
