/** The markup of each family of chat templates: its control tokens, and what they begin and end. One file a family. */
import { tokensIn } from '../tokens.js';
import { brackets } from './brackets.js';
import { deepseek } from './deepseek.js';
import { roleOfWord, type Grammar } from './grammar.js';
import { harmony } from './harmony.js';
import { headers } from './headers.js';
import { lineHeaders } from './lineHeaders.js';
import { roleTokens } from './roleTokens.js';
import { vicuna } from './vicuna.js';

export type { Grammar } from './grammar.js';

/** Every markup, in the order in which texts are held against them. */
export const GRAMMARS: readonly Grammar[] = [
  lineHeaders(
    'chatml',
    '<|im_start|>',
    '<|im_end|>',
    ['<|endoftext|>', '<|begin_of_text|>'],
    ['<|im_sep|>'],
    'assistant',
  ),
  headers('llama-3', ['<|start_header_id|>', '<|end_header_id|>'], ['<|eot_id|>', '<|eom_id|>'], '<|begin_of_text|>'),
  headers('llama-4', ['<|header_start|>', '<|header_end|>'], ['<|eot|>', '<|eom|>'], '<|begin_of_text|>'),
  harmony(),
  lineHeaders('gemma', '<start_of_turn>', '<end_of_turn>', ['<bos>'], [], 'model'),
  deepseek(),
  roleTokens(),
  brackets('llama-2'),
  brackets('mistral'),
  vicuna(),
];

/** Roles that a text's markup names, by grammar, for detection. */
export function* rolesIn(grammar: Grammar, text: string): Generator<string, void> {
  for (const { token, end } of tokensIn(text, grammar.pattern, 0, text.length)) {
    if (/^(?:<\|im_start\|>|<start_of_turn>|<\|start_header_id\|>|<\|header_start\|>|<\|start\|>)$/.test(token)) {
      const word = /^[A-Za-z]+/.exec(text.slice(end, end + 40))?.[0] ?? '';
      if (roleOfWord(word) !== null) yield roleOfWord(word)!;
    } else if (/^<[|｜](?:system|user|assistant|tool|observation|User|Assistant)[|｜]>$/.test(token)) {
      yield roleOfWord(token.slice(2, -2).toLowerCase())!;
    } else if (token === '[INST]') yield 'user';
    else if (token === '[/INST]' || token === '[TOOL_CALLS]') yield 'assistant';
    else if (token === '[SYSTEM_PROMPT]') yield 'system';
    else if (token === '[TOOL_RESULTS]') yield 'tool';
    else if (token === 'USER:') yield 'user';
    else if (token === 'ASSISTANT:') yield 'assistant';
  }
}
