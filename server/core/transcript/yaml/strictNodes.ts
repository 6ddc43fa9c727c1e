/** Nodes of the strict reader, and where they are read from. */
import { QUOTE } from '../json/blank.js';
import type { ScalarStyle, YamlMember, YamlNode } from './node.js';
import { flowScalar } from './scalarText.js';
import { APOSTROPHE } from './strictText.js';

/** A text that is read. */
export interface StrictSource {
  /** A copy of `source`, unit for unit. */
  readonly text: string;
  /** Whose texts the keys are. */
  readonly source: string;
  /** Offset of `source` in the document; nodes have offsets of the document. */
  readonly base: number;
}

/** Collections open around a value; deeper ones are for the tolerant reader. */
export const MAX_DEPTH = 30;

/** A node while it is made. */
export type Open<T> = { -readonly [K in keyof T]: T[K] };

export const NO_MEMBERS: Open<YamlMember>[] = [];
export const NO_ITEMS: YamlNode[] = [];

/** A scalar that is no block. */
export function leaf({ base }: StrictSource, start: number, end: number, style: ScalarStyle): YamlNode {
  return {
    kind: 'scalar',
    start: base + start,
    end: base + end,
    members: NO_MEMBERS,
    items: NO_ITEMS,
    closed: true,
    style,
  };
}

/** What a key is, its quotes off. */
export function keyText({ text, source }: StrictSource, start: number, end: number): string {
  const quote = text.charCodeAt(start);
  if (quote !== QUOTE && quote !== APOSTROPHE) return source.slice(start, end);
  return flowScalar(source, quote === QUOTE ? 'double' : 'single', start + 1, end - 1).text;
}
