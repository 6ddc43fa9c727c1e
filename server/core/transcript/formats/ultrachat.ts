/** UltraChat rows. */
import { jsonAdapter } from '../dialects/jsonAdapter.js';
import { ultrachat as dialect } from '../dialects/ultrachat.js';

export const ultrachat = jsonAdapter(dialect, {
  title: 'UltraChat JSON',
  family: 'dataset',
  description: "Rows with `id` and `data`, a list of texts that are the user's and the assistant's by turns.",
  files: ['*.json'],
  notes: [
    'Roles come from the place in the list: the user begins.',
    'In a `.jsonl` file, one row a line, it is read as JSON Lines.',
  ],
  sample: 'ultrachat.json',
});
