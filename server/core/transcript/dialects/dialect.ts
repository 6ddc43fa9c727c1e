/**
 * Dialects: the shapes in which JSON holds conversations (an OpenAI request, a ShareGPT row, a Gemini response).
 *
 * A dialect looks at one parsed JSON value and gives its conversations. It knows nothing of files: `.json` adapters
 * (`jsonAdapter.ts`) read one value or an array of them, JSON Lines reads one value a line, and an export or a log can
 * call `dialect.conversations` on whatever value it finds inside its own. So a line of any dialect works, and a file may
 * mix them.
 *
 * How a value finds its dialect (`read.ts`): envelopes are opened first (batch lines: `body`, `params`, `response.body`),
 * then the first dialect in the order of `all.ts` that `recognises` it takes it. A file's own format is asked with the
 * looser `accepts` in its place of the order, so that an explicit choice and half-typed text are read as far as they go;
 * last, in the opposite order, any dialect that `accepts`. An array that none recognises is looked into.
 *
 * What holds for every dialect: it never throws; turns are in reading order, their contents disjoint; a text that an
 * edit may change without a full parse (see `update.ts`) decides nothing but its own piece. So roles, ids, kinds, and
 * whether a text is blank or begins with a tag, may lead to other turns or problems; the words of a content may not.
 */
import type { JsonNode } from '../json/node.js';
import type { Source } from '../json/pieces.js';
import type { Conversation } from '../model.js';

/** A conversation to be: its id, where the value gives none, is its number in the file. */
export type ConversationDraft = Omit<Conversation, 'id'> & { readonly id?: string };

/** One member of a turn to be written: its key, and its value as JSON text. */
export type WrittenMember = readonly [key: string, json: string];

/** Where a reply is written. */
export interface ReplyPlace {
  readonly text: string;
  /** The list that the reply goes into, and the element that it follows. */
  readonly list: JsonNode;
  readonly after: JsonNode;
  /** Blank after colons and commas: a space, or nothing in compact JSON. */
  readonly gap: string;
}

export interface Dialect {
  /** The id of the format that has this dialect as its own. */
  readonly id: string;
  /** What a text must have for any value in it to be of this dialect: the cheap test of detection. */
  readonly trace: RegExp;
  /** Whether the value, which may break off anywhere, is of this dialect beyond doubt. */
  recognises(text: string, value: JsonNode): boolean;
  /** Whether the value can be read in this dialect: asked where the user chose it, or where nobody recognises it. */
  accepts(text: string, value: JsonNode): boolean;
  /** Whether an object is a turn: one whose list lost its brackets is found again by it. */
  isTurn?(node: JsonNode): boolean;
  /**
   * The conversations of a value that this dialect recognises or accepts. One without turns is left out by the caller.
   *
   * @param strays objects after the value that belong to its list, where the text is broken
   */
  conversations(source: Source, value: JsonNode, strays: readonly JsonNode[]): Generator<void, ConversationDraft[]>;
  /** The members of a new turn that says `reply`; null or absent where the dialect cannot be written there. */
  reply?(place: ReplyPlace, reply: string): readonly WrittenMember[] | null;
  /** Whether adjacent assistant turns are one: then a reply beside another cannot be written. */
  readonly mergesReplies?: boolean;
}
