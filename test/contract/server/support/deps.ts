/** The server's ports in tests: the real core and the real network, with a counter that remembers what it counted. */
import * as path from 'node:path';
import type { FormatAdapter, TokenCounter, TokenEncoder, TokenizerInspector } from '../../../../server/core/index.js';
import { createJouleService } from '../../../../server/core/index.js';
import type { ServerDeps } from '../../../../server/deps.js';
import { createInlineCounter } from '../../../../server/runtime/inlineCounter.js';
import { serverDeps } from '../../../../server/wiring.js';

/** Repository root, from out/test/contract/server/support. */
export const root = path.resolve(__dirname, '..', '..', '..', '..', '..');

/** Loading a vocabulary takes a while: once for all tests. */
const inline = createInlineCounter(path.join(root, 'assets', 'vocabularies'));

export interface SpyCounter extends TokenCounter, TokenEncoder, TokenizerInspector {
  /** Code units counted since the start or the last reset. */
  counted: number;
  /** Set to hold every count until it is called. */
  gate: Promise<void> | null;
  aborted: number;
}

export function spyCounter(): SpyCounter {
  const spy: SpyCounter = {
    counted: 0,
    gate: null,
    aborted: 0,
    async count(vocabulary, texts, signal) {
      await spy.gate;
      if (signal?.aborted === true) {
        spy.aborted++;
        throw Object.assign(new Error('the count was cancelled'), { name: 'AbortError' });
      }
      spy.counted += texts.reduce((sum, text) => sum + text.length, 0);
      return inline.count(vocabulary, texts, signal);
    },
    inspect: (vocabulary) => inline.inspect(vocabulary),
    encode: (vocabulary, text, signal) => inline.encode(vocabulary, text, signal),
  };
  return spy;
}

/** @param formats in place of all there are */
export function testDeps(counter: ServerDeps['tokens'] = spyCounter(), formats?: readonly FormatAdapter[]): ServerDeps {
  return serverDeps(createJouleService({ counter, ...(formats ? { formats } : {}) }), counter);
}
