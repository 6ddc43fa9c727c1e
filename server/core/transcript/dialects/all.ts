/** Every dialect, the most telling first: the first that recognises a value takes it. */
import type { Dialect } from './dialect.js';
import { openaiChat } from './openaiChat.js';

export const DIALECTS: readonly Dialect[] = [openaiChat];
