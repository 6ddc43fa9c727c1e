/**
 * What a file says, as plain data: conversations, turns, pieces of content, and where each stands in the source.
 *
 * All offsets are UTF-16 code units in the text as an editor opens it (no byte-order mark).
 */

/** Half-open range `[start, end)` of UTF-16 code units in the source text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The four roles that energy accounting knows. `developer` reads as system, `function` as tool, `model`, `gpt` and `ai` as assistant. */
export type Role = 'system' | 'user' | 'assistant' | 'tool';

export type PieceKind = 'text' | 'thinking' | 'toolCall' | 'toolResult' | 'image' | 'audio';

/**
 * One stretch of decoded text and the source it came from.
 *
 * `spans` are the source ranges whose decoded slices, joined, equal `text`: one range for a JSON string (its inside,
 * escapes included), several where source that is not content (indentation, quote marks of a list) cuts the text.
 */
export interface ContentPiece {
  readonly kind: PieceKind;
  readonly spans: readonly Span[];
  /** What the tokenizer counts: escapes resolved. Empty for images and audio, whose tokens come from rules. */
  readonly text: string;
  /** Decoded offset to source offset relative to the first span; absent when the text is the source slice itself. */
  readonly map?: OffsetMap;
}

/**
 * Maps decoded offsets to source offsets relative to the start of the first span, as runs in ascending order. Within a run the mapping is one to one when
 * `decodedLength === sourceLength`; otherwise the run is one escape, which maps as a whole.
 */
export interface OffsetMap {
  readonly runs: readonly {
    readonly decodedStart: number;
    readonly decodedLength: number;
    readonly sourceStart: number;
    readonly sourceLength: number;
  }[];
}

/** One turn: adjacent assistant messages that the format merges are one. */
export interface Turn {
  readonly index: number;
  readonly role: Role;
  /** The role as the file writes it, for messages to the user. Empty when the format implies it. */
  readonly roleRaw: string;
  /** The whole block: for JSON the message object, for Markdown from its heading to the next. */
  readonly span: Span;
  /** The role token, where a lens is placed. */
  readonly roleSpan: Span;
  readonly pieces: readonly ContentPiece[];
  /** A name field (it costs tokens). */
  readonly name?: string;
}

export interface ConversationParameters {
  /** Explicit cap on the reply in tokens (`max_tokens` and its kin). */
  readonly maxTokens?: number;
}

export interface Conversation {
  /** Stable within a file: the zero-based index as text, or the id that the file gives. */
  readonly id: string;
  readonly span: Span;
  readonly turns: readonly Turn[];
  /** `model:` of the file, as written. */
  readonly model?: { readonly id: string; readonly span: Span };
  /** Tool definitions, as the JSON text that is sent. Overhead of the first input turn. */
  readonly tools?: ContentPiece;
  readonly parameters: ConversationParameters;
}

export type Severity = 'error' | 'warning' | 'information' | 'hint';

/** Something the user should know about a place in the file. Never a reason to drop the rest. */
export interface Problem {
  /** Stable kebab-case code, e.g. `json-syntax`, `unknown-role`, `cut-at-limit`. */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly span: Span;
}

/** What an adapter returns. It never throws on text: parsing returns what can be seen, and problems. */
export interface ParsedTranscript {
  readonly conversations: readonly Conversation[];
  readonly problems: readonly Problem[];
}

/** What is known of a file before it is read. */
export interface FileHint {
  /** File name or path with forward slashes; empty for untitled text. */
  readonly path: string;
  /** VS Code's language id where one is known. */
  readonly languageId?: string;
  /** The user's explicit choice of format ("treat as transcript"). */
  readonly format?: string;
}

/**
 * A text that may be kept in pieces, so that an edit need not copy all of it. A string is one. Immutable; `toString`
 * may be as long as the text, `slice` is as long as what it returns.
 */
export interface SourceText {
  readonly length: number;
  slice(start: number, end?: number): string;
  toString(): string;
}

/** One replaced stretch of source: `[start, oldEnd)` became `[start, newEnd)`. */
export interface SourceEdit {
  readonly start: number;
  readonly oldEnd: number;
  readonly newEnd: number;
}

/**
 * A format: small, pure, registered as one line in `registry.ts`.
 *
 * `parse` may be long on a large file, so it is a generator: it yields now and then (about every 100,000 code units)
 * so that its caller can do other work or stop, and returns the result.
 */
export interface FormatAdapter {
  /** Kebab-case id, e.g. `openai-chat`. */
  readonly id: string;
  /** Title in title case, for pickers and docs. */
  readonly title: string;
  /** One sentence for docs/formats.md: what files, what shape. */
  readonly description: string;
  /** Whether a reply can be written back in place. */
  readonly writable: boolean;
  /**
   * Whether `text` is in this format: `name` (the file name says so), `content` (the text does), or null.
   * Cheap: looks at the head of the text only (64 K code units).
   */
  detect(hint: FileHint, head: string): 'name' | 'content' | null;
  parse(text: string): Generator<void, ParsedTranscript>;
  /**
   * The transcript after one edit, reusing what the edit did not touch; null when only a full parse can tell.
   * `text` is the text after the edit. The result equals a full parse (a property test holds that).
   */
  update?(before: ParsedTranscript, text: SourceText, edit: SourceEdit): ParsedTranscript | null;
  /**
   * The edit that puts a reply in as the turn after `turnIndex`, or null where the format cannot be written there.
   * `text` is the current source.
   */
  insertReply?(
    text: string,
    conversation: Conversation,
    turnIndex: number,
    reply: string,
  ): { readonly offset: number; readonly insert: string } | null;
}
