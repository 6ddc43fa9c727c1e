/** OpenAI Responses JSON. */
import { jsonAdapter } from '../dialects/jsonAdapter.js';
import { openaiResponses as dialect } from '../dialects/openaiResponses.js';

export const openaiResponses = jsonAdapter(dialect, {
  title: 'OpenAI Responses JSON',
  family: 'chat-request',
  description:
    'A request to the Responses API (`instructions`, `input` as text or a list of items) or its response with `output`.',
  files: ['*.json'],
  notes: [
    'Adjacent items of the assistant (reasoning, calls, messages) are one turn, as one response writes them.',
    'Encrypted reasoning, files, stored prompts and what came before `previous_response_id` are not in the file: the figure is a lower bound.',
    'Reasoning is counted as its text where the file has it, else as its summary.',
  ],
  sample: 'responses-tool-call.json',
});
