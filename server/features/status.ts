/** What the status bar says of a document. */
import { isOnlyStanding } from '../core/index.js';
import type { Conversation, Energy, StandingEnergy } from '../core/index.js';
import type { DocumentStatus, StandingDto, TemplateDto } from '../protocol/messages.js';
import type { DocumentSession } from '../workspace/session.js';
import { batchText } from './assumptionText.js';
import { energyDto } from './turnDto.js';
import { videoTotals } from './videoReport.js';

/** The total of a document's conversations. */
export interface Totals {
  readonly tokens: number;
  /** Null where a conversation has no figure: a total without it would be no total. */
  readonly energy: Energy | null;
  /** Why a conversation has none; the first reason. */
  readonly error: string | null;
  /** Of a document that is only standing instructions: what they cost over many requests; else null. */
  readonly standing: StandingDto | null;
}

/**
 * The sum over conversations. Ends of intervals add up as what makes them wide (batch, engine, model) is common to
 * all: exact for that part, a little wide where reply lengths differ.
 */
function addEnergies(energies: readonly Energy[]): Energy {
  const sum = (of: (energy: Energy) => number): number => energies.reduce((all, energy) => all + of(energy), 0);
  return {
    joules: sum(({ joules }) => joules),
    interval90: [sum(({ interval90 }) => interval90[0]), sum(({ interval90 }) => interval90[1])],
    prefillJoules: sum(({ prefillJoules }) => prefillJoules),
    rereadJoules: sum(({ rereadJoules }) => rereadJoules),
    decodeJoules: sum(({ decodeJoules }) => decodeJoules),
    hostJoules: sum(({ hostJoules }) => hostJoules),
    facilityJoules: sum(({ facilityJoules }) => facilityJoules),
  };
}

/** Sums the conversations, one a step: each may be long. Null while one of them is not counted. */
export function* totals(session: DocumentSession): Generator<void, Totals | null> {
  const energies: Energy[] = [];
  let tokens = 0;
  let error: string | null = null;
  const { conversations, analysis } = session;
  const standing: StandingEnergy[] = [];
  for (let index = 0; index < conversations.length; index++) {
    const figures = analysis.figures(index);
    if (!figures) return null;
    const { energy } = figures;
    if (energy) yield* energy.slices();
    const total = energy?.total;
    tokens += total?.tokens ?? figures.tokens.turns.reduce((sum, each) => sum + each.text, 0);
    if (total) energies.push(total.energy);
    error ??= figures.error;
    if (figures.standing && isOnlyStanding(figures.conversation)) standing.push(figures.standing);
    yield;
  }
  const complete = energies.length === conversations.length && energies.length > 0;
  return {
    tokens,
    energy: complete ? addEnergies(energies) : null,
    error,
    standing: standing.length === conversations.length ? standingDto(standing, conversations) : null,
  };
}

/** Several standing prompts of one document are sent together: their costs add up. */
function standingDto(all: readonly StandingEnergy[], conversations: readonly Conversation[]): StandingDto | null {
  const [first] = all;
  if (!first) return null;
  const cached = all.flatMap((each) => each.cached ?? []);
  const notes = new Set(conversations.flatMap((conversation) => conversation.standing?.note ?? []));
  return {
    requests: first.requests,
    note: [...notes].join('; '),
    energy: energyDto(addEnergies(all.map(({ energy }) => energy))),
    ...(cached.length === all.length ? { cached: energyDto(addEnergies(cached)) } : {}),
  };
}

/** More hidden things than this are counted, not named. */
const MOST_NAMED = 5;

/** What the conversations are, beside their figures; all of it left out where it does not apply. */
function meaning(session: DocumentSession): Partial<DocumentStatus> {
  const { conversations, analysis, text } = session;
  const hidden = conversations.flatMap((conversation) => conversation.hidden ?? []);
  const named = hidden
    .slice(0, MOST_NAMED)
    .map(({ what, span }) => `${what} (line ${text.positionAt(span.start).line + 1})`);
  if (hidden.length > named.length) named.push(`and ${hidden.length - named.length} more`);
  const otherBranches = conversations.reduce((sum, conversation) => sum + (conversation.otherBranches ?? 0), 0);
  const branching = otherBranches > 0 || analysis.branches === 'all';
  const template = templateDto(session);
  return {
    ...(hidden.length > 0 ? { lowerBound: true, hidden: named } : {}),
    ...(template ? { template } : {}),
    ...(otherBranches > 0 ? { otherBranches } : {}),
    ...(branching ? { branches: analysis.branches } : {}),
    ...(analysis.format?.writable === false ? { readOnly: true } : {}),
  };
}

/** The templates of a document as one: their variables, and how they were counted. */
function templateDto({ conversations, analysis }: DocumentSession): TemplateDto | null {
  const used = conversations.flatMap((conversation, index) =>
    conversation.template ? (analysis.figures(index)?.template ?? []) : [],
  );
  const [first] = used;
  if (!first) return null;
  return {
    syntax: first.syntax,
    variables: [...new Set(used.flatMap(({ variables }) => variables))],
    filled: [...new Set(used.map(({ filled }) => filled))].join(', '),
  };
}

/** The status of a document; `total` is null while it is counted. */
export function documentStatus(session: DocumentSession, total: Totals | null): DocumentStatus {
  const { uri, version, settings, analysis, conversations } = session;
  const base = { uri, version, profile: settings?.profile ?? '', model: settings?.model ?? '' };
  if (!session.isTranscript) {
    const video = videoTotals(session);
    return { ...base, state: 'none', ...(video ? { video } : {}) };
  }
  const format = analysis.format ? { format: analysis.format.title } : {};
  if (session.failure !== null) return { ...base, ...format, state: 'error', message: session.failure };
  if (!session.isCounted) return { ...base, ...format, state: 'counting', progress: session.progress };
  const cut = analysis.problems.find(({ code }) => code === 'cut-at-limit');
  const unknownModel = analysis.problems.find(({ code }) => code === 'unknown-model');
  const messages = [...(settings?.messages ?? []), ...[cut, unknownModel].flatMap((problem) => problem?.message ?? [])];
  if (total?.error) messages.push(`No figure: ${total.error}.`);
  const figures = conversations.length > 0 ? analysis.figures(0) : null;
  return {
    ...base,
    ...format,
    state: cut ? 'cut' : 'ready',
    conversations: conversations.length,
    ...meaning(session),
    ...(total?.standing ? { standing: total.standing } : {}),
    ...(figures
      ? {
          model: figures.choice.model.id,
          tokenizer: { title: figures.choice.tokens.tokenizer.title, exact: figures.choice.tokens.tokenizer.exact },
          ...(figures.assumptions ? { batch: batchText(figures.assumptions.batch) } : {}),
        }
      : {}),
    ...(total ? { tokens: total.tokens, ...(total.energy ? { energy: energyDto(total.energy) } : {}) } : {}),
    ...(messages.length > 0 ? { message: messages.join(' ') } : {}),
  };
}
