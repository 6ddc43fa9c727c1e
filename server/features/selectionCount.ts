/** How many tokens a selection has. Turns that it holds whole are known already; only its edges are counted. */
import { overheadTokens } from '../core/index.js';
import type { JouleService, TokenCounter, TokenEncoder } from '../core/index.js';
import { countWithin } from '../core/tokens/tokensWithin.js';
import type { Reply } from '../protocol/messages.js';
import type { SelectionTokens, TokenQuery } from '../protocol/tokens.js';
import type { ResourceSettings } from '../workspace/resourceSettings.js';
import type { DocumentSession } from '../workspace/session.js';
import { pacer } from '../workspace/slices.js';
import type { Cancellation } from '../workspace/stages.js';
import { cancelled, success } from './replies.js';
import {
  changedSince,
  plainModel,
  plainSelections,
  selectedTurns,
  untilSelectionCounted,
  type SelectedTurn,
} from './tokenSelection.js';

/** What the requests about tokens need. */
export interface TokenPorts {
  readonly service: JouleService;
  readonly tokens: TokenCounter & TokenEncoder;
  settingsOf(uri: string): Promise<ResourceSettings>;
}

/** Pricing a file of very many conversations for a tooltip would hold others up: beyond this many turns it is left out. */
const mostPricedTurns = 200;

/** Counts the selections, each by itself. `signal` ends it with an AbortError. */
export async function selectionTokens(
  session: DocumentSession | undefined,
  query: TokenQuery,
  ports: TokenPorts,
  signal: AbortSignal,
  cancellation: Cancellation,
): Promise<Reply<SelectionTokens>> {
  if (!session?.isTranscript) return success(await plainCount(session, query, ports, signal));
  const problem = await untilSelectionCounted(session, query, query.selections, cancellation);
  if (problem) return problem;
  const sum = new Sum();
  const pause = pacer();
  for (const selection of query.selections) {
    for (const selected of selectedTurns(session, selection)) {
      await pause();
      if (signal.aborted) return cancelled();
      await sum.add(selected, ports, signal);
      const changed = changedSince(session, query);
      if (changed) return changed;
    }
  }
  return success(sum.result(query.version));
}

async function plainCount(
  session: DocumentSession | undefined,
  query: TokenQuery,
  { service, tokens, settingsOf }: TokenPorts,
  signal: AbortSignal,
): Promise<SelectionTokens> {
  const { model, tokenizer } = plainModel(service, await settingsOf(query.uri));
  let sum = 0;
  for (const { text, range } of plainSelections(session, query)) {
    sum += await countWithin(text.text, range, tokenizer.vocabulary, tokens, signal);
  }
  return {
    version: query.version,
    tokens: sum,
    exact: tokenizer.exact,
    tokenizer: tokenizer.title,
    model,
    turns: 0,
    joules: null,
    notes: ['This is no transcript: the selection is counted as plain text.'],
  };
}

/** What the turns of a selection add up to. */
class Sum {
  #tokens = 0;
  #joules: number | null = 0;
  #exact = true;
  #asCounted = true;
  readonly #turns = new Set<string>();
  readonly #titles = new Set<string>();
  readonly #models = new Set<string>();

  async add(selected: SelectedTurn, ports: TokenPorts, signal: AbortSignal): Promise<void> {
    const { figures, conversation, turn } = selected;
    const known = figures.tokens.turns[turn]!;
    const { tokenizer } = figures.choice.tokens;
    let count = 0;
    if (selected.whole) count = known.text;
    else {
      for (const { text, range } of selected.texts()) {
        count += await countWithin(text.text, range, tokenizer.vocabulary, ports.tokens, signal);
        this.#asCounted &&= text.asCounted;
      }
    }
    if (count === 0) return;
    this.#tokens += count;
    this.#exact &&= known.exact && this.#asCounted;
    this.#turns.add(`${conversation}:${turn}`);
    this.#titles.add(tokenizer.title);
    this.#models.add(figures.choice.model.id);
    if (this.#turns.size > mostPricedTurns) this.#joules = null;
    const energy = this.#joules === null ? null : figures.energy?.turn(turn);
    const all = known.text + overheadTokens(known);
    if (energy && this.#joules !== null) this.#joules += all === 0 ? 0 : (energy.joules * Math.min(count, all)) / all;
    else this.#joules = null;
  }

  result(version: number): SelectionTokens {
    return {
      version,
      tokens: this.#tokens,
      exact: this.#exact,
      tokenizer: [...this.#titles].join(', '),
      model: [...this.#models].join(', '),
      turns: this.#turns.size,
      joules: this.#tokens === 0 ? null : this.#joules,
      notes: [
        ...(this.#tokens === 0 ? ['Nothing selected is text of a turn.'] : []),
        ...(this.#asCounted ? [] : ['The template writes part of this otherwise; it is counted as the file has it.']),
      ],
    };
  }
}
