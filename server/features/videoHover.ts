/** What a clip costs and why, as Markdown: the split, what halving saves, the assumptions, how sure. */
import { MarkupKind } from 'vscode-languageserver-protocol';
import type { Hover } from 'vscode-languageserver-protocol';
import { formatSeconds } from '../core/energy/units.js';
import type { VideoFigures } from '../core/video/requestFigures.js';
import type { VideoRequest } from '../core/video/requests/index.js';
import type { Position } from '../protocol/messages.js';
import type { DocumentSession } from '../workspace/session.js';
import { escapeMarkdown, twoColumns } from './markdown.js';
import { outcomeOf, sizeText } from './videoText.js';
import { countText, digitsText, intervalText, joulesText, wattHoursText } from './words.js';

/** The request that holds a position, or that begins on its line (at a key, an assignment); null elsewhere. */
export function videoRequestAt(session: DocumentSession, position: Position): VideoRequest | null {
  const offset = session.text.offsetAt(position);
  const requests = session.videoRequests;
  return (
    requests.find(({ span }) => span.start <= offset && offset <= span.end) ??
    requests.find(({ span }) => session.text.positionAt(span.start).line === position.line) ??
    null
  );
}

/** The hover at a position; null outside requests. */
export function videoHoverAt(session: DocumentSession, position: Position): Hover | null {
  const request = videoRequestAt(session, position);
  if (!request) return null;
  return {
    contents: { kind: MarkupKind.Markdown, value: videoMarkdown(request) },
    range: session.text.rangeOf(request.span),
  };
}

/** The Markdown of one request. */
export function videoMarkdown(request: VideoRequest): string {
  const outcome = outcomeOf(request);
  const name = request.model.name ?? request.model.id;
  const head = `**Video request**${name === null ? '' : ` · ${escapeMarkdown(name)}`}`;
  if (!outcome.ok) return `${head}\n\nNo figure: ${escapeMarkdown(outcome.error)}`;
  const { figures } = outcome;
  return [
    head,
    `${sizeText(figures)}${figures.clips > 1 ? `, ${countText(figures.clips)} clips` : ''}`,
    energyMarkdown(figures),
    savingsMarkdown(figures),
    splitMarkdown(figures),
    ...assumptionMarkdown(request, figures),
  ].join('\n\n');
}

const TERMS = {
  selfAttention: 'Self-attention',
  linear: 'Linear layers',
  crossAttention: 'Cross-attention',
  elementwise: 'Element-wise and launches',
  vae: 'VAE',
  textEncoder: 'Text encoder',
} as const;

function energyMarkdown({ prediction, clips, gpuJoules, interval90, seconds }: VideoFigures): string {
  const { paperGpuWattHours, hostJoules } = prediction;
  const paper: [string, string][] =
    paperGpuWattHours === null ? [] : [['Published formula', wattHoursText(paperGpuWattHours * 3600 * clips)]];
  return twoColumns(
    [
      '**Predicted**, GPU only',
      `**${joulesText(gpuJoules)}** · ${wattHoursText(gpuJoules)} · ${formatSeconds(seconds)}`,
    ],
    [['90 % interval', intervalText(interval90)], ...paper, ['On top: host', joulesText(hostJoules * clips)]],
  );
}

function splitMarkdown({ prediction: { terms, gpuJoules }, clips }: VideoFigures): string {
  const split = (Object.keys(TERMS) as (keyof typeof TERMS)[])
    .filter((term) => terms[term] > 0.0005 * gpuJoules)
    .map((term): [string, string] => [
      TERMS[term],
      `${joulesText(terms[term] * clips)} · ${digitsText((100 * terms[term]) / gpuJoules)} %`,
    ]);
  return twoColumns(['**Where it goes**', ''], split);
}

const savingsMarkdown = ({ savings }: VideoFigures): string =>
  twoColumns(
    ['**What less would save**', ''],
    savings.map(({ what, gpuJoules, seconds, share }): [string, string] => [
      what,
      `−${digitsText(100 * share)} %: ${joulesText(gpuJoules)}, ${formatSeconds(seconds)}`,
    ]),
  );

function assumptionMarkdown(request: VideoRequest, { prediction }: VideoFigures): string[] {
  const { assumptions: a, confidence, warnings } = prediction;
  const passes = `${a.passes} ${a.passes === 1 ? 'pass' : 'passes'} a step`;
  const list = (lines: readonly string[], mark = ''): string[] =>
    lines.length === 0 ? [] : [lines.map((line) => `- ${mark}${escapeMarkdown(line)}`).join('\n')];
  return [
    `Model **${escapeMarkdown(a.model)}**, guidance ${digitsText(a.guidance)} (${passes}), ${countText(a.latentTokens)} latent tokens; ${a.gpus} × ${a.gpu}, ${a.engine ?? 'Diffusers or xDiT'}, ${a.precision}`,
    ...list([...request.notes, ...a.notes]),
    `How sure: ${escapeMarkdown(confidence)}`,
    ...list(warnings, '⚠ '),
    'Sources: fitted on benchlab and ML.ENERGY, H100. docs/video.md has the equation, its errors and every constant.',
  ];
}
