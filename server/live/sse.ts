/** Server-sent events from bytes, comments included: some endpoints report energy in a comment. */
import { createParser } from 'eventsource-parser';

/** What the reader hands over, in order of arrival. */
export interface SseHandlers {
  onData(data: string, event: string | undefined): void;
  /** Text after the colon, one leading space removed. */
  onComment(text: string): void;
  /** A line that is no field of the format, such as the first line of a page. */
  onStrayLine?(line: string): void;
}

/** A reader over one response. */
export interface SseReader {
  /** Any cut of the bytes will do, also inside a UTF-8 character or a comment. */
  push(bytes: Uint8Array): void;
  /** End of stream: delivers what came without its final newline. */
  end(): void;
}

/** Makes a reader. */
export function createSseReader(handlers: SseHandlers): SseReader {
  const decoder = new TextDecoder('utf-8');
  const parser = createParser({
    onEvent: ({ data, event }) => handlers.onData(data, event),
    onComment: (comment) => handlers.onComment(comment.trimEnd()),
    onError: (error) => {
      if (error.type === 'unknown-field') {
        handlers.onStrayLine?.(error.line ?? '');
      }
    },
  });
  return {
    push: (bytes) => parser.feed(decoder.decode(bytes, { stream: true })),
    // Two line ends close an unfinished line and the event that it belongs to.
    end: () => parser.feed(`${decoder.decode()}\n\n`),
  };
}
