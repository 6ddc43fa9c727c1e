/** The figures of a document as a Markdown table, for a commit message or a report. */
import type { ConversationFigures } from '../core/index.js';
import type { DocumentSession } from '../workspace/session.js';
import { batchText } from './assumptionText.js';
import { escapeMarkdown } from './markdown.js';
import { provenanceText, measuredFigure } from './turnText.js';
import type { Measurements } from '../workspace/measurements.js';
import { countText, intervalText, joulesText } from './words.js';

const cells = (...values: readonly string[]): string => `| ${values.join(' | ')} |`;

/** A table for each counted conversation, each with its total and what it rests on. */
export function markdownTables(session: DocumentSession, measurements: Measurements): string {
  const several = session.conversations.length > 1;
  const placed = measurements.placed(session);
  const tables = session.conversations.flatMap((_, index) => {
    const figures = session.analysis.figures(index);
    if (!figures) return [];
    const title = several ? [`**Conversation ${index + 1}**`, ''] : [];
    const measured = placed
      .filter(({ conversation, measurement }) => conversation === index && !measurement.stale)
      .map(({ replyTurn, measurement }) => {
        const predicted = joulesText(measurement.predictedJoules);
        return `Request of turn ${replyTurn + 1}: ${provenanceText(measurement.provenance)} ${measuredFigure(measurement)}, predicted ${predicted} at the same tokens.`;
      });
    return [[...title, table(figures), '', footer(figures), ...measured].join('\n')];
  });
  return `${tables.join('\n\n')}\n`;
}

function table(figures: ConversationFigures): string {
  const { conversation, energy } = figures;
  const rows = conversation.turns.map((turn, index) => {
    const tokens = figures.tokens.turns[index]!;
    const one = energy?.turns[index];
    return cells(
      String(index + 1),
      turn.role,
      `${tokens.exact ? '' : '≈ '}${countText(tokens.text)}`,
      one ? joulesText(one.joules) : '',
      one ? intervalText(one.interval90) : '',
      one ? joulesText(one.prefillJoules) : '',
      one ? joulesText(one.rereadJoules) : '',
      one ? joulesText(one.decodeJoules) : '',
    );
  });
  const total = energy?.total;
  return [
    cells('Turn', 'Role', 'Tokens', 'Predicted', '90 % interval', 'Prefill', 'Re-reading', 'Decode'),
    '|--:|:--|--:|--:|--:|--:|--:|--:|',
    ...rows,
    ...(total
      ? [
          cells(
            '',
            '**Total**, template included',
            countText(total.tokens),
            `**${joulesText(total.energy.joules)}**`,
            intervalText(total.energy.interval90),
            joulesText(total.energy.prefillJoules),
            joulesText(total.energy.rereadJoules),
            joulesText(total.energy.decodeJoules),
          ),
        ]
      : []),
  ].join('\n');
}

function footer(figures: ConversationFigures): string {
  const { assumptions, choice } = figures;
  const served = assumptions
    ? ` Profile ${assumptions.profile}: ${assumptions.gpus} × ${assumptions.gpu}, ${assumptions.engine}, ${assumptions.precision}, batch ${batchText(assumptions.batch)}, prefix cache ${assumptions.prefixCache ? 'on' : 'off'}.`
    : '';
  return `Predicted GPU joules by Joule Lens, not measured. Model ${escapeMarkdown(choice.model.id)}, tokenizer ${escapeMarkdown(choice.tokens.tokenizer.title)}.${escapeMarkdown(served)}`;
}
