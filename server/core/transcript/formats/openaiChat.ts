/** OpenAI chat JSON. */
import { jsonAdapter } from '../dialects/jsonAdapter.js';
import { openaiChat as dialect } from '../dialects/openaiChat.js';

export const openaiChat = jsonAdapter(dialect, {
  title: 'OpenAI Chat JSON',
  family: 'chat-request',
  description:
    'A JSON file with an array of chat messages (`role`, `content`), bare, in a request with `messages`, `model`, `tools` and `max_tokens`, or in a response with `choices`. Requests and replies of Ollama, Mistral and Cohere, the `prompt` of the older Completions API, rows of evaluations (`input` with `ideal` or `target`), trajectories (`history`) and messages of the AI SDK (`parts`) are read as well.',
  files: ['*.json', '*.jsonc'],
  notes: [
    'Every message is a turn of its own: the API merges none.',
    'Images and recordings are counted by rule, never as text; videos, and files that a row only points at, are hidden: the figure is a lower bound.',
    'A `prompt` beside `messages`, as rows of datasets have it, repeats the first turn and is not counted again.',
  ],
  sample: 'customer-support.json',
});
