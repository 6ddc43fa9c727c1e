/**
 * The panel of measurements. It draws what the extension sends and asks the extension for everything else: it opens no
 * connection, and runs under a content security policy that would let it open none.
 */
import type {
  HistoryEntryDto,
  PanelCommand,
  PanelMessage,
  PanelRequest,
  RunningDto,
} from '../../server/protocol/history.js';
import type { ProvenanceDto } from '../../server/protocol/messages.js';
import { comparisonCard } from './comparison.js';
import { html } from './dom.js';
import { scatterPlot } from './scatter.js';
import { stripPlot } from './strip.js';
import { figuresTable, requestName } from './table.js';

/** What is remembered when the panel is hidden, or the window reloaded. */
interface PanelState {
  /** Measurements of the document beside, or all. */
  readonly scope: 'file' | 'all';
}

declare function acquireVsCodeApi(): {
  postMessage(message: PanelRequest): void;
  getState(): PanelState | undefined;
  setState(state: PanelState): void;
};

/** Requests whose runs are drawn before the reader asks for more, and measurements of each. */
const firstRequests = 6;
const newestRows = 6;

const order: readonly ProvenanceDto[] = ['measured', 'estimated', 'simulated', 'unknown'];
const words: Readonly<Record<ProvenanceDto, string>> = {
  measured: 'measured',
  estimated: 'estimated by the provider',
  simulated: 'simulated',
  unknown: 'reported, unknown how',
};

const code = acquireVsCodeApi();
const running = html('div', { id: 'running', role: 'status', 'aria-live': 'polite' });
const content = html('main', {});
let state: PanelState = code.getState() ?? { scope: 'file' };
let latest: Extract<PanelMessage, { kind: 'history' }> | null = null;
const shownWhole = new Set<string>();

const reveal = (request: {
  uri: string | null;
  requestHash: string;
  conversation: number;
  replyTurn: number;
}): void => {
  const { uri, requestHash, conversation, replyTurn } = request;
  if (uri !== null) code.postMessage({ kind: 'reveal', request: { uri, requestHash, conversation, replyTurn } });
};
const command = (name: PanelCommand, title: string, look = ''): HTMLElement =>
  html(
    'button',
    { type: 'button', class: look, click: () => code.postMessage({ kind: 'command', command: name }) },
    title,
  );
const badge = (provenance: ProvenanceDto): HTMLElement =>
  html('span', { class: `badge ${provenance}` }, provenance === 'unknown' ? 'unknown how' : provenance);

function show(more: string): void {
  shownWhole.add(more);
  draw();
}

function draw(): void {
  if (!latest) return;
  const { report, active } = latest;
  const inFile = active === null ? [] : report.entries.filter(({ uri }) => uri === active.uri);
  const scope = active === null ? 'all' : state.scope;
  const entries = scope === 'file' ? inFile : report.entries;
  const ids = new Set(entries.flatMap(({ comparison }) => (comparison ? [comparison.id] : [])));
  const comparisons = report.comparisons.filter(({ id }) => ids.has(id)).reverse();
  const focused = document.activeElement?.id;
  content.replaceChildren(
    header(scope, active?.name ?? null, inFile.length, report.entries.length),
    running,
    ...(report.isKept
      ? []
      : [html('p', { class: 'notice' }, 'This window has no storage: measurements are not kept beyond it.')]),
    ...(report.unreadable === 0
      ? []
      : [
          html(
            'p',
            { class: 'notice' },
            `Records of the history that cannot be read (torn, damaged, or of a newer version): ${report.unreadable}. They are left where they are; Clear deletes them.`,
          ),
        ]),
    ...(report.total === report.entries.length
      ? []
      : [
          html(
            'p',
            { class: 'notice' },
            `The newest ${report.entries.length} of ${report.total} measurements are shown. All are in the export.`,
          ),
        ]),
    ...(entries.length === 0 ? [emptyState(scope, report.entries.length)] : []),
    ...(comparisons.length === 0
      ? []
      : [
          html(
            'section',
            { 'aria-label': 'Comparisons' },
            html('h2', {}, 'A/B: two prompts measured in turn'),
            html('div', { class: 'cards wide' }, ...comparisons.map((each) => comparisonCard(each, badge, reveal))),
          ),
        ]),
    ...order.flatMap((provenance) => {
      const alike = entries.filter((entry) => entry.provenance === provenance);
      return alike.length === 0 ? [] : [provenanceSection(provenance, alike)];
    }),
  );
  // A redraw takes the focus from the button that asked for it.
  if (focused) document.getElementById(focused)?.focus();
}

function header(scope: 'file' | 'all', file: string | null, inFile: number, all: number): HTMLElement {
  const choice = (which: 'file' | 'all', title: string): HTMLElement =>
    html(
      'button',
      {
        type: 'button',
        id: `scope-${which}`,
        'aria-pressed': scope === which ? 'true' : 'false',
        click: () => {
          state = { scope: which };
          code.setState(state);
          draw();
        },
      },
      title,
    );
  return html(
    'header',
    {},
    html('h1', {}, 'Measurements'),
    html(
      'div',
      { role: 'group', 'aria-label': 'Which measurements', class: 'choice' },
      file === null ? null : choice('file', `${file} (${inFile})`),
      choice('all', `All files (${all})`),
    ),
    html('span', { class: 'space' }),
    command('measure', 'Measure', 'primary'),
    command('comparePrompts', 'Compare Two Prompts'),
    ...(all === 0 ? [] : [command('exportHistory', 'Export'), command('clearHistory', 'Clear')]),
  );
}

function emptyState(scope: 'file' | 'all', all: number): HTMLElement {
  const where = scope === 'file' ? 'No request of this file is measured yet' : 'No measurement yet';
  return html(
    'section',
    { class: 'empty' },
    html('h2', {}, where),
    html(
      'p',
      {},
      'Measure sends the request at the caret to your endpoint and sets the joules that it reports beside the prediction. Each measurement stays here, with its runs, until you clear it; prompts and replies are not kept.',
    ),
    html(
      'p',
      {},
      command('measure', 'Measure the Request at the Caret', 'primary'),
      command('setUpEndpoint', 'Set Up Endpoint'),
      command('openSample', 'Open a Sample'),
    ),
    all > 0 ? html('p', { class: 'quiet' }, `All files have ${all}.`) : null,
  );
}

function provenanceSection(provenance: ProvenanceDto, entries: readonly HistoryEntryDto[]): HTMLElement {
  const requests = new Map<string, HistoryEntryDto[]>();
  for (const entry of entries) {
    const key = JSON.stringify([entry.folder, entry.file, entry.conversation, entry.replyTurn]);
    requests.set(key, [...(requests.get(key) ?? []), entry]);
  }
  // The one measured last comes first.
  const groups = [...requests.values()].sort((a, b) => Date.parse(b.at(-1)!.at) - Date.parse(a.at(-1)!.at));
  const whole = shownWhole.has(`requests ${provenance}`);
  const shown = whole ? groups : groups.slice(0, firstRequests);
  const what = words[provenance];
  const count = `${entries.length} ${entries.length === 1 ? 'measurement' : 'measurements'} of ${groups.length} ${groups.length === 1 ? 'request' : 'requests'}`;
  return html(
    'section',
    { 'aria-label': `${what}: ${count}` },
    html('h2', {}, badge(provenance), ` ${count}`),
    html(
      'div',
      { class: 'cards' },
      html(
        'figure',
        { class: 'card scatter' },
        html('h3', {}, `Predicted against ${provenance === 'unknown' ? 'reported' : provenance}`),
        scatterPlot(entries, `${what}, joules a request`, scatterText(entries, what), reveal),
        html(
          'figcaption',
          { class: 'quiet' },
          `On the line both agree; the band is a factor of two. Level bars: 90 % interval of the prediction; upright: 95 % interval of the mean.${entries.some(({ state: of }) => of === 'stale') ? ' Hollow: the text has changed since.' : ''}`,
        ),
      ),
      ...shown.map((group) => requestCard(group, what)),
    ),
    whole || groups.length <= firstRequests
      ? null
      : html(
          'button',
          { type: 'button', click: () => show(`requests ${provenance}`) },
          `Show the runs of all ${groups.length} requests`,
        ),
    figuresTable(entries, what[0]!.toUpperCase() + what.slice(1), shownWhole.has(`table ${provenance}`), reveal, () =>
      show(`table ${provenance}`),
    ),
  );
}

function requestCard(group: readonly HistoryEntryDto[], what: string): HTMLElement {
  const newest = [...group].reverse().slice(0, newestRows);
  const [first] = newest;
  const name = requestName(first!);
  const older = group.length - newest.length;
  const spoken = newest
    .map(
      (entry) => `${entry.measuredText}, predicted ${entry.predictedText}${entry.state === 'stale' ? ', stale' : ''}`,
    )
    .join('; ');
  return html(
    'figure',
    { class: 'card' },
    html(
      'h3',
      {},
      first!.uri === null ? name : html('button', { class: 'link', type: 'button', click: () => reveal(first!) }, name),
    ),
    stripPlot(newest, `Runs of ${name}, ${what}, the newest first: ${spoken}`),
    html(
      'figcaption',
      { class: 'quiet' },
      `Points: runs. Line: mean, with its 95 % interval. Grey: predicted at the same tokens, with its 90 % interval.${older > 0 ? ` ${older} older in the table.` : ''}`,
    ),
  );
}

function scatterText(entries: readonly HistoryEntryDto[], what: string): string {
  const ratios = entries.map(({ ratio }) => ratio).sort((a, b) => a - b);
  const middle = ratios[Math.floor(ratios.length / 2)]!;
  return `Predicted against ${what}, ${entries.length} measurements: ${what} over predicted is ${ratios[0]!.toFixed(2)} to ${ratios.at(-1)!.toFixed(2)}, half of them below ${middle.toFixed(2)}. The figures are in the table.`;
}

function drawRunning(now: RunningDto | null): void {
  running.replaceChildren(
    ...(now === null
      ? []
      : [
          html('span', {}, `${now.title}: ${now.message}`),
          html('progress', { max: 1, value: now.fraction, 'aria-label': now.title }),
        ]),
  );
}

window.addEventListener('message', ({ data }: MessageEvent<PanelMessage>) => {
  switch (data.kind) {
    case 'history':
      latest = data;
      draw();
      break;
    case 'running':
      drawRunning(data.running);
      break;
    case 'problem':
      content.replaceChildren(html('p', { class: 'notice', role: 'alert' }, data.text));
      break;
  }
});
document.body.append(content);
code.setState(state);
code.postMessage({ kind: 'ready' });
