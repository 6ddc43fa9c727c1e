/** Reads the body of a chat request by hand: this folder has no libraries. */

/** What the demo understands of a request. */
export interface DemoRequest {
  readonly model: string;
  readonly contents: readonly string[];
  readonly lastUserText: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly maxTokens: number;
  readonly stop: readonly string[];
}

/** A request that cannot be served, with what the client is told. */
export class BadRequest extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Parses the body. Throws BadRequest. */
export function parseChatRequest(text: string): DemoRequest {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new BadRequest(400, 'The body is not JSON.');
  }
  const messages = field(body, 'messages');
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new BadRequest(400, 'messages: a list with at least one message is needed.');
  }
  const read = messages.map((message: unknown, index) => {
    const role = field(message, 'role');
    if (typeof role !== 'string') {
      throw new BadRequest(400, `messages[${index}].role: a text is needed.`);
    }
    return { role, content: contentText(field(message, 'content')) };
  });
  const maxTokens = field(body, 'max_tokens') ?? field(body, 'max_completion_tokens') ?? 1024;
  if (typeof maxTokens !== 'number' || !Number.isInteger(maxTokens) || maxTokens < 1) {
    throw new BadRequest(400, 'max_tokens: a whole number of at least 1 is needed.');
  }
  const model = field(body, 'model');
  const stop = field(body, 'stop');
  return {
    model: typeof model === 'string' ? model : '',
    contents: read.map(({ content }) => content),
    lastUserText: read.filter(({ role }) => role === 'user').at(-1)?.content ?? '',
    stream: field(body, 'stream') === true,
    includeUsage: field(field(body, 'stream_options'), 'include_usage') === true,
    maxTokens,
    stop: (Array.isArray(stop) ? (stop as unknown[]) : [stop]).filter(
      (each): each is string => typeof each === 'string' && each !== '',
    ),
  };
}

function contentText(content: unknown): string {
  if (typeof content === 'string') {
    return content;
  }
  if (!Array.isArray(content)) {
    return '';
  }
  return content
    .map((part: unknown) => field(part, 'text'))
    .filter((text) => typeof text === 'string')
    .join('\n');
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
