/**
 * One open document and the work on it: parse in slices, count in workers, each stopped by the next edit.
 *
 * A document that is no transcript costs its text and a look at its head, nothing more.
 */
import { performance } from 'node:perf_hooks';
import { setImmediate as pause, setTimeout as wait } from 'node:timers/promises';
import type { TextDocumentContentChangeEvent } from 'vscode-languageserver-protocol';
import type {
  Conversation,
  DocumentAnalysis,
  FileHint,
  JouleService,
  ParseContext,
  TemplateFill,
} from '../core/index.js';
import { findVideoRequests, type VideoRequest } from '../core/video/requests/index.js';
import { OpenText } from './openText.js';
import type { OpenedDocument } from './openText.js';
import { defaultMaxSourceLength } from './resourceSettings.js';
import type { ResourceSettings } from './resourceSettings.js';
import { pacer, runSliced } from './slices.js';
import { Stages } from './stages.js';
import type { Cancellation } from './stages.js';
import { namePathOf } from './uris.js';

/** What a session needs of its surroundings. */
export interface SessionHost {
  readonly service: JouleService;
  /** The settings of a resource as they stand now; quick when nothing changed. */
  settingsOf(uri: string): Promise<ResourceSettings>;
  /** The parse, the counts or the progress of a document changed. */
  onChange(session: DocumentSession, what: SessionChange): void;
  /** Something unforeseen: for the log. The session goes on with the next edit. */
  onFailure(session: DocumentSession, error: unknown): void;
}

/** What the user chose for one document, for as long as the server runs. */
export interface DocumentChoices {
  fill?: TemplateFill;
  branches?: ParseContext['branches'];
}

export type SessionChange = 'parsed' | 'progress' | 'counted' | 'failed';

/** Work that took longer than this is put off while edits come close together, in milliseconds. */
const quickWorkMilliseconds = 25;
const longestDelayMilliseconds = 400;

/** Why work ends: an edit came, or the document was closed. Made once, since an abort without a reason makes a new one. */
const stopped = new Error('this work was stopped');

/** Shortest time between two reports of progress, in milliseconds. */
const progressMilliseconds = 20;

export class DocumentSession {
  /** Unlike any other of this server. */
  readonly id: number;
  readonly #host: SessionHost;
  readonly #text: OpenText;
  readonly #stages = new Stages();
  readonly #choices: DocumentChoices;
  #format: string | undefined;
  #analysis: DocumentAnalysis;
  #settings: ResourceSettings | null = null;
  #limit = defaultMaxSourceLength;
  #stop = new AbortController();
  #counted = false;
  /** False after a change of settings until everything is counted under them: old counts do not answer for them. */
  #settingsApplied = true;
  #progress = 0;
  /** Conversations that somebody waits for, the newest last: those in view, whose lenses are asked for one by one. */
  #wanted: number[] = [];
  #failure: string | null = null;
  #lastWorkMilliseconds = 0;
  #lastEdit: number | null = null;
  /** Requests for video of the text as it stood at a version. */
  #video: { readonly version: number; readonly requests: readonly VideoRequest[] } | null = null;

  /** @param choices kept by the owner, so that they outlive this session */
  constructor(id: number, opened: OpenedDocument, host: SessionHost, choices: DocumentChoices = {}) {
    this.id = id;
    this.#host = host;
    this.#choices = choices;
    this.#text = new OpenText(opened);
    this.#analysis = this.#open();
    this.#restart(0);
  }

  get uri(): string {
    return this.#text.uri;
  }
  get version(): number {
    return this.#text.version;
  }
  /** Text and positions, as of the last edit. */
  get text(): OpenText {
    return this.#text;
  }
  get analysis(): DocumentAnalysis {
    return this.#analysis;
  }
  /** Null until the first work on a transcript asked for them. */
  get settings(): ResourceSettings | null {
    return this.#settings;
  }
  get isTranscript(): boolean {
    return this.#analysis.format !== null;
  }
  /** Whether the conversations are those of the text as it stands. */
  get isParsed(): boolean {
    return this.#settings !== null && this.#analysis.parsed;
  }
  /** Whether every conversation of the text as it stands is counted under the settings as they stand. */
  get isCounted(): boolean {
    return this.#counted;
  }
  /** Offset of the last edit: the user is looking there. Null before the first, when that is not known. */
  get lastEdit(): number | null {
    return this.#lastEdit;
  }
  /** 0..1 of the counting under way. */
  get progress(): number {
    return this.#progress;
  }
  /** One line on why there are no figures; null where nothing failed. */
  get failure(): string | null {
    return this.#failure;
  }
  /** The format that the user chose; undefined where it is detected. */
  get chosenFormat(): string | undefined {
    return this.#format;
  }
  get conversations(): readonly Conversation[] {
    return this.#analysis.transcript.conversations;
  }

  /** Clips that the document asks for; none where it is a transcript. Found when first asked for after an edit. */
  get videoRequests(): readonly VideoRequest[] {
    if (this.isTranscript) return [];
    if (this.#video?.version !== this.version) {
      const { uri, languageId, source } = this.#text;
      const requests = findVideoRequests({ path: namePathOf(uri), languageId }, source.toString());
      this.#video = { version: this.version, requests };
    }
    return this.#video.requests;
  }

  /** How figures are shown, also in a document that is no transcript. */
  async display(): Promise<ResourceSettings['display']> {
    return (this.#settings ?? (await this.#host.settingsOf(this.uri))).display;
  }

  /** Applies an edit. Cheap; the work follows. */
  change(changes: readonly TextDocumentContentChangeEvent[], version: number): void {
    const edit = this.#text.apply(changes, version);
    if (!edit) return;
    this.#lastEdit = edit.newEnd;
    this.#analysis.edit(this.#text.source, edit);
    this.#restart(Math.min(longestDelayMilliseconds, this.#delay()));
  }

  /** Looks at the settings again. */
  reconfigure(): void {
    if (this.#settings) this.#settingsApplied = false;
    this.#settings = null;
    this.#restart(0);
  }

  /** Reads the document in a format from now on; undefined: detects again. */
  treatAs(format: string | undefined): void {
    this.#format = format;
    this.#analysis.treatAs(format);
    this.#restart(0);
  }

  /** Fills the placeholders of templates with other values. */
  fillTemplates(fill: TemplateFill): void {
    this.#choices.fill = fill;
    this.#analysis.fillTemplates(fill);
    this.#restart(0);
  }

  /** Shows the current branches of an export, or all of them. */
  showBranches(branches: ParseContext['branches']): void {
    this.#choices.branches = branches;
    this.#analysis.showBranches(branches);
    this.#restart(0);
  }

  /** Stops all work. */
  close(): void {
    this.#stop.abort(stopped);
    this.#stages.end();
  }

  /** True once the document is parsed as it stands, or known to be no transcript; false when cancelled or closed. */
  untilParsed(cancellation?: Cancellation): Promise<boolean> {
    return this.#stages.until(() => !this.isTranscript || this.isParsed || this.#failure !== null, cancellation);
  }

  /** True once `conversation` is counted, which is the next then; false when cancelled, closed, failed or after the limit. */
  async untilCounted(conversation: number, cancellation?: Cancellation, limitMilliseconds?: number): Promise<boolean> {
    const counted = (): boolean => this.isParsed && this.#settingsApplied && this.#analysis.isCounted(conversation);
    if (!counted()) this.#wanted.push(conversation);
    await this.#stages.until(
      () => counted() || this.#failure !== null || !this.isTranscript || this.#counted,
      cancellation,
      limitMilliseconds,
    );
    return counted();
  }

  /** True once everything is counted; false when cancelled, closed, failed or after the limit. */
  async untilAllCounted(cancellation?: Cancellation, limitMilliseconds?: number): Promise<boolean> {
    await this.#stages.until(
      () => this.#counted || this.#failure !== null || !this.isTranscript,
      cancellation,
      limitMilliseconds,
    );
    return this.#counted;
  }

  #open(): DocumentAnalysis {
    const { uri, languageId, source } = this.#text;
    const hint: FileHint = {
      path: namePathOf(uri),
      languageId,
      ...(this.#format === undefined ? {} : { format: this.#format }),
    };
    return this.#host.service.openDocument(hint, source.toString(), { maxSourceLength: this.#limit, ...this.#choices });
  }

  #delay(): number {
    return this.#lastWorkMilliseconds > quickWorkMilliseconds ? this.#lastWorkMilliseconds : 0;
  }

  #restart(delayMilliseconds: number): void {
    this.#stop.abort(stopped);
    this.#stop = new AbortController();
    this.#counted = false;
    this.#wanted = [];
    this.#progress = 0;
    this.#failure = null;
    const { signal } = this.#stop;
    void this.#work(signal, delayMilliseconds).catch((error: unknown) => {
      if (!signal.aborted) this.#fail(error);
    });
  }

  async #work(signal: AbortSignal, delayMilliseconds: number): Promise<void> {
    // The pause makes one piece of work of the notifications that come together.
    await (delayMilliseconds > 0 ? wait(delayMilliseconds) : pause());
    if (signal.aborted) return;
    if (!this.isTranscript) {
      this.#changed('parsed');
      return;
    }
    const settings = this.#settings ?? (await this.#host.settingsOf(this.uri));
    if (signal.aborted) return;
    this.#adopt(settings);
    const parse = await runSliced(this.#analysis.parseSlices(), signal);
    if (signal.aborted || !parse.done) return;
    this.#changed('parsed');
    const start = performance.now();
    await this.#analysis.count(settings.analysis, signal, this.#reporter(signal), pacer(), () => this.#wanted.pop());
    if (signal.aborted) return;
    this.#counted = true;
    this.#settingsApplied = true;
    this.#lastWorkMilliseconds = parse.busyMilliseconds + performance.now() - start;
    this.#changed('counted');
  }

  /** A document is opened before its settings are known, as most are no transcripts; a lower limit opens it again. */
  #adopt(settings: ResourceSettings): void {
    if (this.#settings === settings) return;
    this.#settings = settings;
    if (settings.maxSourceLength === this.#limit) return;
    this.#limit = settings.maxSourceLength;
    this.#analysis = this.#open();
  }

  #reporter(signal: AbortSignal): (fraction: number) => void {
    let reported = performance.now();
    return (fraction) => {
      if (signal.aborted) return;
      this.#progress = fraction;
      const now = performance.now();
      if (now - reported < progressMilliseconds) return;
      reported = now;
      this.#changed('progress');
    };
  }

  #changed(what: SessionChange): void {
    this.#stages.changed();
    this.#host.onChange(this, what);
  }

  #fail(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#failure = `No figures for this document: ${reason}`;
    this.#host.onFailure(this, error);
    this.#changed('failed');
  }
}
