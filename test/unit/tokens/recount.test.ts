/** A recount after edits equals a count from nothing, whatever the template makes of neighbours. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { tokensOfModel } from '../../../server/core/tokens/catalog.js';
import { countConversationTokens, createTokenCache } from '../../../server/core/tokens/countConversation.js';
import type { TemplateInput } from '../../../server/core/tokens/templates/types.js';
import type { TokenCounter } from '../../../server/core/tokens/types.js';
import type { Role, Turn } from '../../../server/core/transcript/model.js';

/** Counts that depend on every character: a wrong text cannot count alike by chance. */
const counter: TokenCounter = {
  count: (_, texts) =>
    Promise.resolve(Uint32Array.from(texts, (text) => [...text].reduce((sum, each) => sum + each.codePointAt(0)!, 0))),
};

const MODELS = [
  'llama-3.1-8b',
  'llama-3-8b',
  'qwen3-8b',
  'qwen2.5-7b',
  'gemma-3-27b',
  'mistral-7b-v0.1',
  'deepseek-v3',
  'gpt-4o',
  'gpt-oss-20b',
  'unknown',
];
const span = { start: 0, end: 0 };

interface Said {
  readonly role: Role;
  readonly text: string;
  readonly thinking: string;
}

const conversationOf = (said: readonly Said[]): TemplateInput => ({
  turns: said.map(({ role, text, thinking }, index): Turn => ({
    index,
    role,
    roleRaw: role,
    span,
    roleSpan: span,
    pieces: [
      ...(thinking === '' ? [] : [{ kind: 'thinking' as const, spans: [], text: thinking }]),
      { kind: role === 'tool' ? 'toolResult' : 'text', spans: [], text },
    ],
  })),
});

const text = fc.constantFrom('', 'a', ' padded ', 'two words', 'line\nline\n', '\n');
const said = fc.record({
  role: fc.constantFrom<Role>('system', 'user', 'assistant', 'tool'),
  text,
  thinking: fc.constantFrom('', '', 'hm'),
});

describe('a recount', () => {
  for (const model of MODELS) {
    it(`equals a count from nothing for ${model}`, async () => {
      const edits = fc.array(fc.tuple(fc.nat(7), said, fc.boolean()), { maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(fc.array(said, { minLength: 1, maxLength: 6 }), edits, async (start, changes) => {
          const tokens = tokensOfModel(model);
          const cache = createTokenCache();
          let now = start;
          for (const [at, turn, keepRole] of [[0, start[0]!, true] as const, ...changes]) {
            const index = at % now.length;
            const next = keepRole ? { ...turn, role: now[index]!.role } : turn;
            now = now.map((each, i) => (i === index ? next : each));
            const { turns, pendingLead } = await countConversationTokens(conversationOf(now), tokens, counter, cache);
            const anew = await countConversationTokens(conversationOf(now), tokens, counter, createTokenCache());
            assert.deepEqual({ turns, pendingLead }, { turns: anew.turns, pendingLead: anew.pendingLead });
          }
        }),
        { numRuns: 60 },
      );
    });
  }
});
