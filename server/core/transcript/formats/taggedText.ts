/** Rows of tagged text. */
import { jsonAdapter } from '../dialects/jsonAdapter.js';
import { taggedText as dialect } from '../dialects/taggedText.js';

export const taggedText = jsonAdapter(dialect, {
  title: 'Tagged Text JSON',
  family: 'dataset',
  description:
    'Rows whose `text` is a whole conversation with tags: `<human>:` and `<bot>:`, `### Human:`, or `Human:` after a blank line.',
  files: ['*.json'],
  notes: [
    'Tags and the blanks around a content are not counted.',
    'In a `.jsonl` file, one row a line, it is read as JSON Lines.',
  ],
  sample: 'tagged-text.json',
});
