/** Generated transcripts, edits and replies for property tests. */
import fc from 'fast-check';
import type { SourceEdit } from '../../../server/core/transcript/model.js';

/** Text as people and models write it, with all that formats give a meaning to. */
const scrap = fc.constantFrom(
  'a',
  'word',
  ' ',
  '  ',
  '\n',
  '\n\n',
  '\r\n',
  '\r',
  '\t',
  'é',
  '日本',
  '😀',
  '\ud83d',
  '\u2028',
  '"',
  '\\',
  '\\n',
  '/',
  '//',
  '/*',
  '*/',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '```',
  '~~~',
  '```js\n',
  '\n```\n',
  '## User',
  '\n## User\n',
  '\n# System\n',
  '**User:** x',
  '\nUser: ',
  '\nAssistant:',
  '\nQ:',
  '<!--',
  '-->',
  '\n<!-- n -->\n',
  '\n---\n',
  '\n\n---\n',
  '> ',
  '- item',
  '<think>',
  '\nASSISTANT: ',
  '\n\nHuman: ',
  '<details>\n<summary>Thinking</summary>\n',
  '</details>',
  '\n**Ada:** ',
  '\n# 2025-01-02T03:04:05\n\n## Prompt\n',
  '\n## Token usage\n\n3 input, 4 output\n',
  '\n#### ',
  '\n> ',
  '<|im_start|>user\n',
  '<|im_end|>\n',
  '<|start_header_id|>assistant<|end_header_id|>\n\n',
  '<|start|>assistant<|channel|>final<|message|>',
  '<|end|>',
  '[INST] <<SYS>>\n',
  '[INST] ',
  ' [/INST] ',
  '</s>',
  '<｜Assistant｜>',
  '","role":"',
  '}]}',
  '\u0000',
);
export const messyText = fc.array(scrap, { maxLength: 8 }).map((scraps) => scraps.join(''));

const role = fc.constantFrom('system', 'developer', 'user', 'assistant', 'tool', 'function', 'User', 'narrator');
const part = fc.oneof(
  messyText.map((text) => ({ type: 'text', text })),
  fc.constant({ type: 'image_url', image_url: { url: 'data:image/png;base64,AA/=', detail: 'low' } }),
  fc.constant({ type: 'input_audio', input_audio: { data: 'UklG', format: 'wav' } }),
);
const call = messyText.map((text) => ({ id: 'c', type: 'function', function: { name: 'f', arguments: text } }));
export const message = fc.record(
  {
    role,
    content: fc.oneof(
      { weight: 6, arbitrary: messyText },
      { weight: 2, arbitrary: fc.array(part, { maxLength: 3 }) },
      fc.constant(null),
    ),
    name: messyText,
    tool_calls: fc.array(call, { maxLength: 2 }),
    refusal: messyText,
    reasoning_content: messyText,
  },
  { requiredKeys: ['role', 'content'] },
);
const messages = fc.array(message, { minLength: 1, maxLength: 5 });
const request = fc.record(
  {
    model: fc.constantFrom('gpt-4o', 'llama-3.1-8b', 'a "b"'),
    messages,
    max_tokens: fc.nat(500),
    tools: fc.constant([{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }]),
  },
  { requiredKeys: ['messages'] },
);
const chat = fc.oneof<fc.Arbitrary<unknown>[]>(messages, request, fc.array(request, { minLength: 1, maxLength: 2 }));

const inLayout = (value: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc
    .record({ value, indent: fc.constantFrom(0, 1, 4), lineEnd: fc.constantFrom('\n', '\r\n', '\r') })
    .map((made) => JSON.stringify(made.value, null, made.indent).replaceAll('\n', made.lineEnd));

/** Chat JSON in every layout. */
export const chatJson = inLayout(chat);

const list = <T>(item: fc.Arbitrary<T>, maxLength = 4): fc.Arbitrary<T[]> =>
  fc.array(item, { minLength: 1, maxLength });
const optional = <T>(_keys: T, ...required: (keyof T)[]): { requiredKeys: (keyof T)[] } => ({ requiredKeys: required });

const block = fc.oneof(
  messyText.map((text) => ({ type: 'text', text })),
  messyText.map((thinking) => ({ type: 'thinking', thinking, signature: 'Eq' })),
  messyText.map((text) => ({ type: 'tool_use', id: 't1', name: 'f', input: { text } })),
  messyText.map((content) => ({ type: 'tool_result', tool_use_id: 't1', content })),
  fc.constant({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA/=' } }),
  messyText.map((data) => ({ type: 'document', source: { type: 'text', media_type: 'text/plain', data } })),
);
const anthropicMessage = fc.record({
  role: fc.constantFrom('user', 'assistant'),
  content: fc.oneof(messyText, fc.array(block, { maxLength: 3 })),
});
const anthropicKeys = {
  messages: list(anthropicMessage),
  system: fc.oneof<fc.Arbitrary<unknown>[]>(messyText, fc.constant([{ type: 'text', text: 'S' }])),
  model: fc.constant('claude-haiku-4-5'),
  max_tokens: fc.nat(99),
};
const anthropicRequest = fc.record(anthropicKeys, optional(anthropicKeys, 'messages', 'model'));

const geminiPart = fc.oneof(
  messyText.map((text) => ({ text })),
  messyText.map((text) => ({ text, thought: true })),
  messyText.map((text) => ({ functionCall: { name: 'f', args: { text } } })),
  messyText.map((text) => ({ functionResponse: { name: 'f', response: { text } } })),
  fc.constant({ inlineData: { mimeType: 'image/png', data: 'AA/=' } }),
);
const contentKeys = { parts: list(geminiPart, 3), role: fc.constantFrom('user', 'model') };
const geminiKeys = {
  contents: list(fc.record(contentKeys, optional(contentKeys, 'parts'))),
  systemInstruction: messyText.map((text) => ({ parts: [{ text }] })),
  generationConfig: fc.constant({ maxOutputTokens: 9 }),
};
const geminiRequest = fc.record(geminiKeys, optional(geminiKeys, 'contents'));

const responsesItem = fc.oneof(
  fc.record({ role: fc.constantFrom('user', 'assistant', 'developer'), content: messyText }),
  messyText.map((text) => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] })),
  messyText.map((text) => ({ type: 'function_call', call_id: 'c', name: 'f', arguments: text })),
  messyText.map((output) => ({ type: 'function_call_output', call_id: 'c', output })),
  messyText.map((text) => ({ type: 'reasoning', summary: [{ type: 'summary_text', text }] })),
);
const responsesKeys = {
  input: fc.oneof<fc.Arbitrary<unknown>[]>(messyText, list(responsesItem)),
  instructions: messyText,
  model: fc.constant('gpt-5'),
  previous_response_id: fc.constantFrom(null, 'resp_1'),
};
const responsesRequest = fc.record(responsesKeys, optional(responsesKeys, 'input', 'model'));

const shareTurn = fc.record({
  from: fc.constantFrom('human', 'gpt', 'system', 'function_call', 'observation', 'martian'),
  value: messyText,
});
const shareKeys = { conversations: list(shareTurn), system: messyText, id: fc.constant('x') };
const shareRow = fc.record(shareKeys, optional(shareKeys, 'conversations'));

const alpacaKeys = {
  instruction: messyText,
  output: messyText,
  input: messyText,
  system: messyText,
  history: fc.array(fc.tuple(messyText, messyText), { maxLength: 2 }),
};
const alpacaRow = fc.record(alpacaKeys, optional(alpacaKeys, 'instruction', 'output'));
const ultraRow = fc.record({ id: fc.constant('0'), data: list(messyText) });
const pairKeys = {
  prompt: messyText,
  chosen: fc.oneof<fc.Arbitrary<unknown>[]>(messyText, list(message, 2)),
  rejected: messyText,
};
const pairRow = fc.record(pairKeys, optional(pairKeys, 'chosen', 'rejected'));
const arenaRow = fc.record({ conversation: messages, model: fc.constant('vicuna-13b') });
const taggedRow = fc
  .array(fc.tuple(fc.constantFrom('<human>: ', '<bot>: '), messyText), { minLength: 1, maxLength: 4 })
  .map((turns) => ({ text: turns.map(([tag, text]) => tag + text).join('\n') }));

const rows = (row: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  inLayout(fc.oneof<fc.Arbitrary<unknown>[]>(row, list(row, 2)));

/** JSON of each dialect but OpenAI's chat, by the id of its format. */
export const DIALECT_JSON: readonly (readonly [id: string, document: fc.Arbitrary<string>])[] = [
  ['anthropic-messages', rows(anthropicRequest)],
  ['gemini', rows(geminiRequest)],
  ['openai-responses', rows(responsesRequest)],
  ['sharegpt', rows(shareRow)],
  ['alpaca', rows(alpacaRow)],
  ['ultrachat', rows(ultraRow)],
  ['preference-pairs', rows(pairRow)],
  ['lmsys-wildchat', rows(arenaRow)],
  ['tagged-text', rows(taggedRow)],
];
export const dialectJson = fc.oneof(...DIALECT_JSON.map(([, document]) => document));

const anyRow = fc.oneof<fc.Arbitrary<unknown>[]>(
  anthropicRequest,
  geminiRequest,
  responsesRequest,
  shareRow,
  alpacaRow,
  ultraRow,
  pairRow,
  arenaRow,
  taggedRow,
);
const line = fc.oneof(
  { weight: 6, arbitrary: fc.oneof<fc.Arbitrary<unknown>[]>(messages, request).map((value) => JSON.stringify(value)) },
  { weight: 4, arbitrary: anyRow.map((value) => JSON.stringify(value)) },
  fc.constantFrom('', '  ', '{"x": 1}', 'not json', '{"messages": [{"role": "user", "content": "half'),
);
export const chatLines = fc
  .record({ lines: fc.array(line, { minLength: 1, maxLength: 5 }), lineEnd: fc.constantFrom('\n', '\r\n', '\r') })
  .map(({ lines, lineEnd }) => lines.join(lineEnd));

const marker = fc.constantFrom(
  (word: string) => `## ${word}\n\n`,
  (word: string) => `# ${word}:\n`,
  (word: string) => `**${word}:** `,
  (word: string) => `_**${word}**_\n\n`,
  (word: string) => `${word}: `,
  (word: string) => `${word.toUpperCase()}:\n`,
);
const word = fc.constantFrom('User', 'Assistant', 'System', 'Human', 'AI');
export const textChat = fc
  .record({
    marker,
    lead: fc.constantFrom('', '', '# Title\n\n', 'Some words.\n', '---\nmodel: x\n---\n', '---\n\n'),
    turns: fc.array(fc.tuple(word, messyText), { minLength: 1, maxLength: 5 }),
    gap: fc.constantFrom('\n', '\n\n', '\n\n---\n\n'),
    lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  })
  .map(({ marker: mark, lead, turns, gap, lineEnd }) =>
    (lead + turns.map(([role, text]) => mark(role) + text).join(gap) + gap).replaceAll('\n', lineEnd),
  );

/** A place as a fraction, how much goes out there, and what comes in. */
export interface EditPlan {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}
export const fraction = fc.noBias(fc.nat(100_000)).map((n) => n / 100_000);
export const editPlan: fc.Arbitrary<EditPlan> = fc.record({
  at: fraction,
  remove: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(6) }, fc.nat(60)),
  insert: fc.oneof({ weight: 3, arbitrary: fc.constantFrom('a', 'b ', '') }, { weight: 1, arbitrary: messyText }),
});

/** Carries a plan out on a text. */
export function applyPlan(text: string, { at, remove, insert }: EditPlan): { after: string; edit: SourceEdit } {
  const start = Math.floor(at * text.length);
  const oldEnd = Math.min(text.length, start + remove);
  return {
    after: text.slice(0, start) + insert + text.slice(oldEnd),
    edit: { start, oldEnd, newEnd: start + insert.length },
  };
}

/**
 * Runs of a property: few and the same ones each time, so that the suite is fast and steady. `FUZZ=50 npm run test:unit`
 * runs fifty times as many, with a new seed.
 */
export const runs = (numRuns: number, seed: number): { numRuns: number; seed?: number } => {
  const factor = Number(process.env['FUZZ'] ?? 0);
  return factor > 0 ? { numRuns: numRuns * factor } : { numRuns, seed };
};
