/** Ports and plain data of token counting. The engines themselves live in server/runtime. */

/** A vocabulary: one that ships with the package, e.g. `llama-3`, `o200k_base`, or a file (see fileVocabulary.ts). */
export type VocabularyId = string;

/** A loaded tokenizer. `count` and `encode` are linear in the text, whatever the text. Special-token look-alikes in it are plain text. */
export interface TokenEngine {
  readonly id: VocabularyId;
  count(text: string): number;
  encode(text: string): Uint32Array;
}

/** Counts texts, possibly in another thread. Rejects with an AbortError when `signal` fires. */
export interface TokenCounter {
  /** Counts in the order of `texts`. */
  count(vocabulary: VocabularyId, texts: readonly string[], signal?: AbortSignalLike): Promise<Uint32Array>;
}

/** The tokens of one text, and where each stands in it. */
export interface EncodedText {
  readonly ids: Uint32Array;
  /**
   * Per token the UTF-16 code units of the text that it touches, `[start, end)`, whole characters (where a tokenizer
   * normalises, whole sequences of them). Tokens that share a character overlap.
   */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** What the tokens spell, in UTF-8: the text, normalised where the tokenizer does that; lone surrogates as U+FFFD. */
  readonly bytes: Uint8Array;
  /** Exclusive end of each token in `bytes`. */
  readonly byteEnds: Uint32Array;
}

/** What is found of a user's tokenizer.json before it is used. */
export type TokenizerReport =
  | {
      readonly ok: true;
      /** Whether everything that the file says is followed. */
      readonly exact: boolean;
      /** Why it is not, one phrase each. */
      readonly notes: readonly string[];
      /** Special tokens as templates write them. */
      readonly specialTokens: readonly string[];
      /** Why a template's own tokens are not exact, one phrase each. */
      readonly templateNotes: readonly string[];
    }
  | {
      readonly ok: false;
      /** One line: the file, what is wrong, what was expected. */
      readonly error: string;
    };

/** Looks at vocabularies of `fileVocabulary`, possibly in another thread; what it loads is kept for counting. */
export interface TokenizerInspector {
  /** Never rejects for what is wrong with the file. */
  inspect(vocabulary: VocabularyId): Promise<TokenizerReport>;
}

/** Gives ids and places of tokens, possibly in another thread. For short texts: the result is as long as they are. */
export interface TokenEncoder {
  /** Rejects with an AbortError when `signal` fires. */
  encode(vocabulary: VocabularyId, text: string, signal?: AbortSignalLike): Promise<EncodedText>;
}

/** The part of AbortSignal that core needs (core compiles without DOM and Node types). */
export interface AbortSignalLike {
  readonly aborted: boolean;
}

/** Which tokenizer a model's figures rest on. */
export interface TokenizerChoice {
  readonly vocabulary: VocabularyId;
  /** Shown to users: `Llama 3 (exact)`, `o200k_base as a stand-in`. */
  readonly title: string;
  /** True only where the vocabulary is the model's own. */
  readonly exact: boolean;
  /** Of a stand-in, where measured: its count lies this many percent beside the model's own, `[lowest, highest]`. */
  readonly errorPercent?: readonly [number, number];
  /** What `errorPercent` rests on, as part of a sentence. */
  readonly errorSource?: string;
  /** What else is to be said of its counts, one phrase each; absent for nothing. */
  readonly notes?: readonly string[];
}

/**
 * The tokens of one turn as its template renders it, in order: `lead` (role header, generation prompt), `text`,
 * `end` (end-of-turn token), `trail` (template text after it).
 *
 * For a reply, `lead` is input of its request, `text + end` is what decode produces, `trail` is new input of the
 * next request. For the first turn of a conversation `lead` includes what stands before it: beginning-of-sequence,
 * a default system prompt, tool definitions.
 */
export interface TurnTokens {
  readonly text: number;
  readonly lead: number;
  readonly end: number;
  readonly trail: number;
  /** The part of `text` that the template leaves out of later requests; absent for none. */
  readonly thinking?: number;
  readonly exact: boolean;
}
