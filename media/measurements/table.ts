/** Every figure as text, the newest first: what the drawings show, for eyes and for screen readers. */
import type { HistoryEntryDto } from '../../server/protocol/history.js';
import { html } from './dom.js';
import { shortTime } from './strip.js';

/** Rows that are drawn before the reader asks for all. */
const firstRows = 50;

const states = { current: 'as measured', stale: 'changed since', unknown: 'not open' } as const;

/** Why a series ended before its last run, in a few words. */
const endings: Readonly<Record<string, string>> = {
  precise: 'precise enough early',
  cancelled: 'cancelled',
  failed: 'ended by a failure',
  budget: 'time was up',
};

/** A table of one provenance. */
export function figuresTable(
  entries: readonly HistoryEntryDto[],
  what: string,
  showAll: boolean,
  onReveal: (entry: HistoryEntryDto) => void,
  onShowAll: () => void,
): HTMLElement {
  const newest = [...entries].reverse();
  const shown = showAll ? newest : newest.slice(0, firstRows);
  const head = [
    'When',
    'Request',
    what,
    'Predicted',
    'Ratio',
    'Text',
    'Tokens in',
    'out',
    'Seconds',
    'Scope',
    'Model',
    'Endpoint',
  ];
  return html(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Figures, ${what.toLowerCase()}` },
    html(
      'table',
      { class: 'figures' },
      html(
        'caption',
        {},
        `Figures, ${what.toLowerCase()}, with the 95 % interval of the mean; predicted with its 90 % interval`,
      ),
      html('thead', {}, html('tr', {}, ...head.map((name) => html('th', { scope: 'col' }, name)))),
      html('tbody', {}, ...shown.map((entry) => row(entry, onReveal))),
    ),
    shown.length < newest.length
      ? html('button', { type: 'button', click: onShowAll }, `Show all ${newest.length}`)
      : null,
  );
}

function row(entry: HistoryEntryDto, onReveal: (entry: HistoryEntryDto) => void): HTMLElement {
  const number = (text: string): HTMLElement => html('td', { class: 'number' }, text);
  const name = requestName(entry);
  const notes = [
    ...(entry.stopped === null ? [] : [endings[entry.stopped] ?? `ended early: ${entry.stopped}`]),
    ...(entry.warningCount === 0 ? [] : [`${entry.warningCount} ${entry.warningCount === 1 ? 'warning' : 'warnings'}`]),
  ].join(', ');
  return html(
    'tr',
    { class: entry.state },
    html('td', {}, html('time', { datetime: entry.at }, shortTime(entry.at))),
    html(
      'th',
      { scope: 'row' },
      entry.uri === null ? name : html('button', { class: 'link', type: 'button', click: () => onReveal(entry) }, name),
    ),
    html('td', { class: 'number' }, entry.measuredText, notes === '' ? null : html('div', { class: 'quiet' }, notes)),
    number(entry.predictedText),
    number(entry.ratio.toFixed(2)),
    html('td', {}, states[entry.state]),
    number(Math.round(entry.tokensIn).toLocaleString('en-US')),
    number(Math.round(entry.tokensOut).toLocaleString('en-US')),
    number(entry.seconds.toFixed(2)),
    html('td', { title: entry.method }, entry.scope),
    html(
      'td',
      { title: entry.profile === null ? '' : `predicted under ${entry.profile}` },
      entry.model.split('/').at(-1)!,
    ),
    html('td', {}, entry.endpoint),
  );
}

/** `chat.json, reply at turn 5`; with the conversation where it is not the first. */
export function requestName({ file, conversation, replyTurn }: HistoryEntryDto): string {
  const place = conversation === 0 ? '' : `conversation ${conversation + 1}, `;
  return `${file.split('/').at(-1)!}, ${place}reply at turn ${replyTurn + 1}`;
}
