/** ShareGPT rows. */
import { jsonAdapter } from '../dialects/jsonAdapter.js';
import { sharegpt as dialect } from '../dialects/sharegpt.js';

export const sharegpt = jsonAdapter(dialect, {
  title: 'ShareGPT JSON',
  family: 'dataset',
  description: 'Rows with `conversations`, a list of turns with `from` and `value`; `system` and `tools` beside it.',
  files: ['*.json'],
  notes: [
    '`function_call` is a call of the assistant, `observation` its result.',
    'Renamed keys (`role`, `content`, `text`) are read where the list is called `conversations`.',
    'In a `.jsonl` file, one row a line, it is read as JSON Lines.',
  ],
  sample: 'sharegpt.json',
});
