/** Small transcripts for tests of the server. */

export const chat = `{
  "model": "meta-llama/Llama-3.1-8B-Instruct",
  "messages": [
    { "role": "system", "content": "You answer in two sentences." },
    { "role": "user", "content": "Why does a kettle sing before it boils?" },
    {
      "role": "assistant",
      "content": "Steam bubbles form at the hot bottom and collapse in the cooler water above.\\nOnce all of it is near boiling they no longer collapse, and it grows quiet."
    },
    { "role": "user", "content": "And why is it loudest just before?" }
  ]
}
`;

/** A chat without a model of its own, so that settings choose it. */
export const chatWithoutModel = chat.replace(/^ {2}"model".*\n/m, '');

/** JSON as projects are full of it: no transcript. */
export const packageJson = JSON.stringify(
  { name: 'thing', version: '1.0.0', scripts: { test: 'mocha' }, dependencies: { zod: '4.0.0' } },
  null,
  2,
);

/** `turns` turns of about `length` characters each, user and assistant in turn. */
export function longChat(turns: number, length: number): string {
  const words = 'the quick brown fox jumps over a lazy dog while water slowly warms in its kettle and nobody looks ';
  const content = words.repeat(Math.ceil(length / words.length)).slice(0, length);
  const messages = Array.from({ length: turns }, (_, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content: `${index}: ${content}`,
  }));
  return JSON.stringify({ messages }, null, 2);
}
