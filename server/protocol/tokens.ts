/** Messages about tokens: where they stand in a text, how many a selection has. Types only. */

/** `[start, end)` in UTF-16 code units of the document's text. */
export interface SpanDto {
  start: number;
  end: number;
}

/** What is asked about: selections of one version of a document. */
export interface TokenQuery {
  uri: string;
  version: number;
  /** In order; none of them empty. */
  selections: SpanDto[];
  /** The selected texts, for a document that the server is not given (a language of no transcripts). */
  texts?: string[];
}

export interface ShowTokensParams extends TokenQuery {
  /** Without a selection: the turn at this offset. */
  caret: number;
}

/** How many tokens a selection has, counted as part of what is sent. */
export interface SelectionTokens {
  version: number;
  tokens: number;
  exact: boolean;
  /** `Llama 3 (exact)`; several where the selection spans conversations of several models. */
  tokenizer: string;
  model: string;
  /** Turns that the selection touches; 0 for plain text. */
  turns: number;
  /** What falls to these tokens of their turns' predicted joules; null where there is no such figure. GPU joules. */
  joules: number | null;
  /** One sentence each. */
  notes: string[];
}

/** One token. */
export interface TokenDto {
  id: number;
  /** What it spells; null where its bytes are no whole characters. */
  text: string | null;
  /** `F0 9F 98`. */
  bytes: string;
  /** It also spells text of the chat template, beside the turn's own. */
  beyond?: boolean;
  /** The tokenizer normalises: what the file has here. */
  written?: string;
}

/** A stretch of source and the tokens that stand on it: more than one where they share a character or an escape. */
export interface TokenRegionDto extends SpanDto {
  /** Indices in `ShownTokens.tokens`, both inclusive. */
  first: number;
  last: number;
}

export interface ShownTokens {
  version: number;
  /** `user turn 2 of 5`, `the selection`. */
  what: string;
  model: string;
  tokenizer: { title: string; exact: boolean };
  /** How many tokens there are in all; `tokens` has fewer where the text is long. */
  total: number;
  tokens: TokenDto[];
  /** In the order of the tokens. */
  regions: TokenRegionDto[];
  /** What is left out or not as counted, one sentence each. */
  notes: string[];
}

export interface CheckTokensParams {
  uri: string;
  conversation: number;
  /** Base URL ending in /v1. */
  endpoint: string;
  /** From SecretStorage; never logged. */
  apiKey?: string;
  /** Name of the model at the endpoint. */
  endpointModel?: string;
  timeoutSeconds: number;
  /** Matches MeasureProgress.token. */
  progressToken: string;
}

/** Tokens of one turn's text by itself, counted here and by the endpoint. */
export interface CheckedTurnDto {
  /** Zero-based. */
  turn: number;
  role: string;
  here: number;
  /** Null where it was not compared: `note` says why. */
  there: number | null;
  note?: string;
}

export interface CheckTokensResult {
  /** `equal`: everything was compared and is equal; `partial`: what was compared is equal. */
  outcome: 'equal' | 'partial' | 'differs' | 'nothing';
  /** `Differs at turn 3: 214 here beside 217 (vLLM).` */
  headline: string;
  /** The report. */
  markdown: string;
  turns: CheckedTurnDto[];
  /** The request in its chat template. */
  prompt: { here: number; there: number | null; note?: string };
}
