/** Where energy goes in an answer, by the form of the API that was called: one row a form. */
import { isObject } from './jsonScanner.js';

/** Names on the way to the object that gains `energy`; empty for the answer itself. */
export type EnergyPath = readonly string[];

/** What the place may depend on. */
export interface Asked {
  /** OpenAI's `stream_options.include_usage`. */
  readonly usage: boolean;
  /** vLLM's `stream_options.continuous_usage_stats`: counts in every chunk. */
  readonly runningUsage: boolean;
}

/** The form of an answer. */
export type AnswerForm = 'completions' | 'responses' | 'messages' | 'native';

/** One form. */
interface Places {
  /** In an answer that is one JSON object. */
  readonly body: EnergyPath;
  /** In an event or a line of a stream: null in all but the last that tells the counts. */
  event(json: unknown, asked: Asked): EnergyPath | null;
}

const usage: EnergyPath = ['usage'];

const places: Readonly<Record<AnswerForm, Places>> = {
  // OpenAI's chat, completions, embeddings, and what has a `usage` like theirs.
  completions: {
    body: usage,
    event(json, asked) {
      const choices = field(json, 'choices');
      const list: readonly unknown[] = Array.isArray(choices) ? choices : [];
      const isFinish = list.some((choice) => typeof field(choice, 'finish_reason') === 'string');
      // The last word on usage comes without choices; some engines put it where the reply finishes.
      const isLast = (Array.isArray(choices) && list.length === 0) || (isFinish && !asked.runningUsage);
      return asked.usage && isLast && isObject(field(json, 'usage')) ? usage : null;
    },
  },
  // OpenAI's responses: the last event holds the whole answer.
  responses: {
    body: usage,
    event(json) {
      const isLast = /^response\.(completed|incomplete|failed)$/.test(String(field(json, 'type')));
      return isLast && isObject(field(field(json, 'response'), 'usage')) ? ['response', 'usage'] : null;
    },
  },
  // Anthropic's messages: the counts stand in the event that says why the reply stopped.
  messages: {
    body: usage,
    event(json) {
      const isLast = typeof field(field(json, 'delta'), 'stop_reason') === 'string';
      return isLast && isObject(field(json, 'usage')) ? usage : null;
    },
  },
  // Ollama (`done`), llama.cpp (`stop`), TGI (`generated_text`): counts stand in the last object itself.
  native: {
    body: [],
    event: (json) =>
      field(json, 'done') === true || field(json, 'stop') === true || typeof field(json, 'generated_text') === 'string'
        ? []
        : null,
  },
};

/** The place in an answer that is one JSON object. */
export const placeInBody = (form: AnswerForm): EnergyPath => places[form].body;

/** The place in an event or a line; null where none is. */
export const placeInEvent = (form: AnswerForm, json: unknown, asked: Asked): EnergyPath | null =>
  places[form].event(json, asked);

/** A member's value; undefined where there is none. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (Reflect.get(value, name) as unknown)
    : undefined;
}

/** The value at the end of a path. */
export const valueAt = (json: unknown, path: EnergyPath): unknown => path.reduce(field, json);
