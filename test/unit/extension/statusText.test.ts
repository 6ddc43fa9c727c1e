import assert from 'node:assert/strict';
import { escapeMarkdown, statusView, tooLargeView } from '../../../extension/statusText.js';
import type { DocumentStatus } from '../../../server/protocol/messages.js';

const ready: DocumentStatus = {
  uri: 'file:///chat.json',
  version: 1,
  state: 'ready',
  format: 'openai-chat',
  profile: 'shared-server',
  model: 'meta-llama/Llama-3.1-8B-Instruct',
  tokenizer: { title: 'Llama 3 (exact)', exact: true },
  tokens: 1565,
  conversations: 1,
  energy: {
    joules: 48,
    interval90: [24, 141],
    prefillJoules: 1.5,
    rereadJoules: 0.5,
    decodeJoules: 46,
    hostJoules: 12,
    facilityJoules: 9,
  },
};

describe('the status bar', () => {
  it('is hidden where there is no transcript', () => {
    assert.equal(statusView(undefined), null);
    assert.equal(statusView({ ...ready, state: 'none' }), null);
  });

  it('shows the clips that a file asks for', () => {
    const none = { ...ready, state: 'none' as const };
    const video = {
      requests: 2,
      clips: 3,
      joules: 1.3e6,
      interval90: [1.1e6, 1.5e6] as [number, number],
      seconds: 1875,
    };
    const view = statusView({ ...none, video })!;
    assert.equal(view.text, '$(zap) 1.3 MJ (1.1–1.5) · 3 videos · 31.3 min');
    assert.match(view.spoken, /^Joule Lens: 3 videos, predicted 1\.3 megajoules/);
    const lacking = statusView({ ...none, video: { ...video, without: { requests: 1, why: 'no model' } } })!;
    assert.equal(lacking.severity, 'warning');
    assert.match(lacking.tooltip, /1 without a figure: no model/);
    const nothing = statusView({
      ...none,
      video: { ...video, requests: 0, without: { requests: 1, why: 'no model' } },
    })!;
    assert.equal(nothing.text, '$(warning) video: no figure');
  });

  it('shows the total, its interval and the profile', () => {
    const view = statusView(ready);
    assert.equal(view?.text, '$(zap) 48 J (24–141) · shared-server');
    assert.equal(
      view?.spoken,
      'Joule Lens: predicted 48 joules, 90 percent interval 24 joules to 141 joules, profile shared-server',
    );
  });

  it('says in the tooltip that the figure is predicted, by which model and tokenizer, and links to the choices', () => {
    const tooltip = statusView(ready)?.tooltip ?? '';
    for (const part of [
      '**48 J predicted**',
      'Llama\\-3\\.1\\-8B\\-Instruct](command:joulelens.chooseModel',
      'Llama 3 \\(exact\\)',
      '1,565',
      'prefill 1.5 J · re-reading 500 mJ · decode 46 J',
    ]) {
      assert.ok(tooltip.includes(part), `${part} is missing in:\n${tooltip}`);
    }
  });

  it('names a stand-in tokenizer as one', () => {
    const tooltip =
      statusView({ ...ready, tokenizer: { title: 'o200k_base as a stand-in', exact: false } })?.tooltip ?? '';
    assert.match(tooltip, /stand\\-in \(counts are approximate\)/);
  });

  it('counts with a percentage', () => {
    const { energy: _, ...rest } = ready;
    assert.equal(statusView({ ...rest, state: 'counting', progress: 0.425 })?.text, '$(loading~spin) counting… 42 %');
  });

  it('shows a cut document as a lower bound, as a warning', () => {
    const view = statusView({ ...ready, state: 'cut', message: 'Cut at 25 MB.' });
    assert.equal(view?.text, '$(warning) ≥ 48 J (24–141) · shared-server');
    assert.equal(view?.severity, 'warning');
    assert.match(view?.tooltip ?? '', /Cut at 25 MB/);
  });

  it('warns where there is no figure, and says why', () => {
    const { energy: _, ...rest } = ready;
    const view = statusView({ ...rest, message: 'Unknown model "x".' });
    assert.equal(view?.text, '$(warning) no figure · shared-server');
    assert.equal(view?.severity, 'warning');
    assert.equal(
      view?.spoken,
      'Joule Lens: no figure for this conversation, profile shared-server. Unknown model "x".',
    );
  });

  it('shows an error as one line', () => {
    const view = statusView({ ...ready, state: 'error', message: 'Unknown model "x".' });
    assert.equal(view?.severity, 'error');
    assert.equal(view?.spoken, 'Unknown model "x".');
  });

  it('lets no text of a document become Markdown or a command link', () => {
    const hostile = '](command:evil) <b>|\n# x';
    const tooltip = statusView({ ...ready, profile: hostile, message: hostile })?.tooltip ?? '';
    assert.doesNotMatch(tooltip, /[^\\]\]\(command:evil/);
    assert.doesNotMatch(tooltip, /^# x/m);
    assert.equal(escapeMarkdown('a_b'), 'a\\_b');
  });

  it('offers the command line for a file that VS Code keeps to itself', () => {
    const view = tooLargeView('big.jsonl', 63e6);
    assert.equal(view.text, '$(warning) Joule Lens: 63 MB, too large');
    assert.match(view.tooltip, /joulelens annotate/);
  });
});

describe('the status bar on what a document means', () => {
  const textOf = (status: Partial<DocumentStatus>) => statusView({ ...ready, ...status })!;

  it('marks a lower bound, and names what is not counted', () => {
    const view = textOf({ lowerBound: true, hidden: ['the messages before previous_response_id (line 3)'] });
    assert.equal(view.text, '$(zap) ≥ 48 J (24–141) · shared-server');
    assert.match(view.spoken, /predicted at least 48 joules/);
    assert.match(view.tooltip, /\*\*≥ 48 J predicted\*\*/);
    assert.match(view.tooltip, /not in this file: the messages before previous\\_response\\_id \\\(line 3\\\)/);
    assert.equal(view.severity, 'normal');
  });

  it('prices standing instructions per 1,000 requests, with and without a warm cache', () => {
    const energy = { ...ready.energy!, joules: 640, interval90: [400, 1400] as [number, number] };
    const cached = { ...ready.energy!, joules: 90, interval90: [60, 190] as [number, number] };
    const view = textOf({ standing: { requests: 1000, note: 'in every request', energy, cached } });
    assert.equal(view.text, '$(zap) 640 J (0.4–1.4 kJ) per 1,000 requests · shared-server');
    for (const part of ['| Sent | in every request |', '| With a warm prefix cache | 90 J (60–190) |']) {
      assert.ok(view.tooltip.includes(part), view.tooltip);
    }
    const without = textOf({ standing: { requests: 1000, note: 'in every request', energy } });
    assert.ok(!without.tooltip.includes('warm'));
  });

  it('says how placeholders were counted, and links to the choice', () => {
    const template = { syntax: 'mustache', variables: ['name', 'topic'], filled: 'as written' };
    const written = textOf({ template });
    assert.match(written.tooltip, /2 variables, \[counted as written\]\(command:joulelens\.fillTemplate/);
    assert.match(written.spoken, /template counted as written/);
    const filled = textOf({ template: { ...template, filled: 'sample: short' } });
    assert.match(filled.tooltip, /\[filled in from sample: short\]/);
  });

  it('counts the branches that are not shown, and says that a log is read-only', () => {
    assert.match(
      textOf({ branches: 'current', otherBranches: 3, readOnly: true }).tooltip,
      /\[3 more not shown\]\(command:joulelens\.showAllBranches[^]*\(read-only\)/,
    );
    assert.match(textOf({ branches: 'all' }).tooltip, /\[all shown\]/);
  });
});
