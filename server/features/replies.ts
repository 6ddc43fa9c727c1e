/** Success and failure as the protocol carries them. */
import type { Reply, ReplyCode } from '../protocol/messages.js';

export const success = <T>(value: T): Reply<T> => ({ ok: true, value });

/** `error` is one clear line: what, where, and what to do. */
export const failure = (
  code: ReplyCode,
  error: string,
  more: { readonly raw?: readonly string[]; readonly reply?: string } = {},
): Reply<never> => ({
  ok: false,
  error,
  code,
  ...(more.raw === undefined ? {} : { raw: [...more.raw] }),
  ...(more.reply === undefined || more.reply === '' ? {} : { reply: more.reply }),
});

export const cancelled = (): Reply<never> => failure('cancelled', 'Cancelled.');

export const noTranscript = (uri: string): Reply<never> =>
  failure(
    'no-transcript',
    `${decodeURIComponent(uri.split('/').at(-1) ?? uri)} holds no conversation that can be read.`,
  );
