/** Preference pairs. */
import { jsonAdapter } from '../dialects/jsonAdapter.js';
import { preferencePairs as dialect } from '../dialects/preferencePairs.js';

export const preferencePairs = jsonAdapter(dialect, {
  title: 'Preference Pairs JSON',
  family: 'dataset',
  description:
    'Rows with a prompt and candidate answers: `chosen` and `rejected`, `preferred_output` and `non_preferred_output`, the pairs `response_0` and `response_1`, `response_j` and `response_k`, `output_1` and `output_2`, or one `completion`, `response` or, beside `tools`, `answers`.',
  files: ['*.json'],
  notes: [
    'Each candidate is a conversation of its own that begins with the shared prompt.',
    'A prompt that the candidates repeat is not counted twice.',
    'In a `.jsonl` file, one row a line, it is read as JSON Lines.',
  ],
  sample: 'preference-pairs.json',
});
