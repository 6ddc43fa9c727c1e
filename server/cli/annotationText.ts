/** An annotation for people to read in a terminal. */
import { formatInterval, formatJoules } from '../core/energy/units.js';
import type { AnnotationJson, ConversationJson } from '../core/index.js';

const HEADINGS = ['turn', 'role', 'tokens', 'joules', '90 %', 'prefill', 're-reading', 'decode'] as const;

/** One block a conversation: a row a turn, then the reply to come and the total. */
export function annotationText(annotation: AnnotationJson): string {
  const places = annotation.diagnostics.map(
    ({ range, severity, message }) =>
      `${annotation.file}:${range.start.line + 1}:${range.start.character + 1}: ${severity}: ${message}`,
  );
  if (annotation.conversations.length === 0) {
    return places.join('\n');
  }
  const blocks = annotation.conversations.map((conversation) => conversationText(annotation.file, conversation));
  return [...blocks, ...places].join('\n');
}

function conversationText(file: string, conversation: ConversationJson): string {
  const { model, tokenizer, assumptions, total, next } = conversation;
  const served = assumptions
    ? `${assumptions.gpus} x ${assumptions.gpu}, ${assumptions.engine}, ${assumptions.precision}, batch ${
        typeof assumptions.batch === 'number' ? assumptions.batch : assumptions.batch.join('-')
      }, profile ${assumptions.profile}`
    : (conversation.error ?? '');
  const lines = [
    `${file} #${conversation.id}: ${model.id} (${model.source}), ${served}`,
    `predicted GPU joules; tokens by ${tokenizer.id}${tokenizer.exact ? '' : ', not exact'}`,
    ...table([
      [...HEADINGS],
      ...conversation.turns.map(({ index, role, tokens, energy }) => [
        String(index),
        role,
        `${tokens.text}+${tokens.overhead}`,
        ...(energy
          ? [
              formatJoules(energy.joules),
              formatInterval(energy.interval90),
              formatJoules(energy.prefillJoules),
              formatJoules(energy.rereadJoules),
              formatJoules(energy.decodeJoules),
            ]
          : ['-', '-', '-', '-', '-']),
      ]),
    ]),
  ];
  if (next) {
    const { p10, p50, p90 } = next.tokens;
    lines.push(
      `next reply ${p50} tokens (${p10}-${p90}), ${formatJoules(next.energy.joules)} ${formatInterval(next.energy.interval90)}`,
    );
  }
  if (total) {
    const { energy, tokens } = total;
    lines.push(
      `total ${tokens} tokens, ${formatJoules(energy.joules)} ${formatInterval(energy.interval90)}; ` +
        `host ${formatJoules(energy.hostJoules)}, facility ${formatJoules(energy.facilityJoules)} on top`,
    );
  }
  // Dashes and doubts come with their reasons.
  if (assumptions && conversation.error !== undefined) lines.push(`no figures: ${conversation.error}`);
  lines.push(...(conversation.warnings ?? []).map((warning) => `warning: ${warning}`));
  return lines.join('\n');
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ')}`.trimEnd(),
  );
}
