/** What a chat template adds to the turns' texts, as plain data: special tokens, fixed strings, and where text meets them. */
import type { Conversation, SourceText } from '../../transcript/model.js';

/** Template text of a turn outside its content: special tokens (one token each), and strings tokenized each on its own. */
export interface Markup {
  readonly specials: number;
  readonly texts: readonly string[];
}

/**
 * A stretch of a turn's own text. Its tokens are
 * `count(before + text + after) - count(before) - count(after)`: the fixed strings around it, counted as markup
 * elsewhere, may merge with it (two line feeds in a row are one token).
 */
export interface TextRun {
  readonly before: string;
  /** In segments where the piece is kept so. */
  readonly text: SourceText;
  readonly after: string;
  /** `thinking`: the template leaves this run out of later requests. */
  readonly kind: 'text' | 'thinking';
  /** Special tokens that stand in the run, one token each; absent for none. */
  readonly specials?: number;
}

/** One turn as its template renders it; see `TurnTokens` for who owns what. */
export interface TurnLayout {
  readonly lead: Markup;
  readonly runs: readonly TextRun[];
  readonly end: Markup;
  readonly trail: Markup;
  /** False where what the model reads is not known (images, audio, the rendering of tool calls). */
  readonly exact: boolean;
}

export interface ConversationLayout {
  /** The turn of an index, made when asked for: a conversation can have very many. */
  turn(index: number): TurnLayout;
  /** The generation prompt of the request about to be made; nothing where the conversation ends in a reply. */
  readonly pendingLead: Markup;
  /** What the layout of a turn rests on beside its own texts: the same object as long as that is the same. */
  basis?(index: number): unknown;
  /** What is true of this conversation's rendering beside the template's own notes, one phrase each. */
  notes?(): readonly string[];
}

export type TemplateInput = Pick<Conversation, 'turns' | 'tools' | 'rendered'>;

/** A chat template as data and pure code. */
export interface ChatTemplate {
  /** Kebab-case id, e.g. `llama-3.1`. */
  readonly id: string;
  readonly title: string;
  /** True where the template is the model's own; false for the stated fallback. */
  readonly exact: boolean;
  /** Stated assumptions, one phrase each. */
  readonly notes: readonly string[];
  layout(conversation: TemplateInput): ConversationLayout;
}
