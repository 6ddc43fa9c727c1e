/** The outcome of a token check in words: one line, and a report in Markdown. */
import type { ConversationFigures } from '../core/index.js';
import type { CheckedTurnDto, CheckTokensResult } from '../protocol/tokens.js';
import { escapeMarkdown } from './markdown.js';
import { countText } from './words.js';

/** What a check found. */
export interface CheckFacts {
  readonly turns: readonly CheckedTurnDto[];
  readonly prompt: CheckTokensResult['prompt'];
  /** The prompt is these turns, from the first. */
  readonly promptTurns: number;
  readonly figures: ConversationFigures;
  readonly endpointModel: string;
  /** `vLLM`. */
  readonly title: string;
  readonly url: string;
  readonly chatRoute: string;
  readonly warnings: readonly string[];
}

const isCompared = ({ there }: { there: number | null }): boolean => there !== null;
const differs = ({ here, there }: { here: number; there: number | null }): boolean => there !== null && here !== there;

const beside = ({ here, there }: { here: number; there: number | null }): string =>
  `${countText(here)} here beside ${countText(there ?? 0)}`;

const turnsText = (count: number): string => `${countText(count)} ${count === 1 ? 'turn' : 'turns'}`;

/** What was not compared, as the end of a sentence; empty where all was. */
function missing({ turns, prompt }: CheckFacts): string {
  const left = turns.filter((turn) => !isCompared(turn)).length;
  const parts = [...(left > 0 ? [turnsText(left)] : []), ...(isCompared(prompt) ? [] : ['the whole prompt'])];
  return parts.length === 0 ? '' : ` Not compared: ${parts.join(' and ')}.`;
}

/** One line. Only what was compared is called exact. */
export function checkHeadline(facts: CheckFacts): Pick<CheckTokensResult, 'outcome' | 'headline'> {
  const { turns, prompt, title } = facts;
  const compared = turns.filter(isCompared);
  const different = compared.filter(differs);
  const rest = missing(facts);
  if (compared.length === 0 && !isCompared(prompt)) {
    return { outcome: 'nothing', headline: `Nothing was compared with ${title}.${rest}` };
  }
  if (different.length > 0) {
    const [first] = different;
    const more = different.length > 1 ? `, and at ${turnsText(different.length - 1)} more` : '';
    const whole = differs(prompt) ? ` The whole prompt: ${beside(prompt)}.` : '';
    return {
      outcome: 'differs',
      headline: `Differs at turn ${first!.turn + 1}: ${beside(first!)} (${title})${more}.${whole}${rest}`,
    };
  }
  if (differs(prompt)) {
    const same = compared.length === 0 ? '' : ` The text of ${turnsText(compared.length)} is counted alike.`;
    return { outcome: 'differs', headline: `The whole prompt differs: ${beside(prompt)} (${title}).${same}${rest}` };
  }
  const what = [
    ...(compared.length > 0 ? [turnsText(compared.length)] : []),
    ...(isCompared(prompt) ? [`the whole prompt of ${countText(prompt.here)} tokens`] : []),
  ].join(' and ');
  const { exact } = facts.figures.choice.tokens.tokenizer;
  const how = exact ? 'Exact' : 'Equal, though a stand-in counts here';
  return { outcome: rest === '' ? 'equal' : 'partial', headline: `${how}: ${what} as ${title} counts.${rest}` };
}

type Row = readonly [string, string, string, string, string];

const difference = ({ here, there }: { here: number; there: number | null }): string => {
  if (there === null) return '';
  const by = here - there;
  return by === 0 ? '0' : `${by > 0 ? '+' : '−'}${countText(Math.abs(by))}`;
};

const row = (name: string, what: string, each: { here: number; there: number | null }): Row => [
  name,
  what,
  countText(each.here),
  each.there === null ? 'not compared' : countText(each.there),
  difference(each),
];

/** Columns of equal width, so that the text is a table as it stands. */
function table(head: Row, rows: readonly Row[]): string[] {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((cells) => cells[column]!.length)));
  const isNumber = (column: number): boolean => column >= 2;
  const line = (cells: Row): string =>
    `| ${cells.map((cell, at) => (isNumber(at) ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!))).join(' | ')} |`;
  const rule = widths.map((width, at) => (isNumber(at) ? `${'-'.repeat(width + 1)}:` : `:${'-'.repeat(width + 1)}`));
  return [line(head), `|${rule.join('|')}|`, ...rows.map(line)];
}

/** The whole report. */
export function checkMarkdown(facts: CheckFacts, headline: string): string {
  const { figures, turns, prompt, promptTurns, title, url, chatRoute } = facts;
  const { tokenizer, template } = figures.choice.tokens;
  const rows = [
    ...turns.map((turn) => row(`Turn ${turn.turn + 1}`, turn.role, turn)),
    row('Whole prompt', promptTurns === 1 ? 'turn 1' : `turns 1 to ${promptTurns}`, prompt),
  ];
  const notes = [
    ...facts.warnings,
    ...turns.flatMap(({ turn, note }) => (note === undefined ? [] : [`Turn ${turn + 1} was not compared. ${note}`])),
    ...(prompt.note === undefined ? [] : [`The whole prompt was not compared. ${prompt.note}`]),
    ...template.notes.map((note) => `Template here: ${note}.`),
  ];
  return `${[
    '# Token counts beside the endpoint',
    '',
    `**${escapeMarkdown(headline)}**`,
    '',
    ...table(['', '', 'here', title, 'difference'], rows),
    '',
    `- There: ${escapeMarkdown(url)} (${title}), model ${escapeMarkdown(facts.endpointModel)}`,
    `- Here: ${escapeMarkdown(tokenizer.title)}, ${escapeMarkdown(template.title)}, for ${escapeMarkdown(figures.choice.model.id)}`,
    `- A turn is its text by itself, without the template. The whole prompt is the request in the endpoint's own chat`,
    `  template with its generation prompt (${chatRoute}).`,
    ...notes.map((note) => `- ${escapeMarkdown(note)}`),
  ].join('\n')}\n`;
}
