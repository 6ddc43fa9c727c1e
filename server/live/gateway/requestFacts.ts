/** What a request says of itself, read while it passes. */
import { JsonScanner } from './jsonScanner.js';

/** Known when the body is complete. */
export interface RequestFacts {
  readonly model: string;
  readonly streams: boolean;
  /** The client wants token counts at the end of the stream. */
  readonly wantsUsage: boolean;
  /** vLLM: counts in every chunk, so that the last one is the one without choices. */
  readonly wantsRunningUsage: boolean;
  /** Size of what the model reads, in bytes. */
  readonly promptBytes: number;
}

const kept: ReadonlySet<string> = new Set(['model', 'stream', 'stream_options']);
const promptMembers: ReadonlySet<string> = new Set([
  'messages',
  'prompt',
  'input',
  'inputs',
  'system',
  'instructions',
  'tools',
]);

/** Longest model name that is shown. */
const maxModel = 200;

/** Reads a body on the way. */
export class RequestReader {
  private readonly scanner = new JsonScanner(kept);
  private readonly values = new Map<string, unknown>();
  private promptBytes = 0;

  push(bytes: Uint8Array): void {
    for (const { key, value, bytes: size } of this.scanner.push(bytes)) {
      if (kept.has(key)) this.values.set(key, value);
      if (promptMembers.has(key)) this.promptBytes += size;
    }
  }

  /** @param streamsByDefault of Ollama's own calls */
  facts(streamsByDefault: boolean): RequestFacts {
    const model = this.values.get('model');
    const stream = this.values.get('stream');
    const options = this.values.get('stream_options');
    return {
      model: typeof model === 'string' ? model.slice(0, maxModel) : '',
      streams: typeof stream === 'boolean' ? stream : streamsByDefault,
      wantsUsage: isTrue(options, 'include_usage'),
      wantsRunningUsage: isTrue(options, 'continuous_usage_stats'),
      promptBytes: this.promptBytes,
    };
  }
}

function isTrue(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && Reflect.get(value, name) === true;
}
