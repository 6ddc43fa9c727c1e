/** Rows of LMSYS-Chat-1M, WildChat and Chatbot Arena. */
import { jsonAdapter } from '../dialects/jsonAdapter.js';
import { lmsysWildchat as dialect } from '../dialects/lmsysWildchat.js';

export const lmsysWildchat = jsonAdapter(dialect, {
  title: 'LMSYS and WildChat JSON',
  family: 'dataset',
  description:
    'Rows with `conversation`, a list of chat messages, and the `model` that answered; battles with `conversation_a` and `conversation_b`.',
  files: ['*.json'],
  notes: [
    "The row's `model` gives the model of its conversation.",
    'A battle is two conversations, each with its model.',
    'In a `.jsonl` file, one row a line, it is read as JSON Lines.',
  ],
  sample: 'lmsys-wildchat.json',
});
