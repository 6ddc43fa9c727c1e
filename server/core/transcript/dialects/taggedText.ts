/** Rows whose `text` is a whole conversation with tags: OpenChatKit's `<human>:` and `<bot>:`, Guanaco's `### Human:`. */
import { stringAt, type JsonNode } from '../json/node.js';
import { decodeJsonString } from '../textMap.js';
import type { ConversationDraft, Dialect } from './dialect.js';
import { idField } from './request.js';
import { isTagged, taggedTurns } from './taggedString.js';
import { numbered } from './turns.js';

/** How much of a text tells whether it has tags. */
const LOOK = 20_000;

const textNode = (value: JsonNode): JsonNode | null => (value.kind === 'object' ? stringAt(value, 'text') : null);

export const taggedText: Dialect = {
  id: 'tagged-text',
  trace:
    /"text"\s*:\s*"(?:\s|\\[nrt])*(?:<(?:human|user|bot|assistant|gpt|system)>:|###|human:|user:|assistant:|system:)/i,

  recognises(text, value) {
    const node = textNode(value);
    if (!node) return false;
    const inside = text.slice(node.innerStart, Math.min(node.innerEnd, node.innerStart + LOOK));
    const isPart = !node.closed || node.innerEnd - node.innerStart > LOOK;
    return isTagged(decodeJsonString(inside), isPart);
  },

  accepts(text, value) {
    return this.recognises(text, value);
  },

  *conversations(source, value): Generator<void, ConversationDraft[]> {
    yield;
    const node = textNode(value);
    const span = { start: value.start, end: value.end };
    return [
      { ...idField(source, value, 'id'), span, turns: numbered(node ? taggedTurns(source, node) : []), parameters: {} },
    ];
  },
};
