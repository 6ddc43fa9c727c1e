/** What a figure rests on, in words: deployment, model, how sure, sources, and links to change them. */
import type { Assumptions, Batch, ConversationFigures, ModelSource } from '../core/index.js';
import { COEFFICIENTS_FILE } from '../core/energy/coefficients.js';
import { gpuById } from '../core/energy/gpus.js';
import { Command } from '../protocol/messages.js';
import type { DocumentSession } from '../workspace/session.js';
import { commandLink, escapeMarkdown } from './markdown.js';
import { digitsText } from './words.js';

/** `8–128`, `1`, `3.5`: requests served at once. */
export function batchText(batch: Batch): string {
  return typeof batch === 'number' ? digitsText(batch) : `${digitsText(batch[0])}–${digitsText(batch[1])}`;
}

/** `1 x h100-sxm, vllm-0.11, bf16, batch 8–128, prefix cache on, host 100 W per GPU, PUE 1.2`. */
export function deploymentText(assumptions: Assumptions): string {
  const { gpus, gpu, engine, precision, batch, prefixCache, hostWattsPerGpu, pue } = assumptions;
  return [
    `${gpus} × ${gpu}`,
    engine,
    precision,
    `batch ${batchText(batch)}`,
    `prefix cache ${prefixCache ? 'on' : 'off'}`,
    `host ${digitsText(hostWattsPerGpu)} W per GPU`,
    `PUE ${digitsText(pue)}`,
  ].join(', ');
}

const modelSources: Record<ModelSource, string> = {
  file: 'named by this file',
  setting: 'from the settings',
  default: 'the default',
};

/** Lines of Markdown. */
export function assumptionLines(figures: ConversationFigures, session: DocumentSession): string[] {
  const { assumptions, choice, energy } = figures;
  const uri = { uri: session.uri };
  const change = [
    commandLink('Change profile', Command.chooseProfile, uri, 'Choose another profile'),
    commandLink('Change model', Command.chooseModel, uri, 'Choose another model'),
  ].join(' · ');
  const lines = [`Model **${escapeMarkdown(choice.model.id)}** (${modelSources[choice.source]})`];
  if (assumptions) {
    lines.push(`Profile **${escapeMarkdown(assumptions.profile)}**: ${escapeMarkdown(deploymentText(assumptions))}`);
    if (assumptions.notes.length > 0)
      lines.push(assumptions.notes.map((note) => `- ${escapeMarkdown(note)}`).join('\n'));
  }
  if (energy) {
    lines.push(`How sure: ${escapeMarkdown(energy.confidence)}`);
    if (energy.warnings.length > 0)
      lines.push(energy.warnings.map((warning) => `- ⚠ ${escapeMarkdown(warning)}`).join('\n'));
  }
  lines.push(...sourceLines(figures), change);
  return lines;
}

/** Where the constants of the figure come from, and what its tokens leave out. */
function sourceLines({ assumptions, tokens }: ConversationFigures): string[] {
  const notes = tokens.notes.length > 0 ? [`Tokens: ${escapeMarkdown(tokens.notes.join('; '))}`] : [];
  if (!assumptions) return notes;
  const fit = COEFFICIENTS_FILE.base['staticWatts']?.source.split(/ \(|;/)[0] ?? 'from published constants';
  const sources = [
    `energy equation ${fit}`,
    `GPU: ${gpuById(assumptions.gpu).source.split(/[(.]/)[0]!.trim()}`,
    'model: the fields of its public config.json',
  ];
  return [...notes, `Sources: ${escapeMarkdown(sources.join('; '))}. docs/method.md has every constant.`];
}
