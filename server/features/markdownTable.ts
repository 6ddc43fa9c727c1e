/** The figures of a document as a Markdown table, for a commit message or a report. */
import { usageBeside } from '../core/index.js';
import type { ConversationFigures } from '../core/index.js';
import type { DocumentSession } from '../workspace/session.js';
import { batchText } from './assumptionText.js';
import { escapeMarkdown } from './markdown.js';
import { boundText, standingText } from './meaningText.js';
import { provenanceText, measuredFigure } from './turnText.js';
import type { Measurements } from '../workspace/measurements.js';
import { countText, intervalText, joulesText, signedPercent } from './words.js';

const cells = (...values: readonly string[]): string => `| ${values.join(' | ')} |`;

/** A table for each counted conversation, each with its total and what it rests on. */
export function markdownTables(session: DocumentSession, measurements: Measurements): string {
  const several = session.conversations.length > 1;
  const placed = measurements.placed(session);
  const tables = session.conversations.flatMap((_, index) => {
    const figures = session.analysis.figures(index);
    if (!figures) return [];
    const named = figures.conversation.title === undefined ? '' : `: ${escapeMarkdown(figures.conversation.title)}`;
    const title = several || named !== '' ? [`**Conversation ${index + 1}${named}**`, ''] : [];
    const measured = placed
      .filter(({ conversation, measurement }) => conversation === index && !measurement.stale)
      .map(({ replyTurn, measurement }) => {
        const predicted = joulesText(measurement.predictedJoules);
        return `Request of turn ${replyTurn + 1}: ${provenanceText(measurement.provenance)} ${measuredFigure(measurement)}, predicted ${predicted} at the same tokens.`;
      });
    return [[...title, table(figures), '', footer(figures), ...meaning(figures, session), ...measured].join('\n')];
  });
  return `${tables.join('\n\n')}\n`;
}

function table(figures: ConversationFigures): string {
  const { conversation, energy } = figures;
  const bound = (joules: number): string => boundText(joulesText(joules), figures);
  const reports = conversation.turns.some(({ reported }) => reported !== undefined);
  const extra = (cellsOf: () => readonly string[]): readonly string[] => (reports ? cellsOf() : []);
  const rows = conversation.turns.map((turn, index) => {
    const tokens = figures.tokens.turns[index]!;
    const one = energy?.turns[index];
    return cells(
      String(index + 1),
      turn.role,
      `${tokens.exact ? '' : '≈ '}${countText(tokens.text)}`,
      one ? bound(one.joules) : '',
      one ? intervalText(one.interval90) : '',
      one ? joulesText(one.prefillJoules) : '',
      one ? joulesText(one.rereadJoules) : '',
      one ? joulesText(one.decodeJoules) : '',
      ...extra(() => usageCells(figures, index)),
    );
  });
  const total = energy?.total;
  return [
    cells(
      ...['Turn', 'Role', 'Tokens', 'Predicted', '90 % interval', 'Prefill', 'Re-reading', 'Decode'],
      ...extra(() => ['Reported in (counted here)', 'Reported out (counted here)']),
    ),
    `|--:|:--|--:|--:|--:|--:|--:|--:|${reports ? '--:|--:|' : ''}`,
    ...rows,
    ...(total
      ? [
          cells(
            '',
            '**Total**, template included',
            countText(total.tokens),
            `**${bound(total.energy.joules)}**`,
            intervalText(total.energy.interval90),
            joulesText(total.energy.prefillJoules),
            joulesText(total.energy.rereadJoules),
            joulesText(total.energy.decodeJoules),
            ...extra(() => ['', '']),
          ),
        ]
      : []),
  ].join('\n');
}

/** What the file states for the request of a reply, our count and the difference. */
function usageCells({ conversation, energy }: ConversationFigures, turn: number): string[] {
  const usage = usageBeside(conversation, turn, energy?.requests ?? []);
  const cell = (theirs: number | undefined, ours: number, apart: number | undefined): string =>
    theirs === undefined || apart === undefined
      ? ''
      : `${countText(theirs)} (${countText(ours)}, ${signedPercent(apart, theirs)})`;
  if (!usage) return ['', ''];
  const { reported, counted, difference } = usage;
  return [
    cell(reported.input, counted.input, difference.input),
    cell(reported.output, counted.output, difference.output),
  ];
}

/** What a reader of the figures must know of the conversation, one line each. */
function meaning(figures: ConversationFigures, session: DocumentSession): string[] {
  const { conversation, template } = figures;
  const { hidden = [], standing, otherBranches } = conversation;
  const places = hidden.map(
    ({ what, span }) => `${escapeMarkdown(what)} (line ${session.text.positionAt(span.start).line + 1})`,
  );
  const filled = template?.filled === 'as written' ? 'counted as written' : `filled in from ${template?.filled}`;
  return [
    ...(places.length > 0 ? [`Lower bounds: sent, and not in the file: ${places.join('; ')}.`] : []),
    ...(standing ? [`Standing prompt: ${escapeMarkdown(standingText(figures))}.`] : []),
    ...(template ? [`Template (${template.syntax}): ${escapeMarkdown(filled)}.`] : []),
    ...(otherBranches === undefined ? [] : [`Other branches, not shown: ${otherBranches}.`]),
  ];
}

function footer(figures: ConversationFigures): string {
  const { assumptions, choice } = figures;
  const served = assumptions
    ? ` Profile ${assumptions.profile}: ${assumptions.gpus} × ${assumptions.gpu}, ${assumptions.engine}, ${assumptions.precision}, batch ${batchText(assumptions.batch)}, prefix cache ${assumptions.prefixCache ? 'on' : 'off'}.`
    : '';
  return `Predicted GPU joules by Joule Lens, not measured. Model ${escapeMarkdown(choice.model.id)}, tokenizer ${escapeMarkdown(choice.tokens.tokenizer.title)}.${escapeMarkdown(served)}`;
}
