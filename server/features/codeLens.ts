/**
 * A lens over each turn, over the reply to come, and over a measured request.
 *
 * The list is quick: it has the titles around the last edit alone; others are made when they come into view
 * (`codeLens/resolve`).
 */
import type { CodeLens } from 'vscode-languageserver-protocol';
import { Command } from '../protocol/messages.js';
import type { MeasurePlanParams, Position, TurnAtParams } from '../protocol/messages.js';
import { isOnlyStanding } from '../core/index.js';
import type { Conversation } from '../core/index.js';
import type { DocumentSession } from '../workspace/session.js';
import type { Measurements } from '../workspace/measurements.js';
import { standingText } from './meaningText.js';
import { measurementText, nextText, turnText, turnsText } from './turnText.js';

/** Above this many turns on one line (a long JSON line) they share one lens: more would run off the screen. */
export const turnsPerLine = 16;

/** What a lens is of; it travels to the client and back, hundreds of times an edit, so its names are short. */
export interface LensData {
  /** `DocumentSession.id`. */
  readonly doc: number;
  /** Index of the conversation. */
  readonly conv: number;
  /** Index of the turn; absent for the reply to come. */
  readonly turn?: number;
  /** How many turns the lens stands for, where it is more than one. */
  readonly count?: number;
  /** 1 for what a standing prompt costs over many requests. */
  readonly many?: 1;
}

const at = (position: Position): CodeLens['range'] => ({ start: position, end: position });

/** All lenses of a parsed document, without titles. Linear in its turns. */
export function codeLenses(session: DocumentSession, measurements: Measurements): CodeLens[] {
  const lenses: CodeLens[] = [];
  session.conversations.forEach((conversation, index) => {
    lenses.push(
      ...turnLenses(session, conversation, index),
      ...standingLenses(session, conversation, index),
      ...nextLenses(session, conversation, index),
    );
  });
  if (session.lastEdit !== null) addTitles(lenses, session, session.lastEdit);
  return [...lenses, ...measurementLenses(session, measurements)];
}

/** So many lenses around the last edit have their titles in the list: they are in view, and need no request each. */
const titledLenses = 24;

/** Puts titles to the lenses around an edit, where their conversations are counted. */
function addTitles(lenses: CodeLens[], session: DocumentSession, edited: number): void {
  const { line } = session.text.positionAt(edited);
  const below = lenses.findIndex(({ range }) => range.start.line > line);
  const middle = (below < 0 ? lenses.length : below) - titledLenses / 2;
  const first = Math.max(0, Math.min(middle, lenses.length - titledLenses));
  for (let i = first; i < Math.min(first + titledLenses, lenses.length); i++) {
    const lens = lenses[i]!;
    if (lens.command || !session.analysis.isCounted((lens.data as LensData).conv)) continue;
    lenses[i] = resolveLens(lens, session) ?? lens;
  }
}

function turnLenses(session: DocumentSession, { turns }: Conversation, conversation: number): CodeLens[] {
  const base = { doc: session.id, conv: conversation };
  const lenses: CodeLens[] = [];
  for (let first = 0; first < turns.length;) {
    const start = session.text.positionAt(turns[first]!.span.start);
    let after = first + 1;
    while (after < turns.length && session.text.positionAt(turns[after]!.span.start).line === start.line) after++;
    if (after - first > turnsPerLine) {
      const data: LensData = { ...base, turn: first, count: after - first };
      lenses.push({ range: at(start), data });
    } else {
      for (let turn = first; turn < after; turn++) {
        const data: LensData = { ...base, turn };
        lenses.push({ range: at(session.text.positionAt(turns[turn]!.span.start)), data });
      }
    }
    first = after;
  }
  return lenses;
}

/** Where something after a turn is shown: the line below its end. */
export function positionBelow(session: DocumentSession, offset: number): Position {
  const { line, character } = session.text.positionAt(offset);
  if (character === 0 && line > 0) return { line, character };
  return line + 1 < session.text.lineCount ? { line: line + 1, character: 0 } : { line, character };
}

/** Beside the lens of the first turn: over how many requests this prompt is sent, and what that costs. */
function standingLenses(session: DocumentSession, { standing, turns }: Conversation, conversation: number): CodeLens[] {
  const first = turns[0];
  if (!standing || !first) return [];
  const data: LensData = { doc: session.id, conv: conversation, turn: 0, many: 1 };
  return [{ range: at(session.text.positionAt(first.span.start)), data }];
}

function nextLenses(session: DocumentSession, chat: Conversation, conversation: number): CodeLens[] {
  const last = chat.turns.at(-1);
  if (!last || last.role === 'assistant' || isOnlyStanding(chat)) return [];
  const range = at(positionBelow(session, last.span.end));
  const data: LensData = { doc: session.id, conv: conversation };
  const plan: MeasurePlanParams = { uri: session.uri, conversation, turn: null };
  return [
    { range, data },
    { range, command: { title: '▶ Measure', command: Command.measure, arguments: [plan] } },
  ];
}

function measurementLenses(session: DocumentSession, measurements: Measurements): CodeLens[] {
  return measurements.placed(session).map(({ conversation, replyTurn, measurement, isFromHistory }) => {
    const turns = session.conversations[conversation]!.turns;
    const reply = turns[replyTurn];
    const range = at(
      reply ? session.text.positionAt(reply.span.start) : positionBelow(session, turns.at(-1)?.span.end ?? 0),
    );
    // The output channel begins anew with each session: of an earlier one the panel alone knows.
    const command = isFromHistory === true ? Command.showMeasurements : Command.showOutput;
    return { range, command: { title: measurementText(measurement), command } };
  });
}

/** A lens with its title; null where what it stood for is gone. The conversation is counted, or nothing can be. */
export function resolveLens(lens: CodeLens, session: DocumentSession): CodeLens | null {
  const data = lens.data as LensData;
  const conversation = session.conversations[data.conv];
  const turn = data.turn ?? (conversation?.turns.length ?? 0) - 1;
  const anchor = conversation?.turns[turn];
  if (!anchor) return null;
  const argument: TurnAtParams = { uri: session.uri, position: session.text.positionAt(anchor.span.start) };
  const title = lensTitle(data, session, turn);
  return { range: lens.range, command: { title, command: Command.showTurn, arguments: [argument] } };
}

function lensTitle({ conv, turn: ofTurn, count, many }: LensData, session: DocumentSession, turn: number): string {
  const figures = session.analysis.figures(conv);
  if (!figures) return `${session.conversations[conv]!.turns[turn]!.role} · no figures`;
  if (many !== undefined) return standingText(figures);
  if (ofTurn === undefined) {
    return figures.energy?.next ? nextText(figures.energy.next, figures) : 'next reply · no figure';
  }
  if (count !== undefined) {
    const last = Math.min(turn + count, figures.conversation.turns.length);
    return turnsText(
      figures,
      Array.from({ length: last - turn }, (_, offset) => turn + offset),
    );
  }
  return turnText(figures, turn, session.settings?.showLater ?? false);
}
