/** One text through the core: parsed, counted, and as the contract's JSON. */
import {
  conversationJson,
  diagnosticJson,
  type AnalysisSettings,
  type AnnotationJson,
  type DocumentAnalysis,
  type ParseContext,
  type Problem,
  type TemplateFill,
} from '../core/index.js';
import { unknownIdMessage } from '../core/energy/nearest.js';
import { createLineIndex } from '../core/transcript/lineIndex.js';
import type { InputText } from './input.js';
import { CliError } from './io.js';
import { services } from './services.js';

/** How files are read. */
export interface ReadOptions {
  /** Id of a format; undefined: detected. */
  readonly format?: string | undefined;
  readonly branches?: ParseContext['branches'] | undefined;
  readonly fill?: TemplateFill | undefined;
}

/**
 * Parses and counts one text.
 * @throws CliError for a format that does not exist
 */
export async function analyse(
  input: Pick<InputText, 'name' | 'text'>,
  { format, branches, fill }: ReadOptions,
  settings: AnalysisSettings,
  signal: AbortSignal,
  onProgress: (fraction: number) => void = () => undefined,
): Promise<DocumentAnalysis> {
  const { service } = services();
  const hint = { path: input.name === '-' ? '' : input.name.replaceAll('\\', '/'), ...(format ? { format } : {}) };
  const analysis = service.openDocument(hint, input.text, {
    ...(branches === undefined ? {} : { branches }),
    ...(fill === undefined ? {} : { fill }),
  });
  for (const _slice of analysis.parseSlices()) signal.throwIfAborted();
  await analysis.count(settings, signal, onProgress);
  return analysis;
}

/** @throws CliError that names the formats most like it, and all there are */
export function checkFormat(format: string | undefined): void {
  const ids = services().service.formats.map(({ id }) => id);
  if (format === undefined || ids.includes(format)) return;
  throw new CliError(`--format: ${unknownIdMessage('format', format, ids)}; all: ${ids.join(', ')}`);
}

/** Why there is nothing to show, and what would help. */
function noConversation(text: string): Problem {
  const message =
    text.trim() === ''
      ? 'No conversation found: the file is empty.'
      : 'No conversation found: neither chat JSON nor a text with roles; --format reads it as one all the same.';
  return { code: 'no-conversation', severity: 'information', message, span: { start: 0, end: 0 } };
}

/** The contract's JSON of one file. */
export function annotationOf(input: InputText, analysis: DocumentAnalysis, settings: AnalysisSettings): AnnotationJson {
  const lines = createLineIndex(input.text);
  const positionAt = (offset: number) => lines.positionAt(offset);
  const problems: Problem[] = [...input.problems, ...analysis.problems];
  if (analysis.transcript.conversations.length === 0 && analysis.problems.length === 0) {
    problems.push(noConversation(input.text));
  }
  const conversations = analysis.transcript.conversations.map((_, index) =>
    conversationJson(analysis.figures(index)!, positionAt),
  );
  return {
    file: input.name,
    format: conversations.length > 0 ? (analysis.format?.id ?? null) : null,
    profile: settings.profile,
    conversations,
    diagnostics: problems.map((problem) => diagnosticJson(problem, positionAt)),
  };
}
