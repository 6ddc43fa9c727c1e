/** What a conversation is beside its turns, in words: lower bounds, standing prompts, templates, reported usage. */
import { isLowerBound, usageBeside } from '../core/index.js';
import type { ConversationFigures, Span, StandingEnergy } from '../core/index.js';
import { Command } from '../protocol/messages.js';
import type { DocumentSession } from '../workspace/session.js';
import { commandLink, escapeMarkdown, twoColumns } from './markdown.js';
import { countText, figureText, intervalText, joulesText, signedPercent, wattHoursText } from './words.js';

/** `≥ 1.2 J`: a figure of a conversation of which not all is in the file. */
export const boundText = (figure: string, { conversation }: ConversationFigures): string =>
  isLowerBound(conversation) ? `≥ ${figure}` : figure;

/** `in every request · 640 J per 1,000 requests (400–1,400) · 90 J with a warm prefix cache`. */
export function standingText(figures: ConversationFigures): string {
  const { conversation, standing } = figures;
  const when = conversation.standing?.note ?? '';
  if (!standing) return `${when} · no figure`;
  const [figure, ...interval] = figureText(standing.energy).split(' (');
  const each = `${boundText(figure!, figures)} per ${countText(standing.requests)} requests (${interval.join(' (')}`;
  return [when, each, ...warmText(standing)].join(' · ');
}

const warmText = ({ cached }: StandingEnergy): string[] =>
  cached ? [`${joulesText(cached.joules)} with a warm prefix cache`] : [];

/** What the prompt costs over many requests, as a table; nothing for a conversation of its own. */
export function standingMarkdown(figures: ConversationFigures): string[] {
  const { conversation, standing } = figures;
  if (!conversation.standing || !standing) return [];
  const { energy, cached, requests, tokens } = standing;
  const table = twoColumns(
    [
      `**Per ${countText(requests)} requests**, its prefill`,
      `**${boundText(joulesText(energy.joules), figures)}** · ${wattHoursText(energy.joules)}`,
    ],
    [
      ['90 % interval', intervalText(energy.interval90)],
      ...(cached ? [['With a warm prefix cache', figureText(cached)] as const] : []),
      ['Sent', escapeMarkdown(conversation.standing.note)],
      ['Tokens each time, template included', countText(tokens)],
    ],
  );
  return [table, 'Standing instructions: what they add to the decode of each reply comes on top.'];
}

/** `line 3`, as a link where the document is a file. */
export function placeText(session: DocumentSession, span: Span): string {
  const line = session.text.positionAt(span.start).line + 1;
  return session.uri.startsWith('file:') ? `[line ${line}](${session.uri}#L${line})` : `line ${line}`;
}

/** More hidden things than this are counted, not named. */
const MOST_NAMED = 8;

/** What makes the figures lower bounds, each with its place; nothing where nothing is known. */
export function hiddenMarkdown({ conversation }: ConversationFigures, session: DocumentSession): string[] {
  const { hidden = [] } = conversation;
  if (hidden.length === 0) return [];
  const named = hidden
    .slice(0, MOST_NAMED)
    .map(({ what, span }) => `- ${escapeMarkdown(what)} (${placeText(session, span)})`);
  const more = hidden.length > named.length ? [`- and ${hidden.length - named.length} more`] : [];
  return [`**≥ Lower bound**: sent, and not in this file, so not counted:\n${[...named, ...more].join('\n')}`];
}

/** How placeholders were counted, and the link that changes it. */
export function templateMarkdown({ template }: ConversationFigures, session: DocumentSession): string[] {
  if (!template) return [];
  const { syntax, variables, filled } = template;
  const shown = variables.slice(0, MOST_NAMED).map((name) => `\`${name.replaceAll('`', '')}\``);
  const more = variables.length > shown.length ? ` and ${variables.length - shown.length} more` : '';
  const names = variables.length === 0 ? 'no variables' : `${shown.join(', ')}${more}`;
  const how = filled === 'as written' ? 'counted **as written**' : `filled in from **${escapeMarkdown(filled)}**`;
  const link = commandLink('Fill in values', Command.fillTemplate, { uri: session.uri }, 'Count with sample values');
  return [`Template (${syntax}): ${names}, ${how} · ${link}`];
}

/** Token usage that the file states for the turn's request, beside our count; nothing where it states none. */
export function usageMarkdown({ conversation, energy }: ConversationFigures, turn: number): string[] {
  const usage = conversation.turns[turn]?.reported ? usageBeside(conversation, turn, energy?.requests ?? []) : null;
  if (!usage) return [];
  const { reported, counted, difference } = usage;
  const row = (name: string, theirs: number | undefined, ours: number, apart: number | undefined) =>
    theirs === undefined || apart === undefined
      ? []
      : [[name, `${countText(theirs)} · ${countText(ours)} (${signedPercent(apart, theirs)})`] as const];
  const cached = reported.cached === undefined ? '' : `, ${countText(reported.cached)} of them cached`;
  return [
    twoColumns(
      ['Tokens of its request', 'reported · counted here'],
      [
        ...row(`In${cached}`, reported.input, counted.input, difference.input),
        ...row('Out', reported.output, counted.output, difference.output),
      ],
    ),
  ];
}
