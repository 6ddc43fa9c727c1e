/**
 * One open document, kept up to date: text, parse, token counts, energy. Each step reuses what an edit left alone.
 *
 * The owner drives it: `edit` as often as it likes, then `parseSlices` (a generator: pause or stop anywhere), then
 * `count` (asynchronous), then read `figures`. Nothing here waits, schedules or reads a clock.
 */
import { parseTranscript } from '../transcript/parseTranscript.js';
import { sameContent, sameMarkup } from '../transcript/sameContent.js';
import {
  AS_WRITTEN,
  TemplateFiller,
  type FilledConversation,
  type TemplateFill,
} from '../transcript/fill/fillTemplate.js';
import { detectFormat } from '../transcript/registry.js';
import type {
  FileHint,
  FormatAdapter,
  ParseContext,
  ParsedTranscript,
  Problem,
  SourceEdit,
  SourceText,
} from '../transcript/model.js';
import type { AbortSignalLike, TokenCounter } from '../tokens/types.js';
import { conversationFigures, type AnalysisSettings, type ConversationFigures } from './conversationFigures.js';
import type { ModelCatalogue } from '../energy/catalogue.js';
import type { PricerCache } from '../energy/pricerCache.js';
import type { ReplyLengthTable } from '../energy/replyLength.js';
import {
  countConversationTokens,
  createTokenCache,
  type ConversationTokens,
  type TokenCache,
} from '../tokens/countConversation.js';
import type { Conversation } from '../transcript/model.js';
import { chooseModel, type ModelChoice } from './modelChoice.js';

/** How much of a text detection looks at, in code units. */
const HEAD_LENGTH = 65_536;

const NOTHING: ParsedTranscript = { conversations: [], problems: [] };

export interface DocumentAnalysisOptions {
  readonly catalogue: ModelCatalogue;
  readonly lengths: ReplyLengthTable;
  readonly pricers: PricerCache;
  readonly counter: TokenCounter;
  readonly hint: FileHint;
  readonly text: string;
  /** Longest source that is parsed, in code units; the rest is cut with a problem `cut-at-limit`. */
  readonly maxSourceLength?: number;
  /** Of exports whose conversations branch; default the current one. */
  readonly branches?: ParseContext['branches'];
  /** What placeholders are filled with; default nothing. */
  readonly fill?: TemplateFill;
  /** Default: every format there is. */
  readonly formats?: readonly FormatAdapter[];
}

interface Counted extends FilledConversation {
  /** As the file has it. */
  readonly conversation: Conversation;
  readonly tokens: ConversationTokens;
  readonly choice: ModelChoice;
  /** What `choice` was made with. */
  readonly settings: AnalysisSettings;
}

export class DocumentAnalysis {
  readonly #options: DocumentAnalysisOptions;
  #hint: FileHint;
  #text: SourceText;
  #adapter: FormatAdapter | null;
  /** Null while a full parse is due. */
  #current: ParsedTranscript | null = null;
  /** The last complete parse: what figures are shown for while a new one is under way. */
  #last: ParsedTranscript = NOTHING;
  #counted: (Counted | undefined)[] = [];
  /** Kept apart from results: what was counted before an edit stopped the count is not counted again. */
  #caches: TokenCache[] = [];
  #figures: (ConversationFigures | undefined)[] = [];
  #settings: AnalysisSettings | null = null;
  #branches: ParseContext['branches'];
  #filler: TemplateFiller;
  /** The contents of a parse, made when somebody asks. */
  #contents: { readonly of: readonly Conversation[]; readonly contents: readonly Conversation[] } | null = null;

  constructor(options: DocumentAnalysisOptions) {
    this.#options = options;
    this.#hint = options.hint;
    this.#text = options.text;
    this.#branches = options.branches ?? 'current';
    this.#filler = new TemplateFiller(options.fill ?? AS_WRITTEN);
    this.#adapter = this.#detect();
    if (!this.#adapter) this.#current = NOTHING;
  }

  get text(): string {
    return this.#text.toString();
  }

  /** The format found, or null: no transcript, no work. */
  get format(): FormatAdapter | null {
    return this.#adapter;
  }

  /** The last complete parse. */
  get transcript(): ParsedTranscript {
    return this.#last;
  }

  /** Whether `transcript` is of the text as it stands. */
  get parsed(): boolean {
    return this.#current !== null;
  }

  /** Replaces the text after one edit; incremental where the format can. */
  edit(text: SourceText, edit: SourceEdit): void {
    this.#text = text;
    if (!this.#adapter || edit.start < HEAD_LENGTH) {
      const adapter = this.#detect();
      // A transcript does not cease to be one while a marker or a fence is being typed: see parseSlices.
      if (adapter && adapter !== this.#adapter) {
        this.#adapter = adapter;
        this.#current = null;
        this.#counted = [];
      }
      if (!this.#adapter) {
        this.#adopt(NOTHING);
        return;
      }
    }
    const overLimit = text.length > (this.#options.maxSourceLength ?? Infinity);
    // An update knows the branches of its parse only where there is one of each.
    const updatable = !overLimit && this.#branches === 'current';
    const updated = this.#current && updatable ? (this.#adapter.update?.(this.#current, text, edit) ?? null) : null;
    if (updated && updated.conversations.length > 0) this.#adopt(updated);
    else this.#current = null;
  }

  /** Sets the user's explicit choice of format; undefined goes back to detection. */
  treatAs(format: string | undefined): void {
    const { format: _dropped, ...hint } = this.#hint;
    this.#hint = format === undefined ? hint : { ...hint, format };
    this.#adapter = this.#detect();
    this.#counted = [];
    if (this.#adapter) this.#current = null;
    else this.#adopt(NOTHING);
  }

  get branches(): ParseContext['branches'] {
    return this.#branches;
  }

  /** Reads the current branch of each conversation, or every branch as a conversation of its own. */
  showBranches(branches: ParseContext['branches']): void {
    if (branches === this.#branches) return;
    this.#branches = branches;
    if (this.#adapter) this.#current = null;
  }

  get fill(): TemplateFill {
    return this.#filler.fill;
  }

  /** Counts placeholders with these values from the next `count` on. */
  fillTemplates(fill: TemplateFill): void {
    this.#filler = new TemplateFiller(fill);
    this.#contents = null;
    this.#counted = [];
    this.#figures = [];
  }

  /** The conversations as they are counted and sent: placeholders filled in where values were chosen. */
  get contents(): readonly Conversation[] {
    const { conversations } = this.#last;
    if (this.#filler.fill.kind === 'as-written') return conversations;
    if (this.#contents?.of !== conversations) {
      const contents = conversations.map((conversation) => this.#filler.of(conversation).content);
      this.#contents = { of: conversations, contents };
    }
    return this.#contents.contents;
  }

  /** Parses the text as it stands, in slices; a no-op when an update already did. An edit in between ends it early. */
  *parseSlices(): Generator<void, void> {
    if (this.#current || !this.#adapter) return;
    const source = this.#text;
    const text = source.toString();
    const { maxSourceLength } = this.#options;
    const slices = parseTranscript(text, this.#adapter, {
      ...(maxSourceLength === undefined ? {} : { maxSourceLength }),
      context: { path: this.#hint.path, branches: this.#branches },
    });
    for (;;) {
      const step = slices.next();
      if (source !== this.#text) return;
      if (step.done) {
        // Nothing left of it, and nothing that says so: a transcript no more.
        if (step.value.conversations.length === 0 && !this.#detect()) this.#adapter = null;
        this.#adopt(this.#adapter ? step.value : NOTHING);
        return;
      }
      yield;
    }
  }

  /**
   * Counts what is not counted yet. Rejects with an AbortError when `signal` fires; what was counted stays.
   *
   * @param onProgress fraction 0..1 of the conversations
   * @param pause called between short stretches of work in this thread; what it returns is awaited
   * @param wanted asked before each conversation: the index of one that somebody waits for, which is counted next
   */
  async count(
    settings: AnalysisSettings,
    signal?: AbortSignalLike,
    onProgress?: (fraction: number) => void,
    pause?: () => Promise<void> | undefined,
    wanted?: () => number | undefined,
  ): Promise<void> {
    const { conversations } = this.#last;
    const { length } = conversations;
    this.#useSettings(settings);
    // One by one, and none left out when they are counted out of order: it is done for each key pressed, and a spread or
    // an array with holes takes as long as many small steps.
    while (this.#counted.length < length) this.#counted.push(undefined);
    while (this.#caches.length < length) this.#caches.push(createTokenCache());
    while (this.#figures.length < length) this.#figures.push(undefined);
    const isDone = new Uint8Array(length);
    for (let done = 0, first = 0; done < length; done++) {
      while (isDone[first] === 1) first++;
      let index = first;
      for (let asked = wanted?.(); asked !== undefined; asked = wanted?.()) {
        if (isDone[asked] !== 0) continue;
        index = asked;
        break;
      }
      const filler = this.#filler;
      const prepared = this.#prepare(conversations[index]!, this.#counted[index], settings);
      // No wait where there is nothing to count: an edit leaves thousands of conversations as they were.
      const tokens =
        prepared.known ??
        (await countConversationTokens(
          prepared.filled.content,
          prepared.choice.tokens,
          this.#options.counter,
          this.#caches[index]!,
          {
            ...(signal ? { signal } : {}),
            ...(pause ? { pause } : {}),
            onProgress: (fraction) => onProgress?.((done + fraction) / length),
          },
        ));
      // An edit during the wait made this parse an old one: its owner counts again.
      if (conversations !== this.#last.conversations || filler !== this.#filler) return;
      const { filled, conversation, choice } = prepared;
      this.#figures[index] = undefined;
      this.#counted[index] = { ...filled, conversation, tokens, choice, settings };
      isDone[index] = 1;
    }
    if (this.#counted.length > length) this.#counted.length = length;
    if (this.#caches.length > length) this.#caches.length = length;
    onProgress?.(1);
  }

  /** What a conversation is counted with, and its tokens where they were counted before. */
  #prepare(conversation: Conversation, before: Counted | undefined, settings: AnalysisSettings) {
    const filled = this.#filler.of(conversation);
    const choice =
      before && sameModel(before, conversation, settings)
        ? before.choice
        : chooseModel(this.#options.catalogue, conversation, settings);
    const known = before && sameTokens(before, filled.content, choice) ? before.tokens : null;
    return { conversation, filled, choice, known };
  }

  /** Whether `figures(index)` can answer for the transcript as last parsed. */
  isCounted(index: number): boolean {
    const counted = this.#counted[index];
    return counted !== undefined && counted.conversation === this.#last.conversations[index];
  }

  /** Tokens and energy of one conversation under the settings of the last `count`; null until it is counted. */
  figures(index: number): ConversationFigures | null {
    const counted = this.#counted[index];
    if (!counted || !this.#settings || !this.isCounted(index)) return null;
    return (this.#figures[index] ??= conversationFigures(
      counted,
      counted.tokens,
      counted.choice,
      this.#settings,
      this.#options.lengths,
      this.#options.pricers,
    ));
  }

  /** Problems of the parse, of the models that conversations name, and of values that templates lack. */
  get problems(): readonly Problem[] {
    const more = this.#counted.flatMap((each, index) =>
      each && this.isCounted(index) ? [...each.choice.problems, ...each.problems] : [],
    );
    return more.length ? [...this.#last.problems, ...more] : this.#last.problems;
  }

  #detect(): FormatAdapter | null {
    return detectFormat(this.#hint, this.#text.slice(0, HEAD_LENGTH), this.#options.formats);
  }

  #adopt(transcript: ParsedTranscript): void {
    this.#current = transcript;
    this.#last = transcript;
    this.#figures = [];
  }

  #useSettings(settings: AnalysisSettings): void {
    if (this.#settings === settings) return;
    this.#settings = settings;
    this.#figures = [];
  }
}

/** Whether a model chosen before is the choice again: it rests on the settings and on the name in the file. */
const sameModel = (before: Counted, { model, rendered }: Conversation, settings: AnalysisSettings): boolean =>
  before.settings === settings &&
  before.conversation.rendered?.markup === rendered?.markup &&
  (before.conversation.model === model ||
    (model !== undefined &&
      before.conversation.model?.id === model.id &&
      before.conversation.model.span.start === model.span.start &&
      before.conversation.model.span.end === model.span.end));

/** Whether the same generation prompt stands at the end, if any does. */
const samePending = ({ rendered: a }: Conversation, { rendered: b }: Conversation): boolean =>
  a === b || (a !== undefined && b !== undefined && sameMarkup(a.pending, b.pending));

/** Whether a conversation's tokens are those counted before: same model, same texts (the same strings, as a rule). */
function sameTokens(before: Counted, after: Conversation, choice: ModelChoice): boolean {
  const turns = before.content.turns;
  return (
    before.choice.tokens.tokenizer.vocabulary === choice.tokens.tokenizer.vocabulary &&
    before.choice.tokens.template === choice.tokens.template &&
    turns.length === after.turns.length &&
    before.content.tools?.text === after.tools?.text &&
    samePending(before.content, after) &&
    after.turns.every((turn, index) => sameContent(turn, turns[index]!))
  );
}
