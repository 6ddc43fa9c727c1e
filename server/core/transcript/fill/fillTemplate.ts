/**
 * Conversations with values in the place of their placeholders: what is counted and sent. Ranges stay those of the
 * source, which has the placeholders. Keeps what it rendered, so that an edit renders the piece that it touched.
 */
import type { ContentPiece, Conversation, ConversationTemplate, Problem, TemplateSyntax, Turn } from '../model.js';
import { decodedToSource } from '../textMap.js';
import { templateRenderer, templateVariables, type Rendered, type TemplateValues } from './index.js';
import { tooLong } from './rendered.js';

/** What a document's placeholders are filled with. */
export type TemplateFill =
  | { readonly kind: 'as-written' }
  /** The file's own sample of this name; conversations without one stay as written. */
  | { readonly kind: 'sample'; readonly name: string }
  /** The user's own values; `label` is the name of their file. */
  | { readonly kind: 'values'; readonly label: string; readonly values: TemplateValues };

export const AS_WRITTEN: TemplateFill = { kind: 'as-written' };

/** A conversation as it is counted. */
export interface FilledConversation {
  /** The conversation itself where nothing was filled in. */
  readonly content: Conversation;
  /** `as written`, `sample: NAME` or the name of a file. */
  readonly filled: string;
  /** Why pieces stay as written, each at its place. */
  readonly problems: readonly Problem[];
}

/** Sets of values whose renderings are kept at a time. */
const MOST_SETS = 64;

type Filler = (turn: Turn) => { readonly turn: Turn; readonly problems: readonly Problem[] };

export class TemplateFiller {
  readonly #fillers = new Map<string, Filler>();
  readonly #keys = new WeakMap<TemplateValues, string>();

  constructor(readonly fill: TemplateFill) {}

  /** Pieces that cannot be rendered stay as written, with a problem. Never throws. */
  of(conversation: Conversation): FilledConversation {
    const { template } = conversation;
    const values = template ? this.#valuesFor(template) : null;
    if (!template || !values) return { content: conversation, filled: 'as written', problems: [] };
    const { fill } = this;
    const fillTurn = this.#fillerOf(template.syntax, values);
    const filledTurns = conversation.turns.map(fillTurn);
    return {
      content: { ...conversation, turns: filledTurns.map(({ turn }) => turn) },
      filled: fill.kind === 'sample' ? `sample: ${fill.name}` : fill.kind === 'values' ? fill.label : 'as written',
      problems: filledTurns.flatMap(({ problems }) => problems),
    };
  }

  #valuesFor({ samples }: ConversationTemplate): TemplateValues | null {
    const { fill } = this;
    if (fill.kind === 'as-written') return null;
    return fill.kind === 'values' ? fill.values : (samples.find(({ name }) => name === fill.name)?.values ?? null);
  }

  #fillerOf(syntax: TemplateSyntax, values: TemplateValues): Filler {
    let text = this.#keys.get(values);
    if (text === undefined) this.#keys.set(values, (text = JSON.stringify(values)));
    const key = `${syntax} ${text}`;
    let filler = this.#fillers.get(key);
    if (!filler) {
      if (this.#fillers.size >= MOST_SETS) this.#fillers.clear();
      this.#fillers.set(key, (filler = fillerOf(syntax, values)));
    }
    return filler;
  }
}

/** After so many texts without an end no more are tried: each costs as long as a whole file of others. */
const MOST_ENDLESS = 3;

/** Texts whose renderings are kept: more than a conversation has, as a rule. */
const MOST_TEXTS = 4096;

function fillerOf(syntax: TemplateSyntax, values: TemplateValues): Filler {
  const render = templateRenderer(syntax, values);
  const texts = new Map<string, Rendered>();
  const turns = new WeakMap<Turn, ReturnType<Filler>>();
  let endless = 0;
  const renderKept = (text: string): Rendered => {
    let result = texts.get(text);
    if (!result) {
      if (texts.size >= MOST_TEXTS) texts.clear();
      result = endless >= MOST_ENDLESS ? tooLong() : render(text);
      if (!result.ok && result.endless) endless++;
      texts.set(text, result);
    }
    return result;
  };
  return (turn) => {
    let result = turns.get(turn);
    if (!result) turns.set(turn, (result = fillTurn(turn, renderKept)));
    return result;
  };
}

function fillTurn(turn: Turn, render: (text: string) => Rendered): ReturnType<Filler> {
  const problems: Problem[] = [];
  let same = true;
  const pieces = turn.pieces.map((piece): ContentPiece => {
    if (piece.text === '') return piece;
    const result = render(piece.text);
    if (!result.ok) problems.push(problemAt(piece, result));
    if (!result.ok || result.text === piece.text) return piece;
    same = false;
    // The map is of the text as written.
    return { kind: piece.kind, spans: piece.spans, text: result.text };
  });
  return { turn: same ? turn : { ...turn, pieces }, problems };
}

function problemAt(piece: ContentPiece, { missing, message, offset }: Rendered & { ok: false }): Problem {
  const start = decodedToSource(piece, Math.min(offset, piece.text.length));
  const end = decodedToSource(piece, Math.min(endOfMark(piece.text, offset), piece.text.length));
  const why = `${message.slice(0, 1).toUpperCase()}${message.slice(1, 180)}`;
  return {
    code: missing ? 'template-value' : 'template-syntax',
    severity: 'warning',
    message: `${why}: this text is counted as written.`,
    span: { start, end: Math.max(start, end) },
  };
}

/** Where the tag or the name at an offset ends. */
function endOfMark(text: string, offset: number): number {
  const close = /^\{\{[^{}]*\}\}|^\{%[^{}]*%\}|^\{[^{}]*\}|^\$?\w+/.exec(text.slice(offset, offset + 200));
  return offset + (close ? close[0].length : 2);
}

/** The names that a conversation takes from its values, each once, in the order of reading; empty for no template. */
export function conversationVariables({ template, turns }: Conversation): readonly string[] {
  if (!template) return [];
  const names = new Set<string>();
  for (const turn of turns) for (const name of turnVariables(turn, template.syntax)) names.add(name);
  return [...names];
}

/** A turn belongs to one conversation, and so to one syntax. */
const variablesOfTurn = new WeakMap<Turn, readonly string[]>();

function turnVariables(turn: Turn, syntax: TemplateSyntax): readonly string[] {
  let names = variablesOfTurn.get(turn);
  if (!names) {
    names = turn.pieces.flatMap(({ text }) => templateVariables(syntax, text).map(({ name }) => name));
    variablesOfTurn.set(turn, names);
  }
  return names;
}
