/** What a turn costs and why, as Markdown: the split, the request, the assumptions, how sure, sources, links. */
import { MarkupKind } from 'vscode-languageserver-protocol';
import type { Hover } from 'vscode-languageserver-protocol';
import { isOnlyStanding, overheadTokens, requestOfTurn } from '../core/index.js';
import type { ConversationFigures, Energy } from '../core/index.js';
import { formatGrams, gramsCo2e } from '../core/energy/units.js';
import { Command } from '../protocol/messages.js';
import type { MeasurementDto, Position } from '../protocol/messages.js';
import type { DocumentSession } from '../workspace/session.js';
import type { Measurements } from '../workspace/measurements.js';
import { assumptionLines } from './assumptionText.js';
import { conversationBar } from './conversationBar.js';
import { turnAt } from './findTurn.js';
import type { TurnPlace } from './findTurn.js';
import { escapeMarkdown, twoColumns } from './markdown.js';
import { boundText, hiddenMarkdown, standingMarkdown, templateMarkdown, usageMarkdown } from './meaningText.js';
import { measuredFigure, nextText, provenanceText } from './turnText.js';
import { countText, figureText, intervalText, joulesText, wattHoursText } from './words.js';

/** The hover at a position, from what is known now: it never waits. Null outside turns. */
export function hoverAt(session: DocumentSession, position: Position, measurements: Measurements): Hover | null {
  const place = turnAt(session.conversations, session.text.offsetAt(position));
  if (!place) return null;
  return { contents: { kind: MarkupKind.Markdown, value: turnMarkdown(session, place, measurements) } };
}

/** The Markdown of one turn. */
export function turnMarkdown(session: DocumentSession, place: TurnPlace, measurements: Measurements): string {
  const { turns } = session.conversations[place.conversation]!;
  const several = session.conversations.length > 1 ? ` · conversation ${place.conversation + 1}` : '';
  const head = `**${turns[place.turn]!.role}** · turn ${place.turn + 1} of ${turns.length}${several}`;
  const figures = session.analysis.figures(place.conversation);
  if (!figures) {
    const why = session.failure ?? `Counting tokens… ${Math.floor(session.progress * 100)} %`;
    return `${head}\n\n${escapeMarkdown(why)}`;
  }
  const measured = measurements
    .placed(session)
    .filter((each) => each.conversation === place.conversation && isOfTurn(each.replyTurn, place.turn, turns.length))
    .map((each) => measurementMarkdown(each.measurement));
  return [
    head,
    tokensMarkdown(figures, place.turn),
    energyMarkdown(figures, place.turn),
    ...hiddenMarkdown(figures, session),
    ...standingMarkdown(figures),
    ...templateMarkdown(figures, session),
    ...carbonMarkdown(figures, place.turn),
    ...[conversationBar(figures, place.turn) ?? []].flat(),
    ...nextMarkdown(figures, place.turn),
    ...usageMarkdown(figures, place.turn),
    ...measured,
    ...assumptionLines(figures, session),
    `_[Payloads of measurements](command:${Command.showOutput})_`,
  ]
    .slice(0, measured.length > 0 ? undefined : -1)
    .join('\n\n');
}

/** A measurement of the reply to come is shown at the last turn. */
const isOfTurn = (replyTurn: number, turn: number, turns: number): boolean =>
  replyTurn === turn || (replyTurn === turns && turn === turns - 1);

/** Grams of CO2 equivalent of the turn, host and facility included, where the profile names a grid zone. */
function carbonMarkdown(figures: ConversationFigures, turn: number): string[] {
  const energy = figures.energy?.turn(turn);
  const zone = figures.assumptions?.gridZone;
  if (!energy || zone === undefined) return [];
  const grams = gramsCo2e(energy.joules + energy.hostJoules + energy.facilityJoules, zone);
  return grams === null ? [] : [`${formatGrams(grams)} with host and facility, grid of ${escapeMarkdown(zone)}`];
}

function tokensMarkdown(figures: ConversationFigures, turn: number): string {
  const tokens = figures.tokens.turns[turn]!;
  const overhead = overheadTokens(tokens);
  const { title, exact } = figures.choice.tokens.tokenizer;
  // The title says so where the tokenizer is the model's own; a turn can be inexact for its content or its template.
  const inexact = exact && !tokens.exact ? ', approximate for what this turn holds' : '';
  return `${countText(tokens.text)} tokens of text, ${countText(overhead)} of template · ${escapeMarkdown(title)}${inexact}`;
}

function energyMarkdown(figures: ConversationFigures, turn: number): string {
  const energy = figures.energy?.turn(turn);
  if (!energy) return `No energy figure: ${escapeMarkdown(figures.error ?? 'none could be made')}`;
  return twoColumns(
    [
      '**Predicted**, GPU only',
      `**${boundText(joulesText(energy.joules), figures)}** · ${wattHoursText(energy.joules)}`,
    ],
    splitRows(energy),
  );
}

/** Now and later, the phases that there are, and what comes on top. */
function splitRows(energy: Energy): [string, string][] {
  const phases: [string, number][] = [
    ['Prefill', energy.prefillJoules],
    ['Re-reading of history', energy.rereadJoules],
    ['Decode', energy.decodeJoules],
  ];
  const rows: [string, string][] = [
    ['90 % interval', intervalText(energy.interval90)],
    ...phases.flatMap(([name, joules]): [string, string][] => (joules > 0 ? [[name, joulesText(joules)]] : [])),
    ['On top: host, facility', `${joulesText(energy.hostJoules)}, ${joulesText(energy.facilityJoules)}`],
  ];
  if (energy.laterJoules !== undefined && energy.laterJoules > 0) {
    rows.push(['Later, inside the figures of later requests', joulesText(energy.laterJoules)]);
  }
  return rows;
}

/** The request that the turn belongs to, and the reply to come. */
function nextMarkdown(figures: ConversationFigures, turn: number): string[] {
  const request = requestOfTurn(figures.energy?.requests ?? [], turn);
  const lines: string[] = [];
  if (request && !isOnlyStanding(figures.conversation)) {
    const cached = request.tokensCached > 0 ? ` (${countText(request.tokensCached)} from the prefix cache)` : '';
    lines.push(
      `Its request: ${countText(request.tokensIn)} tokens in${cached}, ${countText(request.tokensOut)} out · ${boundText(figureText(request.energy), figures)}`,
    );
  }
  const next = figures.energy?.next;
  if (next && turn === figures.conversation.turns.length - 1) {
    const length = escapeMarkdown(next.lengthSource);
    lines.push(
      `${nextText(next, figures)}; with its prefill ${boundText(figureText(next.request), figures)}. Length: ${length}.`,
    );
  }
  return lines;
}

function measurementMarkdown(measurement: MeasurementDto): string {
  const provenance = provenanceText(measurement.provenance);
  const stale = measurement.stale ? '**Stale**: the turns of the request have changed since. ' : '';
  const rows: [string, string][] = [
    [
      'Predicted at the same tokens',
      `${joulesText(measurement.predictedJoules)} (${intervalText(measurement.predictedInterval90)})`,
    ],
    [`${provenance} / predicted`, measurement.ratio.toFixed(2)],
    ['Tokens in, out', `${countText(measurement.tokensIn)}, ${countText(measurement.tokensOut)}`],
    ['Seconds', measurement.seconds.toFixed(2)],
    ['Scope, method', `${escapeMarkdown(measurement.scope)}, ${escapeMarkdown(measurement.method)}`],
    ...(measurement.boundary === undefined
      ? []
      : [['Inside', escapeMarkdown(measurement.boundary)] as [string, string]]),
    ...(measurement.idleWatts === undefined
      ? []
      : [['Idle power', `${Math.round(measurement.idleWatts)} W`] as [string, string]]),
    ...(measurement.prefillJoules === undefined || measurement.decodeJoules === undefined
      ? []
      : [
          ['Prefill, decode', `${joulesText(measurement.prefillJoules)}, ${joulesText(measurement.decodeJoules)}`] as [
            string,
            string,
          ],
        ]),
    ...(measurement.range === undefined ? [] : [['Range', intervalText(measurement.range)] as [string, string]]),
    ['Endpoint', escapeMarkdown(measurement.endpoint)],
  ];
  const table = twoColumns([`**Request ${provenance}**`, `**${measuredFigure(measurement)}**`], rows);
  const warnings = measurement.warnings.map((warning) => `⚠ ${escapeMarkdown(warning)}`);
  return [`${stale}${measurement.at}`, table, ...warnings].join('\n\n');
}
