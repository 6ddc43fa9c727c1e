/** Every transcript format, in the order in which content is looked at. A new format is one line here. */
import { agentInstructions } from './formats/agentInstructions.js';
import { agentPrompt } from './formats/agentPrompt.js';
import { agentSkill } from './formats/agentSkill.js';
import { aiderHistory } from './formats/aiderHistory.js';
import { alpaca } from './formats/alpaca.js';
import { anthropicMessages } from './formats/anthropicMessages.js';
import { baml } from './formats/baml.js';
import { continuePrompt } from './formats/continuePrompt.js';
import { dotprompt } from './formats/dotprompt.js';
import { chatgptExport } from './formats/chatgptExport.js';
import { claudeCodeLog } from './formats/claudeCodeLog.js';
import { claudeExport } from './formats/claudeExport.js';
import { codexLog } from './formats/codexLog.js';
import { copilotChat } from './formats/copilotChat.js';
import { copilotCliLog } from './formats/copilotCliLog.js';
import { gemini } from './formats/gemini.js';
import { geminiCliLog } from './formats/geminiCliLog.js';
import { inspectLog } from './formats/inspectLog.js';
import { jsonLines } from './formats/jsonLines.js';
import { llmLogs } from './formats/llmLogs.js';
import { githubModels } from './formats/githubModels.js';
import { langchain } from './formats/langchain.js';
import { llmTemplate } from './formats/llmTemplate.js';
import { lmsysWildchat } from './formats/lmsysWildchat.js';
import { openaiChat } from './formats/openaiChat.js';
import { openaiResponses } from './formats/openaiResponses.js';
import { plainPrompt } from './formats/plainPrompt.js';
import { poml } from './formats/poml.js';
import { preferencePairs } from './formats/preferencePairs.js';
import { prompty } from './formats/prompty.js';
import { promptfooConfig } from './formats/promptfooConfig.js';
import { promptfooPrompts } from './formats/promptfooPrompts.js';
import { renderedTemplate } from './formats/renderedTemplate.js';
import { sharegpt } from './formats/sharegpt.js';
import { taggedPrompt } from './formats/taggedPrompt.js';
import { taggedText } from './formats/taggedText.js';
import { textTranscript } from './formats/textTranscript.js';
import { ultrachat } from './formats/ultrachat.js';
import type { FileHint, FormatAdapter } from './model.js';

export const FORMATS: readonly FormatAdapter[] = [
  // Its control tokens tell more than the name `.prompt`, which other formats have too.
  renderedTemplate,
  agentInstructions,
  agentPrompt,
  agentSkill,
  prompty,
  dotprompt,
  continuePrompt,
  taggedPrompt,
  poml,
  baml,
  aiderHistory,
  claudeCodeLog,
  codexLog,
  copilotCliLog,
  geminiCliLog,
  copilotChat,
  chatgptExport,
  claudeExport,
  llmLogs,
  inspectLog,
  jsonLines,
  promptfooConfig,
  langchain,
  githubModels,
  llmTemplate,
  promptfooPrompts,
  preferencePairs,
  gemini,
  openaiResponses,
  anthropicMessages,
  lmsysWildchat,
  sharegpt,
  alpaca,
  ultrachat,
  taggedText,
  openaiChat,
  textTranscript,
  plainPrompt,
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
