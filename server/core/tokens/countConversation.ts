/**
 * Token counts of a conversation's turns, template included. Keeps what it counted in a cache that outlives edits and
 * aborts, so that only chunks around a change are counted again.
 */
import { sameContent, sameKinds } from '../transcript/sameContent.js';
import type { Place } from '../transcript/blockList.js';
import type { SourceText } from '../transcript/model.js';
import { joinTexts, sameText } from '../transcript/segmentedText.js';
import {
  chunkAt,
  chunkText,
  setChunkCount,
  tokensOf,
  unknownChunks,
  type Chunk,
  type ChunkedText,
} from './chunkedText.js';
import type { ModelTokens } from './catalog.js';
import { mediaTokens, type MediaRule, type MediaTokens } from './media/mediaRules.js';
import { isSafeSeam, safeCutOf, type SafeCut } from './boundaries.js';
import type {
  ChatTemplate,
  ConversationLayout,
  Markup,
  TemplateInput,
  TextRun,
  TurnLayout,
} from './templates/types.js';
import type { AbortSignalLike, TokenCounter, TurnTokens, VocabularyId } from './types.js';
import { tokenizerNotes } from './vocabularies.js';

/** Code units sent to the counter at a time: progress and cancelling have this grain. */
const BATCH_LENGTH = 1 << 20;

/** What was counted for one conversation. Opaque to callers; give the same one again after an edit. */
export interface TokenCache {
  vocabulary: VocabularyId | null;
  /** Chunks by turn and run, as of the last layout. */
  runs: readonly (readonly ChunkedText[])[];
  /** Counts of fixed template strings. */
  fixed: Map<string, number>;
  /** The last complete count, from which turns that did not change are taken over. */
  last: LastCount | null;
}

/** What a complete count was made of, by turn. */
interface LastCount {
  readonly conversation: TemplateInput;
  readonly template: ChatTemplate;
  readonly layout: ConversationLayout;
  readonly layouts: readonly TurnLayout[];
  readonly runs: readonly (readonly ChunkedText[])[];
  readonly tokens: readonly TurnTokens[];
}

export const createTokenCache = (): TokenCache => ({ vocabulary: null, runs: [], fixed: new Map(), last: null });

/** Token counts of one conversation. */
export interface ConversationTokens {
  readonly turns: readonly TurnTokens[];
  /** Tokens of the generation prompt of the request about to be made; 0 where the conversation ends in a reply. */
  readonly pendingLead: number;
  readonly model: ModelTokens;
  /** Whether tokenizer and template are the model's own and every turn's rendering is known. */
  readonly exact: boolean;
  /** What the counts assume, one phrase each: the template, what is not counted. */
  readonly notes: readonly string[];
}

export interface CountOptions {
  readonly signal?: AbortSignalLike;
  /** Called with a fraction 0..1 of what was to be counted. */
  readonly onProgress?: (fraction: number) => void;
  /**
   * Called between short stretches of work in this thread (some hundred turns each). What it returns is awaited, so
   * that the caller can do other work; `signal` is looked at after it.
   */
  readonly pause?: () => Promise<void> | undefined;
}

/** Turns that are worked on between two pauses. */
const TURNS_PER_STRETCH = 128;

/** Lets the caller do other work; rejects with an AbortError when `signal` fired meanwhile. */
async function giveWay({ pause, signal }: CountOptions): Promise<void> {
  await pause?.();
  if (signal?.aborted) throw Object.assign(new Error('the count was cancelled'), { name: 'AbortError' });
}

/** `items.map(make)` with pauses in between. */
async function mapInStretches<A, B>(
  items: readonly A[],
  make: (item: A, index: number) => B,
  options: CountOptions,
): Promise<B[]> {
  if (items.length <= TURNS_PER_STRETCH) return items.map(make);
  const made: B[] = [];
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % TURNS_PER_STRETCH === 0) await giveWay(options);
    made.push(make(item, index));
  }
  return made;
}

/** What is counted for a run: its text, with the fixed strings around it where they may merge. */
export function runText(run: TextRun, isSafe: SafeCut): { readonly text: SourceText; readonly glued: boolean } {
  const safe = isSafeSeam(run.before, run.text, isSafe) && isSafeSeam(run.text, run.after, isSafe);
  if (safe && (run.text.length > 0 || isSafeSeam(run.before, run.after, isSafe)))
    return { text: run.text, glued: false };
  return { text: joinTexts(run.before, run.text, run.after), glued: true };
}

/** The runs of each turn in chunks, counts taken over from the cache: by place from the start, else from the end. */
async function chunkRuns(
  turns: readonly TurnLayout[],
  cache: TokenCache,
  options: CountOptions,
): Promise<ChunkedText[][]> {
  const before = cache.runs;
  const isSafe = safeCutOf(cache.vocabulary ?? '');
  const texts = await mapInStretches(turns, (turn) => turn.runs.map((run) => runText(run, isSafe).text), options);
  const same = (a: number, b: number): boolean => {
    const old = before[b];
    return (
      old !== undefined && old.length === texts[a]!.length && old.every((each, i) => sameText(each.text, texts[a]![i]!))
    );
  };
  let head = 0;
  while (head < texts.length && head < before.length && same(head, head)) head++;
  const shift = before.length - texts.length;
  let tail = texts.length;
  while (tail > head && tail + shift > head && same(tail - 1, tail - 1 + shift)) tail--;
  const chunked = (runs: readonly SourceText[], index: number): ChunkedText[] => {
    const old = before[index < tail ? index : index + shift];
    return runs.map((text, run) => chunkText(text, old?.[run], isSafe));
  };
  return mapInStretches(texts, chunked, options);
}

/**
 * The turns whose layout may differ from those before: the changed ones and their neighbours, whose rendering a template
 * may depend on. Null where more may have changed: another number of turns, other roles, tools, or a first turn, which
 * templates put into others.
 */
function changedTurns(before: TemplateInput, after: TemplateInput): ReadonlySet<number> | null {
  const { turns } = after;
  if (turns.length !== before.turns.length || before.tools?.text !== after.tools?.text) return null;
  const dirty = new Set<number>();
  for (const [index, turn] of turns.entries()) {
    const old = before.turns[index]!;
    if (sameContent(turn, old)) continue;
    if (index === 0 || !sameKinds(turn, old)) return null;
    for (const near of [index - 1, index, index + 1]) if (near < turns.length) dirty.add(near);
  }
  return dirty;
}

/** The chunks of the last count, made anew for the turns that changed. */
function rechunk(
  layouts: readonly TurnLayout[],
  last: LastCount,
  latest: TokenCache['runs'],
  dirty: ReadonlySet<number>,
  vocabulary: VocabularyId,
): ChunkedText[][] {
  const isSafe = safeCutOf(vocabulary);
  const runs: ChunkedText[][] = last.runs.map((chunks) => chunks as ChunkedText[]);
  // A count that was stopped since then may have counted some of them already.
  const known = latest.length === runs.length ? latest : last.runs;
  for (const index of dirty) {
    runs[index] = layouts[index]!.runs.map((run, at) =>
      chunkText(runText(run, isSafe).text, known[index]?.[at], isSafe),
    );
  }
  return runs;
}

/** Notes what of a turn's template is not counted yet. */
function addFixed(to: Set<string>, { lead, runs, end, trail }: TurnLayout, isSafe: SafeCut): void {
  for (const { texts } of [lead, end, trail]) for (const text of texts) to.add(text);
  for (const run of runs) if (runText(run, isSafe).glued) to.add(run.before).add(run.after);
}

async function countFixed(
  turns: readonly TurnLayout[],
  pendingLead: Markup,
  vocabulary: VocabularyId,
  counter: TokenCounter,
  fixed: Map<string, number>,
  options: CountOptions,
): Promise<void> {
  const texts = new Set(pendingLead.texts);
  const isSafe = safeCutOf(vocabulary);
  await mapInStretches(turns, (turn) => addFixed(texts, turn, isSafe), options);
  const missing = [...texts].filter((text) => text !== '' && !fixed.has(text));
  if (missing.length === 0) return;
  const counts = await counter.count(vocabulary, missing, options.signal);
  missing.forEach((text, index) => fixed.set(text, counts[index]!));
}

interface Missing {
  readonly chunked: ChunkedText;
  readonly unknown: Place<Chunk>;
}

/** Chunks to count, in batches of about `BATCH_LENGTH` code units, each with the share of turns looked at so far. */
function* batches(runs: readonly (readonly ChunkedText[])[]): Generator<{ batch: Missing[]; fraction: number }, void> {
  let batch: Missing[] = [];
  let length = 0;
  for (const [turn, chunks] of runs.entries()) {
    for (const chunked of chunks) {
      for (const unknown of unknownChunks(chunked)) {
        batch.push({ chunked, unknown });
        length += unknown.item.length;
        if (length < BATCH_LENGTH) continue;
        yield { batch, fraction: (turn + 1) / runs.length };
        batch = [];
        length = 0;
      }
    }
  }
  if (batch.length > 0) yield { batch, fraction: 1 };
}

/** Counts that a result is made of: fixed strings, and the chunks of each turn's runs. */
interface Counted {
  readonly fixed: ReadonlyMap<string, number>;
  readonly runs: readonly (readonly ChunkedText[])[];
  /** Where the vocabulary lets texts be cut. */
  readonly isSafe: SafeCut;
}

/** Tokens of a fixed text; 0 for the empty one. */
const fixedCount = (text: string, { fixed }: Counted): number => (text === '' ? 0 : fixed.get(text)!);

const markupTokens = (markup: Markup, counted: Counted): number =>
  markup.texts.reduce((sum, text) => sum + fixedCount(text, counted), markup.specials);

function runTokens(run: TextRun, chunked: ChunkedText, counted: Counted): number {
  const tokens = tokensOf(chunked)! + (run.specials ?? 0);
  return runText(run, counted.isSafe).glued
    ? tokens - fixedCount(run.before, counted) - fixedCount(run.after, counted)
    : tokens;
}

function turnTokens(
  layout: TurnLayout,
  chunks: readonly ChunkedText[],
  counted: Counted,
  media: MediaTokens,
  exact: boolean,
): TurnTokens {
  const counts = layout.runs.map((run, index) => runTokens(run, chunks[index]!, counted));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const text = sum(counts);
  const thinking = sum(counts.filter((_, index) => layout.runs[index]!.kind === 'thinking'));
  return {
    text: Math.max(0, text) + media.tokens,
    // An empty text between two line feeds makes one token of both: what that saves is the template's.
    lead: markupTokens(layout.lead, counted) + Math.min(0, text),
    end: markupTokens(layout.end, counted),
    trail: markupTokens(layout.trail, counted),
    ...(thinking > 0 ? { thinking } : {}),
    exact: exact && layout.exact && media.exact,
  };
}

/** What of the contents is not counted, or not as the model's server would. */
function contentNotes({ turns }: TemplateInput, layouts: readonly TurnLayout[], rule: MediaRule | undefined): string[] {
  const inexactCalls = turns.some(
    (turn, index) => !layouts[index]!.exact && turn.pieces.some((piece) => piece.kind === 'toolCall'),
  );
  const media = new Set(turns.flatMap(({ pieces, role }) => mediaTokens(pieces, rule, role === 'assistant').notes));
  return [...media, ...(inexactCalls ? ["tool calls are counted as the file's text of them"] : [])];
}

/**
 * Counts a conversation with its model's tokenizer and template. Rejects with what the counter rejects with (an
 * AbortError when `signal` fires); what was counted until then stays in `cache`.
 */
export async function countConversationTokens(
  conversation: TemplateInput,
  model: ModelTokens,
  counter: TokenCounter,
  cache: TokenCache,
  options: CountOptions = {},
): Promise<ConversationTokens> {
  const { vocabulary } = model.tokenizer;
  if (cache.vocabulary !== vocabulary) {
    cache.vocabulary = vocabulary;
    cache.runs = [];
    cache.fixed = new Map();
    cache.last = null;
  }
  const layout = model.template.layout(conversation);
  const { last } = cache;
  const changed = last && last.template === model.template ? changedTurns(last.conversation, conversation) : null;
  // Where a changed turn is laid out on another basis, its neighbours may be too.
  const isSame = (index: number): boolean => layout.basis?.(index) === last?.layout.basis?.(index);
  const dirty = changed && [...changed].every(isSame) ? changed : null;
  const make = (index: number): TurnLayout => (dirty && !dirty.has(index) ? last!.layouts[index]! : layout.turn(index));
  const layouts = await mapInStretches(conversation.turns, (_, index) => make(index), options);
  const runs = dirty
    ? rechunk(layouts, last!, cache.runs, dirty, vocabulary)
    : await chunkRuns(layouts, cache, options);
  cache.runs = runs;
  // The cache may move on to a newer text while this one is being counted.
  const counted: Counted = { fixed: cache.fixed, runs, isSafe: safeCutOf(vocabulary) };
  const fresh = dirty ? [...dirty] : null;
  const freshLayouts = fresh ? fresh.map((index) => layouts[index]!) : layouts;
  await countFixed(freshLayouts, layout.pendingLead, vocabulary, counter, cache.fixed, options);
  for (const { batch, fraction } of batches(fresh ? fresh.map((index) => runs[index]!) : runs)) {
    const texts = batch.map(({ chunked, unknown }) => chunkAt(chunked, unknown));
    const counts = await counter.count(vocabulary, texts, options.signal);
    batch.forEach(({ unknown }, at) => setChunkCount(unknown.item, counts[at]!));
    options.onProgress?.(fraction);
  }
  const media = (index: number): MediaTokens => {
    const { pieces, role } = conversation.turns[index]!;
    return mediaTokens(pieces, model.media, role === 'assistant');
  };
  const own = model.tokenizer.exact && model.template.exact;
  const tokens = (turn: TurnLayout, index: number): TurnTokens =>
    dirty && !dirty.has(index) ? last!.tokens[index]! : turnTokens(turn, runs[index]!, counted, media(index), own);
  const turns = await mapInStretches(layouts, tokens, options);
  cache.last = { conversation, template: model.template, layout, layouts, runs, tokens: turns };
  return {
    turns,
    pendingLead: markupTokens(layout.pendingLead, counted),
    model,
    exact: own && turns.every((turn) => turn.exact),
    notes: [
      ...tokenizerNotes(model.tokenizer),
      ...model.template.notes,
      ...(layout.notes?.() ?? []),
      ...contentNotes(conversation, layouts, model.media),
    ],
  };
}
