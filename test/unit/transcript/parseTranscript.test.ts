import assert from 'node:assert/strict';
import { drain, parseTranscript } from '../../../server/core/transcript/parseTranscript.js';
import { adapterById, FORMATS } from '../../../server/core/transcript/registry.js';
import { said } from '../../support/transcript/fixtures.js';

const openai = adapterById('openai-chat')!;

describe('parseTranscript', () => {
  const message = (n: number): string => `{"role":"${n % 2 ? 'assistant' : 'user'}","content":"message ${n}"}`;
  const text = `[${Array.from({ length: 50 }, (_, n) => message(n)).join(',')}]`;

  it('cuts at the limit, keeps the turns before it, and says so once', () => {
    const limit = 1000;
    const { conversations, problems } = drain(parseTranscript(text, openai, { maxSourceLength: limit }));
    const turns = conversations[0]!.turns;
    assert.ok(turns.length > 10 && turns.length < 50);
    assert.equal(said({ conversations, problems })[0]![3], 'assistant: message 3');
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['cut-at-limit'],
    );
    assert.deepEqual(problems[0]!.span, { start: limit, end: text.length });
    assert.match(problems[0]!.message, /1,000 of/);
  });

  it('has no notice below the limit', () => {
    assert.deepEqual(drain(parseTranscript(text, openai, { maxSourceLength: text.length })).problems, []);
  });

  it('pauses on long texts, so that a caller can stop', () => {
    const turn = 'word '.repeat(2000);
    const hundred = <T>(make: (n: number) => T): T[] => Array.from({ length: 100 }, (_, n) => make(n));
    const chat = hundred(() => ({ role: 'user', content: turn }));
    const json: Record<string, unknown> = {
      'openai-chat': chat,
      'anthropic-messages': { system: 'S', messages: chat },
      'openai-responses': { input: chat },
      gemini: { contents: hundred(() => ({ parts: [{ text: turn }] })) },
      sharegpt: { conversations: hundred(() => ({ from: 'human', value: turn })) },
      alpaca: hundred(() => ({ instruction: turn, output: 'x' })),
      ultrachat: hundred(() => ({ id: '0', data: [turn, turn] })),
      'lmsys-wildchat': { conversation: chat },
      'preference-pairs': hundred(() => ({ prompt: turn, chosen: 'a', rejected: 'b' })),
      'tagged-text': hundred(() => ({ text: `<human>: ${turn}\n<bot>: ${turn}` })),
    };
    const lines = `${turn}\n`.repeat(100);
    const documents: Record<string, string> = {
      'agent-instructions': lines,
      'agent-prompt': lines,
      prompty: `user:\n${turn}\n`.repeat(100),
      dotprompt: `{{role "user"}}${turn}\n`.repeat(100),
      'continue-prompt': `{{ input }}${turn}\n`.repeat(100),
      'tagged-prompt': `<user>${turn}</user>\n`.repeat(100),
      poml: `<poml>${`<user-msg>${turn}</user-msg><ai-msg>${turn}</ai-msg>\n`.repeat(50)}</poml>`,
      'json-lines': chat.map((message) => JSON.stringify([message])).join('\n'),
      'aider-history': hundred(() => `#### ${turn}\n`).join(''),
      'rendered-template': hundred(() => `<|im_start|>user\n${turn}<|im_end|>\n`).join(''),
      'github-models': `messages:\n${`  - role: user\n    content: ${turn}\n`.repeat(100)}`,
      'promptfoo-config': `prompts:\n${`  - ${turn}\n`.repeat(100)}`,
      'promptfoo-prompts': `${turn}\n---\n`.repeat(100),
      langchain: `_type: few_shot\nexamples:\n${`  - input: ${turn}\n`.repeat(100)}`,
      'llm-template': `prompt: Hello\nfragments:\n${`  - ${turn}\n`.repeat(100)}`,
      'text-transcript': hundred((n) => `${n % 2 ? 'User' : 'AI'}: ${turn}\n`).join(''),
      ...Object.fromEntries(Object.entries(json).map(([id, value]) => [id, JSON.stringify(value)])),
    };
    const message = { role: 'user', content: turn };
    const inLines = (make: (n: number) => unknown): string => hundred((n) => JSON.stringify(make(n))).join('\n');
    const mapping = Object.fromEntries(
      hundred((n) => [
        `n${n}`,
        { message: { author: { role: 'user' }, content: { parts: [turn] } }, parent: `n${n - 1}`, children: [] },
      ]),
    );
    Object.assign(documents, {
      'chatgpt-export': JSON.stringify([{ mapping }]),
      'claude-export': JSON.stringify([{ chat_messages: hundred(() => ({ sender: 'human', text: turn })) }]),
      'copilot-chat': JSON.stringify({ requests: hundred(() => ({ requestId: 'r', message: { text: turn } })) }),
      'llm-logs': JSON.stringify(hundred(() => ({ prompt: turn, response: 'x', model: 'm', conversation_id: 'c' }))),
      'claude-code-log': inLines((n) => ({
        type: 'user',
        uuid: `${n}`,
        parentUuid: `${n - 1}`,
        sessionId: 's',
        message,
      })),
      'codex-log': inLines(() => ({ type: 'response_item', payload: { type: 'message', ...message } })),
    });
    Object.assign(documents, {
      'gemini-cli-log': `{"sessionId": "s", "projectHash": "h"}\n${inLines((n) => ({ id: `${n}`, type: 'user', content: turn }))}`,
      'copilot-cli-log': inLines(() => ({ type: 'user.message', data: { content: turn } })),
      'inspect-log': JSON.stringify({ eval: { task: 't' }, samples: hundred(() => ({ messages: [message] })) }),
      baml: hundred((n) => `function F${n}() -> string {\n  prompt #"${turn}"#\n}\n`).join(''),
    });
    for (const adapter of FORMATS) {
      // The body of a skill is one slice, and so is a whole text: there is nothing to pause in.
      if (adapter.id === 'agent-skill' || adapter.id === 'plain-prompt') continue;
      let pauses = 0;
      const slices = adapter.parse(documents[adapter.id]!);
      while (!slices.next().done) pauses++;
      assert.ok(pauses >= 5, `${adapter.id}: ${pauses} pauses in 1 MB`);
    }
  });
});
