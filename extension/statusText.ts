/** What the status bar says of a document. Pure: no `vscode` here. */
import type { DocumentStatus, VideoDto } from '../server/protocol/messages.js';
import { countText, durationText, figureText, intervalText, joulesText, wattHoursText } from './format.js';

/** A status item, ready to show. */
export interface StatusView {
  /** With codicons: `$(zap) 48 J (24–141) · shared-server`. */
  readonly text: string;
  /** For a screen reader: no icons, units spelled out. */
  readonly spoken: string;
  /** Markdown with command links. */
  readonly tooltip: string;
  readonly severity: 'normal' | 'warning' | 'error';
}

/** The model's name without its publisher: `Llama-3.1-8B-Instruct`. */
export function shortModel(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1);
}

/** Text from a document or an endpoint, safe inside Markdown. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~$&]/g, '\\$&').replace(/\s+/g, ' ');
}

/** Null where the document is no transcript and asks for no video: the item is hidden. */
export function statusView(status: DocumentStatus | undefined): StatusView | null {
  if (status === undefined || status.state === 'none') {
    return status?.video === undefined ? null : videoView(status.video);
  }
  if (status.state === 'error') {
    const message = status.message ?? 'This document could not be read.';
    return view('$(error) Joule Lens', message, escapeMarkdown(message), 'error');
  }
  if (status.state === 'counting') {
    const percent = Math.floor((status.progress ?? 0) * 100);
    const text = `counting… ${percent} %`;
    return view(
      `$(loading~spin) ${text}`,
      `Joule Lens is counting tokens: ${percent} percent`,
      details(status),
      'normal',
    );
  }
  return figureView(status);
}

/** The clips of a document that asks for video: one figure for all of them. */
function videoView(video: VideoDto): StatusView {
  const { requests, clips, joules, interval90, seconds, without } = video;
  const why = without === undefined ? '' : `${countText(without.requests)} without a figure: ${without.why}`;
  if (requests === 0) {
    return view('$(warning) video: no figure', `Joule Lens: no figure, ${why}`, escapeMarkdown(why), 'warning');
  }
  const what = clips === 1 ? 'video' : `${countText(clips)} videos`;
  const time = durationText(seconds);
  return view(
    `$(${without === undefined ? 'zap' : 'warning'}) ${figureText({ joules, interval90 })} · ${what} · ${time}`,
    `Joule Lens: ${what}, predicted ${spokenJoules(joules)}, 90 percent interval ${spokenInterval(interval90)}, ${time}`,
    [
      `**${joulesText(joules)} predicted** for ${what} · 90 % interval ${intervalText(interval90)} · ${wattHoursText(joules)} · ${time} on the GPUs`,
      '',
      'GPU only. Hover over a request for its split, its assumptions and what less would save.',
      ...(why === '' ? [] : ['', escapeMarkdown(why)]),
    ].join('\n'),
    without === undefined ? 'normal' : 'warning',
  );
}

function figureView(status: DocumentStatus): StatusView {
  const cut = status.state === 'cut';
  const atLeast = cut || status.lowerBound === true;
  const energy = status.standing?.energy ?? status.energy;
  const many = status.standing === undefined ? '' : ` per ${countText(status.standing.requests)} requests`;
  // The message says what is wrong: a cut, a setting, a model without figures.
  const warns = cut || energy === undefined || status.message !== undefined;
  const figure = energy === undefined ? 'no figure' : `${atLeast ? '≥ ' : ''}${figureText(energy)}${many}`;
  const spoken =
    energy === undefined
      ? 'no figure for this conversation'
      : `predicted ${atLeast ? 'at least ' : ''}${spokenJoules(energy.joules)}${many}, 90 percent interval ${spokenInterval(energy.interval90)}`;
  const template = status.template === undefined ? '' : `, template ${filledText(status.template)}`;
  return view(
    `$(${warns ? 'warning' : 'zap'}) ${figure} · ${status.profile}`,
    `Joule Lens: ${spoken}${template}, profile ${status.profile}${status.message === undefined ? '' : `. ${status.message}`}`,
    details(status),
    warns ? 'warning' : 'normal',
  );
}

/** `counted as written`, `filled in from sample: short`. */
function filledText({ filled }: NonNullable<DocumentStatus['template']>): string {
  return filled === 'as written' ? 'counted as written' : `filled in from ${filled}`;
}

function view(text: string, spoken: string, tooltip: string, severity: StatusView['severity']): StatusView {
  return { text, spoken, tooltip, severity };
}

const unitNames: Readonly<Record<string, string>> = {
  uJ: 'microjoules',
  mJ: 'millijoules',
  J: 'joules',
  kJ: 'kilojoules',
  MJ: 'megajoules',
  GJ: 'gigajoules',
};

function spokenJoules(joules: number): string {
  return joulesText(joules).replace(/[a-zA-Z]+$/, (symbol) => unitNames[symbol] ?? symbol);
}

function spokenInterval(interval: readonly [number, number]): string {
  return `${spokenJoules(interval[0])} to ${spokenJoules(interval[1])}`;
}

/** The tooltip: what the figure is, what it stands on, and where to change that. */
function details(status: DocumentStatus): string {
  const lines: string[] = [];
  const { energy } = status;
  if (energy !== undefined) {
    lines.push(
      `**${status.lowerBound === true ? '≥ ' : ''}${joulesText(energy.joules)} predicted** · 90 % interval ${intervalText(energy.interval90)} · ${wattHoursText(energy.joules)}`,
      '',
    );
  }
  if (status.message !== undefined) {
    lines.push(escapeMarkdown(status.message), '');
  }
  if (status.hidden !== undefined) {
    lines.push(`A lower bound: sent, and not in this file: ${escapeMarkdown(status.hidden.join('; '))}`, '');
  }
  lines.push('| | |', '|---|---|');
  const row = (name: string, value: string): number => lines.push(`| ${name} | ${value} |`);
  if (energy !== undefined) {
    const reread = energy.rereadJoules > 0 ? ` · re-reading ${joulesText(energy.rereadJoules)}` : '';
    row('Split', `prefill ${joulesText(energy.prefillJoules)}${reread} · decode ${joulesText(energy.decodeJoules)}`);
    row(
      'On top',
      `host ${joulesText(energy.hostJoules)} · facility ${joulesText(energy.facilityJoules)} (the figure is GPU only)`,
    );
  }
  if (status.standing !== undefined) {
    const { note, requests, energy: cold, cached } = status.standing;
    row('Sent', escapeMarkdown(note));
    row(`Per ${countText(requests)} requests`, figureText(cold));
    if (cached !== undefined) {
      row('With a warm prefix cache', figureText(cached));
    }
  }
  if (status.template !== undefined) {
    const { variables, syntax } = status.template;
    const names = `${countText(variables.length)} ${variables.length === 1 ? 'variable' : 'variables'}`;
    row(
      `Template (${escapeMarkdown(syntax)})`,
      `${names}, [${escapeMarkdown(filledText(status.template))}](command:joulelens.fillTemplate "Fill in template values")`,
    );
  }
  if (status.branches !== undefined) {
    const shown = status.branches === 'all' ? 'all shown' : `${countText(status.otherBranches ?? 0)} more not shown`;
    row('Branches', `[${shown}](command:joulelens.showAllBranches "Show all branches, or the current ones")`);
  }
  row('Profile', `[${escapeMarkdown(status.profile)}](command:joulelens.chooseProfile "Choose another profile")`);
  row('Model', `[${escapeMarkdown(status.model)}](command:joulelens.chooseModel "Choose another model")`);
  if (status.batch !== undefined) {
    row('Batch', `${escapeMarkdown(status.batch)} requests at once`);
  }
  if (status.tokenizer !== undefined) {
    // The title says itself whether it is exact or a stand-in.
    const note = status.tokenizer.exact ? '' : ' (counts are approximate)';
    row('Tokenizer', `${escapeMarkdown(status.tokenizer.title)}${note}`);
  }
  if (status.tokens !== undefined) {
    row('Tokens', countText(status.tokens));
  }
  if (status.conversations !== undefined && status.conversations > 1) {
    row('Conversations', `${countText(status.conversations)}; the figure is their total`);
  }
  if (status.format !== undefined) {
    const readOnly = status.readOnly === true ? ' (read-only)' : '';
    row(
      'Read as',
      `[${escapeMarkdown(status.format)}](command:joulelens.treatAsTranscript "Read as another format")${readOnly}`,
    );
  }
  return lines.join('\n');
}

/** VS Code gives extensions no text of a file above this size, in bytes. */
export const syncLimitBytes = 50 * 1024 * 1024;

/** What the status bar says of a file that VS Code does not hand to extensions. */
export function tooLargeView(fileName: string, bytes: number): StatusView {
  const size = `${countText(bytes / 1e6)} MB`;
  return {
    text: `$(warning) Joule Lens: ${size}, too large`,
    spoken: `Joule Lens: this file of ${size} is too large for the editor. Activate to annotate it in a terminal.`,
    tooltip: [
      `**${escapeMarkdown(fileName)}** has ${size}. Above 50 MB VS Code gives extensions no text, so no joules can stand in the editor.`,
      '',
      '`joulelens annotate --stream` reads it on the command line. [Annotate in a terminal](command:joulelens.annotateFile)',
    ].join('\n'),
    severity: 'warning',
  };
}
