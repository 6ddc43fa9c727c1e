/**
 * Lists of ranks as tiktoken publishes them (`base64 rank`, one a line), which Meta's `tokenizer.model` is since Llama 3.
 * The list says neither how texts are split nor which special tokens there are: those are known by the file's hash.
 */
import { createHash } from 'node:crypto';
import type { BpeDefinition, SplitKind } from '../bpe/definition.js';
import { TokenTable } from '../bpe/tokenTable.js';
import { Unsupported } from './readTokenizerFile.js';

interface KnownRanks {
  readonly of: string;
  readonly split: SplitKind;
  readonly specialTokens: readonly string[];
}

/** By SHA-256 of the file; expressions and special tokens are those of `tokenizer.py` beside each (meta-llama/llama-models). */
const KNOWN: Readonly<Record<string, KnownRanks>> = {
  '82e9d31979e92ab929cd544440f129d9ecd797b69e327f80f17e1c50d5551b55': {
    of: 'Llama 3',
    split: 'gpt4',
    specialTokens: [
      'begin_of_text',
      'end_of_text',
      'start_header_id',
      'end_header_id',
      'eot_id',
      'eom_id',
      'python_tag',
    ],
  },
  d0bdbaf59b0762c8c807617e2d8ea51420eb1b1de266df2495be755c8e0ed6ed: {
    of: 'Llama 4',
    split: 'gpt4o',
    specialTokens: [
      ...['begin_of_text', 'end_of_text', 'header_start', 'header_end', 'eom', 'eot', 'step'],
      ...['python_start', 'python_end', 'reasoning_thinking_start', 'reasoning_thinking_end'],
      ...['image_start', 'image_end', 'image', 'patch', 'tile_x_separator', 'tile_y_separator'],
    ],
  },
};

/** A list of ranks, ready to count with. */
export interface Ranks {
  readonly definition: BpeDefinition;
  /** As templates write them. */
  readonly specialTokens: readonly string[];
}

/** Whether a file's text begins as a list of ranks does. */
export const isRanks = (text: string): boolean => /^[A-Za-z0-9+/]+=* \d+\r?\n/.test(text.slice(0, 1024));

/** @throws Unsupported where the list is none that is known */
export function readRanks(text: string): Ranks {
  const known = KNOWN[createHash('sha256').update(text).digest('hex')];
  if (!known) {
    const titles = Object.values(KNOWN).map(({ of }) => of);
    throw new Unsupported(
      `a list of ranks that says nothing of how texts are split, and not the file of ${titles.join(' or ')}; ` +
        "expected one of these, or the model's tokenizer.json",
    );
  }
  // What follows is sure of the form: the hash says what the file is.
  const tokens = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([token, rank]) => ({ bytes: Buffer.from(token!, 'base64'), id: Number(rank) }))
    .sort((a, b) => a.id - b.id);
  const bytes = Uint8Array.from(Buffer.concat(tokens.map((token) => token.bytes)));
  const lengths = Uint16Array.from(tokens, (token) => token.bytes.length);
  return {
    definition: {
      split: known.split,
      nfc: false,
      bytes,
      lengths,
      ids: Int32Array.from(tokens, ({ id }) => id),
      added: [],
      breaksOrder: new TokenTable(bytes, lengths).breaksOrder(),
      byteIds: [],
    },
    specialTokens: known.specialTokens.map((name) => `<|${name}|>`),
  };
}
