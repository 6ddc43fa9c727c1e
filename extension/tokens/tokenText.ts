/** Tokens in words: hovers, the status item, what a screen reader says. Pure: no `vscode` here. */
import type { SelectionTokens, ShownTokens, TokenDto, TokenRegionDto } from '../../server/protocol/tokens.js';
import { countText, joulesText } from '../format.js';
import { escapeMarkdown } from '../statusText.js';

/** A status item, ready to show. */
export interface TokenItem {
  readonly text: string;
  /** For a screen reader. */
  readonly spoken: string;
  /** Markdown. */
  readonly tooltip: string;
}

const tokensText = (count: number): string => `${countText(count)} ${count === 1 ? 'token' : 'tokens'}`;

/** Longest part of a token's bytes that a hover lists. */
const listedBytes = 16;

/** Text as inline code, quoted so that spaces and line breaks can be seen. */
function codeOf(text: string): string {
  const quoted = JSON.stringify(text);
  const fence = '`'.repeat(1 + Math.max(0, ...[...quoted.matchAll(/`+/g)].map(([run]) => run.length)));
  return `${fence} ${quoted} ${fence}`;
}

function bytesText(bytes: string): string {
  const all = bytes.split(' ');
  return all.length > listedBytes ? `${all.slice(0, listedBytes).join(' ')} … (${all.length} bytes)` : bytes;
}

function tokenLine(token: TokenDto, index: number, { total, tokens }: ShownTokens): string {
  // Of a cut text the first token shown need not be the first of all.
  const place = total === tokens.length ? ` · ${countText(index + 1)} of ${countText(total)}` : '';
  const spells = token.text === null ? 'part of a character' : codeOf(token.text);
  const more = [
    ...(token.beyond === true ? ['also spells text of the chat template'] : []),
    ...(token.written === undefined ? [] : [`written as ${codeOf(token.written)} in the file, normalised`]),
  ];
  return [`${spells} · id **${token.id}** · bytes ${bytesText(token.bytes)}${place}`, ...more].join(' · ');
}

/** The hover of a stretch of text: its token, or the tokens that share it. */
export function tokenHover(shown: ShownTokens, region: TokenRegionDto): string {
  const lines: string[] = [];
  const own = shown.tokens.slice(region.first, region.last + 1);
  if (own.length === 1) {
    lines.push(`Token ${tokenLine(own[0]!, region.first, shown)}`);
  } else {
    lines.push(`${own.length} tokens share what stands here; each spells a part of its bytes:`, '');
    own.forEach((token, index) => lines.push(`- ${tokenLine(token, region.first + index, shown)}`));
  }
  lines.push('', `${escapeMarkdown(shown.tokenizer.title)} · ${escapeMarkdown(shown.model)}`);
  return lines.join('\n');
}

/** `≈` where the count is not exact. */
const aboutText = (exact: boolean): string => (exact ? '' : '≈ ');

/** While tokens are shown. */
export function shownItem(shown: ShownTokens): TokenItem {
  const { exact, title } = shown.tokenizer;
  const cut = shown.tokens.length < shown.total ? `, ${countText(shown.tokens.length)} shown` : '';
  return {
    text: `$(symbol-string) ${aboutText(exact)}${countText(shown.total)} tok${cut}`,
    spoken: shownSentence(shown),
    tooltip: [
      `**${tokensText(shown.total)}** in ${escapeMarkdown(shown.what)}${cut}`,
      ...shown.notes.map(escapeMarkdown),
      `${escapeMarkdown(title)}${exact ? '' : ' (approximate)'} · ${escapeMarkdown(shown.model)}`,
      'Hover over a token for its id. Escape or a click here hides them.',
    ].join('\n\n'),
  };
}

/** One sentence, when they appear. */
export function shownSentence(shown: ShownTokens): string {
  const { exact, title } = shown.tokenizer;
  const notes = shown.notes.length === 0 ? '' : ` ${shown.notes.join(' ')}`;
  return `${exact ? '' : 'About '}${tokensText(shown.total)} in ${shown.what}, ${title}.${notes}`;
}

/** While text is selected. */
export function selectionItem(selection: SelectionTokens): TokenItem {
  const { tokens, exact, turns } = selection;
  const where = turns > 1 ? ` in ${countText(turns)} turns` : '';
  const share =
    selection.joules === null
      ? []
      : [
          `Their share of the ${turns > 1 ? "turns'" : "turn's"} predicted GPU joules, by tokens: ${joulesText(selection.joules)}`,
        ];
  return {
    text: `${aboutText(exact)}${countText(tokens)} tok selected`,
    spoken: `${exact ? '' : 'About '}${tokensText(tokens)} selected${where}`,
    tooltip: [
      `**${tokensText(tokens)}** selected${where}, counted as part of the text that is sent`,
      ...share,
      ...selection.notes.map(escapeMarkdown),
      ...(selection.tokenizer === ''
        ? []
        : [
            `${escapeMarkdown(selection.tokenizer)}${exact ? '' : ' (approximate)'} · ${escapeMarkdown(selection.model)}`,
          ]),
      'A click shows the tokens.',
    ].join('\n\n'),
  };
}
