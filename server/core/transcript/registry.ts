/** Every transcript format, in the order in which content is looked at. A new format is one line here. */
import { aiderHistory } from './formats/aiderHistory.js';
import { jsonLines } from './formats/jsonLines.js';
import { openaiChat } from './formats/openaiChat.js';
import { renderedTemplate } from './formats/renderedTemplate.js';
import { textTranscript } from './formats/textTranscript.js';
import type { FileHint, FormatAdapter } from './model.js';

export const FORMATS: readonly FormatAdapter[] = [
  aiderHistory,
  jsonLines,
  openaiChat,
  renderedTemplate,
  textTranscript,
];

/** @param id as the user chose it */
export const adapterById = (id: string, formats: readonly FormatAdapter[] = FORMATS): FormatAdapter | null =>
  formats.find((format) => format.id === id) ?? null;

/**
 * The format of a file: the user's choice, else by its name, else by its content; null for a file that is no transcript.
 *
 * @param head the first 65,536 code units of the text, or all of a shorter one
 */
export function detectFormat(
  hint: FileHint,
  head: string,
  formats: readonly FormatAdapter[] = FORMATS,
): FormatAdapter | null {
  if (hint.format !== undefined) return adapterById(hint.format, formats);
  let byContent: FormatAdapter | null = null;
  for (const format of formats) {
    const found = format.detect(hint, head);
    if (found === 'name') return format;
    if (found === 'content') byContent ??= format;
  }
  return byContent;
}
