/** The tokens of a selection, or of the turn at the caret, with the places where they stand in the document. */
import type { ConversationFigures, TokenizerChoice } from '../core/index.js';
import { tokensWithin, type PlacedToken } from '../core/tokens/tokensWithin.js';
import type { CountedText } from '../core/tokens/countedText.js';
import type { Reply } from '../protocol/messages.js';
import type { ShownTokens, ShowTokensParams, TokenDto, TokenQuery, TokenRegionDto } from '../protocol/tokens.js';
import type { DocumentSession } from '../workspace/session.js';
import type { Cancellation } from '../workspace/stages.js';
import { turnBefore } from './findTurn.js';
import { failure, success } from './replies.js';
import { selectionTokens, type TokenPorts } from './selectionCount.js';
import { addToken } from './tokenRegions.js';
import {
  changedSince,
  plainModel,
  plainSelections,
  selectedTurns,
  textsOfTurn,
  untilSelectionCounted,
  type SelectedText,
} from './tokenSelection.js';
import { countText } from './words.js';

/** More are not drawn: an editor with many thousands of decorations is slow, and nobody reads them. */
const mostTokens = 5000;

/** Code units whose tokens are looked for; more than `mostTokens` stand on as a rule. */
const longestText = 25_000;

/** What is to be shown. */
interface Target {
  readonly what: string;
  readonly model: string;
  readonly tokenizer: TokenizerChoice;
  readonly texts: readonly SelectedText[];
  /** Tokens in all where that is known without counting; else `query` is counted. */
  readonly total: number | null;
  readonly query: TokenQuery;
  /** Whether the count of all of it is exact. */
  readonly exact: boolean;
}

/** `signal` ends it with an AbortError. */
export async function showTokens(
  session: DocumentSession | undefined,
  params: ShowTokensParams,
  ports: TokenPorts,
  signal: AbortSignal,
  cancellation: Cancellation,
): Promise<Reply<ShownTokens>> {
  const target = await targetOf(session, params, ports, cancellation);
  if (!target.ok) return target;
  const { texts, notes } = inReach(target.value.texts, params.caret);
  const { tokenizer } = target.value;
  const drawn = new Drawn();
  for (const { text, range } of texts) {
    const limit = mostTokens - drawn.tokens.length;
    // One more than is shown tells whether there are more.
    const found = await tokensWithin(text.text, range, tokenizer.vocabulary, ports.tokens, {
      limit: limit + 1,
      signal,
    });
    drawn.add(text, found.slice(0, limit));
    if (found.length <= limit) continue;
    notes.push(`The first ${countText(mostTokens)} tokens are shown.`);
    break;
  }
  const whole = notes.length === 0;
  if (texts.some(({ text }) => !text.asCounted)) {
    notes.push('The template writes part of this otherwise; tokens are those of the text as the file has it.');
  }
  let total = whole ? drawn.tokens.length : target.value.total;
  if (total === null) {
    const counted = await selectionTokens(session, target.value.query, ports, signal, cancellation);
    if (!counted.ok) return counted;
    total = counted.value.tokens;
  }
  const changed = session && changedSince(session, params);
  if (changed) return changed;
  const { what, model, exact } = target.value;
  return success({
    version: params.version,
    what,
    model,
    tokenizer: { title: tokenizer.title, exact: exact && texts.every(({ text }) => text.asCounted) },
    total,
    tokens: drawn.tokens,
    regions: drawn.regions,
    notes,
  });
}

async function targetOf(
  session: DocumentSession | undefined,
  params: ShowTokensParams,
  ports: TokenPorts,
  cancellation: Cancellation,
): Promise<Reply<Target>> {
  if (!session?.isTranscript) {
    const { model, tokenizer } = plainModel(ports.service, await ports.settingsOf(params.uri));
    const all = { start: 0, end: session?.text.length ?? 0 };
    const selected = params.selections.length > 0;
    const query = selected ? params : { ...params, selections: [all] };
    const texts = plainSelections(session, query);
    if (texts.length === 0) return failure('no-tokens', 'There is no text to show tokens of.');
    const what = selected ? 'the selection as plain text' : 'the document as plain text';
    return success({ what, model, tokenizer, texts, query, total: null, exact: tokenizer.exact });
  }
  const caret = { start: params.caret, end: params.caret };
  const spans = params.selections.length > 0 ? params.selections : [caret];
  const problem = await untilSelectionCounted(session, params, spans, cancellation);
  if (problem) return problem;
  return params.selections.length > 0 ? selectedTarget(session, params) : turnTarget(session, params);
}

const turnName = ({ conversation }: ConversationFigures, turn: number): string =>
  `${conversation.turns[turn]!.role} turn ${turn + 1} of ${conversation.turns.length}`;

function turnTarget(session: DocumentSession, params: ShowTokensParams): Reply<Target> {
  const { conversations } = session;
  const first = conversations[0]?.turns[0] ? { conversation: 0, turn: 0 } : null;
  const place = turnBefore(conversations, params.caret) ?? first;
  const figures = place && session.analysis.figures(place.conversation);
  if (!place || !figures) return failure('no-tokens', 'There is no turn at the caret.');
  const texts = textsOfTurn(figures, place.turn).map((text) => ({ text, range: text.own }));
  if (texts.length === 0) return failure('no-tokens', `The ${turnName(figures, place.turn)} has no text of its own.`);
  const known = figures.tokens.turns[place.turn]!;
  return success({
    what: turnName(figures, place.turn),
    model: figures.choice.model.id,
    tokenizer: figures.choice.tokens.tokenizer,
    texts,
    query: params,
    total: known.text,
    exact: known.exact,
  });
}

/** One tokenizer at a time: that of the first conversation which the selection touches. */
function selectedTarget(session: DocumentSession, query: TokenQuery): Reply<Target> {
  const texts: SelectedText[] = [];
  const turns = new Set<string>();
  let figures: ConversationFigures | null = null;
  let exact = true;
  let length = 0;
  for (const selection of query.selections) {
    for (const selected of selectedTurns(session, selection)) {
      if (length > longestText) break;
      const found = selected.texts();
      if (found.length === 0) continue;
      figures ??= selected.figures;
      if (selected.figures.choice.tokens.tokenizer.vocabulary !== figures.choice.tokens.tokenizer.vocabulary) continue;
      turns.add(turnName(selected.figures, selected.turn));
      exact &&= selected.figures.tokens.turns[selected.turn]!.exact;
      for (const each of found) length += each.range.end - each.range.start;
      texts.push(...found);
    }
  }
  if (!figures) {
    return failure('no-tokens', 'Nothing selected is text of a turn; select inside one, or put the caret there.');
  }
  const [only] = turns;
  return success({
    what: turns.size === 1 ? `the selection in the ${only}` : 'the selection',
    model: figures.choice.model.id,
    tokenizer: figures.choice.tokens.tokenizer,
    texts,
    query,
    total: null,
    exact,
  });
}

/** As much as is shown of long texts: around the caret where it stands in one, else from their start. */
function inReach(all: readonly SelectedText[], caret: number): { texts: SelectedText[]; notes: string[] } {
  const length = all.reduce((sum, { range }) => sum + range.end - range.start, 0);
  if (length <= longestText) return { texts: [...all], notes: [] };
  const around = all.length === 1 ? all[0]!.text.fromSource({ start: caret, end: caret + 1 }) : null;
  const texts: SelectedText[] = [];
  let left = longestText;
  for (const { text, range } of all) {
    if (left <= 0) break;
    const middle = around ? around.start - (longestText >> 1) : range.start;
    const start = Math.max(range.start, Math.min(middle, range.end - longestText));
    const end = Math.min(range.end, start + left);
    texts.push({ text, range: { start, end } });
    left -= end - start;
  }
  const where = around && texts[0]!.range.start > all[0]!.range.start ? ' around the caret' : '';
  return { texts, notes: [`${countText(longestText)} of ${countText(length)} characters${where} are shown.`] };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const hexOf = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ');

/** Null where the bytes are no whole characters. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** What is drawn, as it grows. */
class Drawn {
  readonly tokens: TokenDto[] = [];
  readonly regions: TokenRegionDto[] = [];

  add(text: CountedText, found: readonly PlacedToken[]): void {
    for (const token of found) {
      addToken(this.regions, text.toSource(token), this.tokens.length);
      this.tokens.push(tokenDto(text, token));
    }
  }
}

function tokenDto(text: CountedText, token: PlacedToken): TokenDto {
  const spelled = textOf(token.bytes);
  const written = text.text.slice(token.start, token.end);
  const asSpelled = written.replace(/\p{Surrogate}/gu, '\ufffd').replaceAll('\u2581', ' ');
  const differs = spelled !== null && spelled.replaceAll('\u2581', ' ') !== asSpelled;
  return {
    id: token.id,
    text: spelled,
    bytes: hexOf(token.bytes),
    ...(token.start < text.own.start || token.end > text.own.end ? { beyond: true } : {}),
    ...(differs ? { written } : {}),
  };
}
