/** Anthropic Messages JSON. */
import { jsonAdapter } from '../dialects/jsonAdapter.js';
import { anthropicMessages as dialect } from '../dialects/anthropicMessages.js';

export const anthropicMessages = jsonAdapter(dialect, {
  title: 'Anthropic Messages JSON',
  family: 'chat-request',
  description:
    "A request to the Messages API (`system` beside `messages`, content as text or a list of blocks) or its response. Those of Amazon Bedrock's Converse (`toolUse`, `toolConfig`, `inferenceConfig`) are read as well.",
  files: ['*.json'],
  notes: [
    '`system` is the first turn, wherever it is written.',
    'A user message of nothing but `tool_result` blocks is the turn of the tool.',
    'Adjacent assistant messages are one turn, as the API joins them.',
    'Text documents are counted; PDFs, redacted thinking and encrypted search results are not in the file as text: the figure is a lower bound.',
    '`cache_control`, signatures and ids are no text.',
  ],
  sample: 'anthropic-tool-use.json',
});
