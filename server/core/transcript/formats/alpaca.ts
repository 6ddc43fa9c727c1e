/** Alpaca rows. */
import { jsonAdapter } from '../dialects/jsonAdapter.js';
import { alpaca as dialect } from '../dialects/alpaca.js';

export const alpaca = jsonAdapter(dialect, {
  title: 'Alpaca JSON',
  family: 'dataset',
  description: 'Rows with `instruction`, `input`, `output`, and optionally `system` and `history`.',
  files: ['*.json'],
  notes: [
    'Instruction and input are one user turn; the line break that loaders put between them is not counted.',
    'Rows with `context` and `response` (Dolly) are read as well.',
    'In a `.jsonl` file, one row a line, it is read as JSON Lines.',
  ],
  sample: 'alpaca.json',
});
