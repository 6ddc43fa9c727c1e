/** Every dialect, the most telling first: the first that recognises a value takes it. */
import { alpaca } from './alpaca.js';
import { anthropicMessages } from './anthropicMessages.js';
import { lmsysWildchat } from './lmsysWildchat.js';
import type { Dialect } from './dialect.js';
import { gemini } from './gemini.js';
import { openaiChat } from './openaiChat.js';
import { openaiResponses } from './openaiResponses.js';
import { preferencePairs } from './preferencePairs.js';
import { sharegpt } from './sharegpt.js';
import { taggedText } from './taggedText.js';
import { ultrachat } from './ultrachat.js';

export const DIALECTS: readonly Dialect[] = [
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
];
