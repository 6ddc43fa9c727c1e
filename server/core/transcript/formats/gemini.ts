/** Gemini JSON. */
import { jsonAdapter } from '../dialects/jsonAdapter.js';
import { gemini as dialect } from '../dialects/gemini.js';

export const gemini = jsonAdapter(dialect, {
  title: 'Gemini JSON',
  family: 'chat-request',
  description:
    'A request to the Gemini API (`contents` with `parts`, `systemInstruction`, `generationConfig`) or its response with `candidates`.',
  files: ['*.json'],
  notes: [
    'Camel case and snake case are read alike.',
    'A content without a role is the user; one of nothing but function responses is the turn of the tool.',
    'Parts with `thought` are thinking. Videos, PDFs, files and cached content are hidden: the figure is a lower bound.',
  ],
  sample: 'gemini-function-call.json',
});
