/** One chat request, streamed, read to the end of the stream with everything kept that may carry energy. */
import type { ChatBody } from './adaptations.js';
import { adaptRequest, withQuirks } from './adaptations.js';
import type { ChatExchange, ChatOptions, ChatRequest } from './chatTypes.js';
import { endpointUrl } from './endpoint.js';
import { LiveError, withDetails } from './errors.js';
import { httpFailure, notJson, readText } from './httpFailure.js';
import { createRawLog, type RawLog } from './rawLog.js';
import { redactorFor, type Redact } from './redact.js';
import { addChunk, emptyReply, isNotable, type Reply } from './reply.js';
import { createSseReader } from './sse.js';
import { send, type Headers, type TransportResponse } from './transport.js';
import { chunkSchema, errorText, oneLine, tryJson } from './wire.js';

/**
 * Sends the conversation and reads the reply. Rejects with LiveError; its details hold the text and the raw payload
 * received until then. A rejected parameter is left out and the request sent once more.
 */
export async function chat(request: ChatRequest, options: ChatOptions): Promise<ChatExchange> {
  const url = endpointUrl(request.endpoint, 'chat/completions');
  const redact = redactorFor(request.endpoint.apiKey);
  const warnings: string[] = [];
  const quirks = options.quirks ?? new Set<string>();
  let body = withQuirks(chatBody(request), quirks);
  for (;;) {
    const log = createRawLog(redact);
    log.add(`POST ${url.href}`);
    const startMilliseconds = performance.now();
    const response = await send({
      method: 'POST',
      url,
      apiKey: request.endpoint.apiKey,
      body: JSON.stringify(body),
      accept: 'text/event-stream, application/json',
      timeouts: options.timeouts,
      signal: options.signal,
      ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
    });
    log.add(`HTTP ${response.status}`);
    log.addHeaders(response.headers);
    if (response.status >= 200 && response.status < 300) {
      return await readReply({ response, log, redact, warnings, startMilliseconds, onText: options.onText });
    }
    const errorBody = await readText(response);
    log.add(oneLine(errorBody, 2000));
    const next = adaptRequest(response.status, errorBody, body, quirks);
    if (next === null) {
      throw withDetails(httpFailure(response, errorBody, redact), { raw: log.lines() });
    }
    body = next.body;
    warnings.push(next.warning);
  }
}

function chatBody({ model, messages, maxTokens, temperature, seed }: ChatRequest): ChatBody {
  return {
    model,
    messages,
    stream: true,
    stream_options: { include_usage: true },
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(seed === undefined ? {} : { seed }),
  };
}

interface Reading {
  readonly response: TransportResponse;
  readonly log: RawLog;
  readonly redact: Redact;
  readonly warnings: string[];
  readonly startMilliseconds: number;
  readonly onText: ((text: string) => void) | undefined;
}

async function readReply(reading: Reading): Promise<ChatExchange> {
  const { response, log, redact } = reading;
  const reply = emptyReply();
  try {
    const contentType = response.headers['content-type'];
    return /text\/event-stream/i.test(contentType ?? '')
      ? await readStream(reading, reply)
      : await readWhole(reading, reply, contentType);
  } catch (error) {
    if (!(error instanceof LiveError)) {
      throw error;
    }
    throw withDetails(error, { partialText: redact(reply.text), raw: log.lines() });
  }
}

/** An event stream. */
async function readStream(reading: Reading, reply: Reply): Promise<ChatExchange> {
  const { response, log, redact, startMilliseconds } = reading;
  const place = response.url.href;
  const chunks: unknown[] = [];
  const comments: string[] = [];
  let secondsToFirstToken: number | null = null;
  let sawDone = false;
  let failure: LiveError | null = null;

  const onData = (data: string): void => {
    log.add(`data: ${data}`);
    if (data.trim() === '[DONE]') {
      sawDone = true;
      return;
    }
    const parsed = chunkSchema.safeParse(tryJson(data));
    if (!parsed.success) {
      failure ??= new LiveError(
        'cut',
        place,
        redact(`${place}: the stream holds an event that is not JSON of a chat reply: ${oneLine(data, 80)}`),
      );
      return;
    }
    const chunk = parsed.data;
    if (chunk.error !== undefined && chunk.error !== null) {
      const said = redact(oneLine(errorText(chunk.error) ?? JSON.stringify(chunk.error)));
      failure ??= new LiveError('stream', place, `${place}: the endpoint reported an error in mid-stream: ${said}`, {
        endpointSays: said,
      });
      return;
    }
    const added = addChunk(reply, chunk);
    if (added.isContent) {
      secondsToFirstToken ??= (performance.now() - startMilliseconds) / 1000;
    }
    if (added.text !== '') {
      reading.onText?.(added.text);
    }
    if (isNotable(chunk)) {
      chunks.push(chunk);
    }
  };
  const reader = createSseReader({
    onData,
    onComment: (comment) => {
      log.add(`: ${comment}`);
      comments.push(comment);
    },
    onStrayLine: (line) => {
      log.add(line);
    },
  });

  let trailers: Headers = {};
  try {
    trailers = await response.read((bytes) => reader.push(bytes));
  } catch (error) {
    reader.end();
    // A server that closes the socket right after [DONE] has said everything.
    if (!(error instanceof LiveError && error.code === 'cut' && sawDone)) {
      throw error;
    }
  }
  reader.end();
  const seconds = (performance.now() - startMilliseconds) / 1000;
  if (failure !== null) {
    throw failure;
  }
  if (!sawDone && reply.finishReason === null) {
    throw new LiveError('cut', place, `${place}: the stream ended before the reply was complete.`);
  }
  log.addHeaders(trailers);
  return finish(reading, reply, { trailers, chunks, comments, secondsToFirstToken, seconds, streamed: true });
}

/** One JSON answer: an endpoint that does not stream. */
async function readWhole(reading: Reading, reply: Reply, contentType: string | undefined): Promise<ChatExchange> {
  const { response, log, redact, startMilliseconds } = reading;
  const place = response.url.href;
  const parts: Buffer[] = [];
  const trailers = await response.read((bytes) => parts.push(bytes));
  const seconds = (performance.now() - startMilliseconds) / 1000;
  const text = Buffer.concat(parts).toString('utf8');
  log.add(text);
  const parsed = chunkSchema.safeParse(tryJson(text));
  if (!parsed.success) {
    throw notJson(place, contentType, text, redact);
  }
  const body = parsed.data;
  if (body.error !== undefined && body.error !== null) {
    const said = redact(oneLine(errorText(body.error) ?? JSON.stringify(body.error)));
    throw new LiveError('stream', place, `${place}: the endpoint reported an error: ${said}`, { endpointSays: said });
  }
  if ((body.choices ?? []).length === 0) {
    throw new LiveError(
      'notJson',
      place,
      redact(`${place}: the answer is JSON but no chat reply: ${oneLine(text, 80)}`),
    );
  }
  addChunk(reply, body);
  reading.onText?.(reply.text);
  return finish(reading, reply, {
    trailers,
    chunks: [body],
    comments: [],
    secondsToFirstToken: null,
    seconds,
    streamed: false,
  });
}

type Rest = Pick<ChatExchange, 'trailers' | 'chunks' | 'comments' | 'secondsToFirstToken' | 'seconds' | 'streamed'>;

function finish(
  { response, log, redact, warnings, startMilliseconds }: Reading,
  reply: Reply,
  rest: Rest,
): ChatExchange {
  return {
    startSeconds: startMilliseconds / 1000,
    url: response.url.href,
    status: response.status,
    ...reply,
    text: redact(reply.text),
    reasoning: redact(reply.reasoning),
    headers: response.headers,
    ...rest,
    raw: log.lines(),
    warnings,
  };
}
