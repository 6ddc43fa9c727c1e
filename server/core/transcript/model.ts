/**
 * What a file says, as plain data: conversations, turns, pieces of content, and where each stands in the source.
 *
 * All offsets are UTF-16 code units in the text as an editor opens it (no byte-order mark).
 */
import type { JsonParts } from './jsonParts.js';

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
  /** Of a JSON string that was edited: what `text` and `map` are made from when asked for. Goes with this very text. */
  readonly parts?: JsonParts;
  /** What the file says of an image or a recording, for the rules that count it. */
  readonly media?: MediaFacts;
}

/** What a file tells of an image or a recording. All of it may be missing. */
export interface MediaFacts {
  /** As the request asks for: `low`, `high`, `auto`. */
  readonly detail?: string;
  readonly widthPixels?: number;
  readonly heightPixels?: number;
  readonly seconds?: number;
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
  /** Token usage that a log or an export states for the request that this reply ended; shown beside our count. */
  readonly reported?: ReportedTokens;
  /** Of a rendered prompt: the markup that the file has around the pieces. */
  readonly markup?: TurnMarkup;
}

/** Markup as a rendered prompt has it: control tokens, each one token, and strings tokenized each on its own. */
export interface WrittenMarkup {
  readonly specials: number;
  readonly texts: readonly string[];
}

/** Of one turn: `lead` before what is said, `end` of it, `trail` up to the next turn (as in `TurnTokens`). */
export interface TurnMarkup {
  readonly lead: WrittenMarkup;
  readonly end: WrittenMarkup;
  readonly trail: WrittenMarkup;
  /** For each piece, the strings of the markup that touch it, which may merge with its tokens. */
  readonly around: readonly { readonly before: string; readonly after: string }[];
}

/** A conversation that the file has as a template renders it. */
export interface RenderedPrompt {
  /** Whose markup: `chatml`, `llama-3`, `mistral`, ... */
  readonly markup: string;
  /** The generation prompt at the end of the file, where a reply is about to be written. */
  readonly pending: WrittenMarkup;
}

/** Token usage as a provider reported it. Whole numbers of tokens. */
export interface ReportedTokens {
  /** All input, read from a cache or not. */
  readonly input?: number;
  /** The part of `input` that came from a prefix cache. */
  readonly cached?: number;
  readonly output?: number;
}

/** Something that is sent with the conversation and is not in the file: it makes the figure a lower bound. */
export interface HiddenContext {
  /** What it is, as the end of "not counted: ...": `the messages before previous_response_id`. */
  readonly what: string;
  readonly span: Span;
}

/** How a template marks what is filled in later. */
export type TemplateSyntax = 'mustache' | 'handlebars' | 'jinja' | 'f-string' | 'dollar' | 'poml';

/** A conversation with placeholders, and the values that the file itself has for them. */
export interface ConversationTemplate {
  readonly syntax: TemplateSyntax;
  /** Sample values in the file, each set with a name for pickers; empty for none. */
  readonly samples: readonly { readonly name: string; readonly values: Readonly<Record<string, unknown>> }[];
}

/** A prompt that every request of some tool carries: instructions of an agent, a skill. */
export interface StandingPrompt {
  /** `always`: in every request; `matching`: where files match; `on-demand`: once asked for. */
  readonly when: 'always' | 'matching' | 'on-demand';
  /** One phrase that says so: `in every request`, `where *.ts files are in context`. */
  readonly note: string;
}

export interface ConversationParameters {
  /** Explicit cap on the reply in tokens (`max_tokens` and its kin). */
  readonly maxTokens?: number;
}

export interface Conversation {
  /** Stable within a file: the zero-based index as text, or the id that the file gives. */
  readonly id: string;
  /** The file's own title of it, for pickers. */
  readonly title?: string;
  readonly span: Span;
  /** In the order in which a model reads them, which need not be that of the source (a system prompt below the messages). */
  readonly turns: readonly Turn[];
  /** `model:` of the file, as written. */
  readonly model?: { readonly id: string; readonly span: Span };
  /** Tool definitions, as the JSON text that is sent. Overhead of the first input turn. */
  readonly tools?: ContentPiece;
  readonly parameters: ConversationParameters;
  /** What is sent and not in the file; absent for nothing known. */
  readonly hidden?: readonly HiddenContext[];
  /** Present where the texts have placeholders. */
  readonly template?: ConversationTemplate;
  /** Present for a prompt that many requests carry: it is priced per 1,000 requests. */
  readonly standing?: StandingPrompt;
  /** Present where the file has the prompt with its markup: it is counted as written, with no other template. */
  readonly rendered?: RenderedPrompt;
  /** How many branches the file has beside this one, of which only the current is shown; absent for none. */
  readonly otherBranches?: number;
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

/** What a parse may be told beside the text. */
export interface ParseContext {
  /** As in `FileHint`; some formats tell a turn's role from the file's name. */
  readonly path: string;
  /** Of exports whose conversations branch: the branch that was current, or every one as a conversation of its own. */
  readonly branches: 'current' | 'all';
}

/** Groups of formats; `families.ts` has their order and titles. */
export type FormatFamily =
  'agent-customisation' | 'prompt-file' | 'chat-request' | 'dataset' | 'text' | 'rendered-template' | 'log-or-export';

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
  readonly family: FormatFamily;
  /** One sentence for docs/formats.md: what files, what shape. */
  readonly description: string;
  /** File names by which people know it, as globs: `*.prompty`, `AGENTS.md`. For docs. */
  readonly files: readonly string[];
  /** What is counted how, what is not, one sentence each. For docs. */
  readonly notes: readonly string[];
  /** Its file in `samples/`, a path relative to it. */
  readonly sample: string;
  /** Whether a reply can be written back in place. Logs and exports are read-only. */
  readonly writable: boolean;
  /**
   * Whether `text` is in this format: `name` (the file name says so), `content` (the text does), or null.
   * Cheap: looks at the head of the text only (64 K code units).
   */
  detect(hint: FileHint, head: string): 'name' | 'content' | null;
  parse(text: string, context?: ParseContext): Generator<void, ParsedTranscript>;
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
