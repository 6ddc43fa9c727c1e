/** What a selection means in tokens: which texts of which turns, with whose tokenizer. */
import { chooseModel } from '../core/index.js';
import type { Conversation, ConversationFigures, JouleService, Span, Turn } from '../core/index.js';
import { countedTexts, plainText, type CountedText } from '../core/tokens/countedText.js';
import type { Reply } from '../protocol/messages.js';
import type { TokenQuery } from '../protocol/tokens.js';
import type { ResourceSettings } from '../workspace/resourceSettings.js';
import type { DocumentSession } from '../workspace/session.js';
import type { Cancellation } from '../workspace/stages.js';
import { cancelled, failure } from './replies.js';

/** A part of a text whose tokens are asked for. */
export interface SelectedText {
  readonly text: CountedText;
  readonly range: Span;
}

/** One turn under one selection. */
export interface SelectedTurn {
  readonly figures: ConversationFigures;
  readonly conversation: number;
  readonly turn: number;
  /** Whether all that the turn says is selected. */
  readonly whole: boolean;
  /** Made when asked for; empty where nothing of the turn's text is selected. */
  texts(): SelectedText[];
}

const touches = (a: Span, b: Span): boolean => a.start < b.end && a.end > b.start;

/** Whether `selection` holds the turn's block, or at least all of its text. */
function holds(selection: Span, { span, pieces }: Turn): boolean {
  if (selection.start <= span.start && selection.end >= span.end) return true;
  const spans = pieces.flatMap((piece) => (piece.text === '' ? [] : piece.spans));
  return spans.length > 0 && spans.every(({ start, end }) => selection.start <= start && selection.end >= end);
}

/** The texts of one turn as the file has them: where placeholders were filled in, that is not what is counted. */
export function textsOfTurn(figures: ConversationFigures, turn: number): CountedText[] {
  const texts = textsIn(figures.conversation, figures, turn);
  const filled = figures.content.turns[turn] !== figures.conversation.turns[turn];
  return filled ? texts.map((text) => ({ ...text, asCounted: false })) : texts;
}

/** The texts of one turn as they are sent; their places mean nothing where placeholders were filled in. */
export const sentTexts = (figures: ConversationFigures, turn: number): string[] =>
  textsIn(figures.content, figures, turn).map(({ text, own }) => text.slice(own.start, own.end));

function textsIn(conversation: Conversation, { choice }: ConversationFigures, turn: number): CountedText[] {
  const layout = choice.tokens.template.layout(conversation).turn(turn);
  return countedTexts(conversation.turns[turn]!, layout, choice.tokens.tokenizer.vocabulary);
}

/** The turns that a selection touches, in the order of the file's conversations. All of them are counted. */
export function* selectedTurns(session: DocumentSession, selection: Span): Generator<SelectedTurn, void> {
  for (const [index, conversation] of session.conversations.entries()) {
    if (!touches(selection, conversation.span)) continue;
    const figures = session.analysis.figures(index);
    if (!figures) continue;
    for (const turn of conversation.turns) {
      if (!touches(selection, turn.span)) continue;
      yield {
        figures,
        conversation: index,
        turn: turn.index,
        whole: holds(selection, turn),
        texts: () =>
          textsOfTurn(figures, turn.index).flatMap((text) => {
            const range = text.fromSource(selection);
            return range ? [{ text, range }] : [];
          }),
      };
    }
  }
}

/** Waits until the conversations that are asked about are counted. Null, or why there is nothing to say. */
export async function untilSelectionCounted(
  session: DocumentSession,
  query: Pick<TokenQuery, 'version'>,
  spans: readonly Span[],
  cancellation: Cancellation,
): Promise<Reply<never> | null> {
  if (!(await session.untilParsed(cancellation))) return cancelled();
  for (const [index, { span }] of session.conversations.entries()) {
    if (!spans.some((each) => touches(each, span) || (each.start === each.end && each.start <= span.end))) continue;
    if (await session.untilCounted(index, cancellation)) continue;
    if (cancellation.isCancellationRequested) return cancelled();
    return failure('no-transcript', session.failure ?? 'The document changed while its tokens were counted.');
  }
  return changedSince(session, query);
}

/** A failure where the document is not the one that was asked about any more. */
export const changedSince = (
  session: DocumentSession,
  { version }: Pick<TokenQuery, 'version'>,
): Reply<never> | null => (session.version === version ? null : failure('stale', 'The document has changed since.'));

/** The tokenizer of a text that is no transcript: that of the chosen model. */
export function plainModel(service: JouleService, settings: ResourceSettings) {
  const { model, tokens } = chooseModel(service.catalogue, {}, settings.analysis);
  return { model: model.id, tokenizer: tokens.tokenizer };
}

/** The selections of a document that is no transcript. */
export function plainSelections(session: DocumentSession | undefined, query: TokenQuery): SelectedText[] {
  return query.selections.flatMap(({ start, end }, index) => {
    const text = query.texts?.[index] ?? session?.text.source.slice(start, end) ?? '';
    return text === '' ? [] : [{ text: plainText(text, start), range: { start: 0, end: text.length } }];
  });
}
