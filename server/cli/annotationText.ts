/** An annotation for people to read in a terminal. */
import { formatInterval, formatJoules } from '../core/energy/units.js';
import type { AnnotationJson, ConversationJson } from '../core/index.js';
import { meaningLines } from './meaningText.js';

const HEADINGS = ['turn', 'role', 'tokens', 'joules', '90 %', 'prefill', 're-reading', 'decode'] as const;

/** One block a conversation: a row a turn, then the reply to come and the total; then the total of several. */
export function annotationText(annotation: AnnotationJson): string {
  const { file, conversations } = annotation;
  const places = annotation.diagnostics.map(
    ({ range, severity, message }) =>
      `${file}:${range.start.line + 1}:${range.start.character + 1}: ${severity}: ${message}`,
  );
  if (conversations.length === 0) {
    return places.join('\n');
  }
  const blocks = conversations.map((conversation) => conversationText(file, conversation));
  const sum = conversations.length > 1 ? sumLines(file, conversations) : [];
  return [[...blocks, ...sum].join(conversations.length > 1 ? '\n\n' : '\n'), ...places].join('\n');
}

/** `chat.json #0 "Trip to Rome"`: where there are several, ids tell them apart and titles say what they are. */
function nameOf(file: string, { id, title }: ConversationJson): string {
  return `${file} #${id}${title === undefined ? '' : ` ${JSON.stringify(title)}`}`;
}

const boundOf = ({ lowerBound }: Pick<ConversationJson, 'lowerBound'>): string => (lowerBound ? '≥ ' : '');

/** Points add, and so do the ends of intervals: what makes them wide is common to all. */
function sumLines(file: string, conversations: readonly ConversationJson[]): string[] {
  const totals = conversations.flatMap(({ total }) => total ?? []);
  if (totals.length < conversations.length) return [];
  const sum = (of: (total: (typeof totals)[number]) => number): number =>
    totals.reduce((all, each) => all + of(each), 0);
  const interval = [0, 1].map((end) => sum(({ energy }) => energy.interval90[end as 0 | 1])) as [number, number];
  const bound = conversations.some(({ lowerBound }) => lowerBound) ? '≥ ' : '';
  return [
    `${file}: all ${conversations.length} conversations, ${sum(({ tokens }) => tokens)} tokens, ` +
      `${bound}${formatJoules(sum(({ energy }) => energy.joules))} ${formatInterval(interval)}`,
  ];
}

function conversationText(file: string, conversation: ConversationJson): string {
  const { model, tokenizer, assumptions, total, next } = conversation;
  const bound = boundOf(conversation);
  const served = assumptions
    ? `${assumptions.gpus} x ${assumptions.gpu}, ${assumptions.engine}, ${assumptions.precision}, batch ${
        typeof assumptions.batch === 'number' ? assumptions.batch : assumptions.batch.join('-')
      }, profile ${assumptions.profile}`
    : (conversation.error ?? '');
  const lines = [
    `${nameOf(file, conversation)}: ${model.id} (${model.source}), ${served}`,
    `predicted GPU joules; tokens by ${tokenizer.id}${tokenizer.exact ? '' : ', not exact'}`,
    ...table([
      [...HEADINGS],
      ...conversation.turns.map(({ index, role, tokens, energy }) => [
        String(index),
        role,
        `${tokens.text}+${tokens.overhead}`,
        ...(energy
          ? [
              `${bound}${formatJoules(energy.joules)}`,
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
      `next reply ${p50} tokens (${p10}-${p90}), ${bound}${formatJoules(next.energy.joules)} ${formatInterval(next.energy.interval90)}`,
    );
  }
  if (total) {
    const { energy, tokens } = total;
    lines.push(
      `total ${tokens} tokens, ${bound}${formatJoules(energy.joules)} ${formatInterval(energy.interval90)}; ` +
        `host ${formatJoules(energy.hostJoules)}, facility ${formatJoules(energy.facilityJoules)} on top`,
    );
  }
  lines.push(...meaningLines(file, conversation));
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
