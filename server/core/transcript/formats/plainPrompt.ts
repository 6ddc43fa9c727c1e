/**
 * Any text as one user turn: all of it, as it stands. Never detected, only chosen. It has no place for a reply, which
 * would be one more text.
 */
import type { FormatAdapter, ParsedTranscript } from '../model.js';

function transcriptOf(text: string): ParsedTranscript {
  if (text.trim() === '') return { conversations: [], problems: [] };
  const span = { start: 0, end: text.length };
  const turn = {
    index: 0,
    role: 'user' as const,
    roleRaw: '',
    span,
    roleSpan: { start: 0, end: 0 },
    pieces: [{ kind: 'text' as const, spans: [span], text }],
  };
  return { conversations: [{ id: '0', span, turns: [turn], parameters: {} }], problems: [] };
}

export const plainPrompt: FormatAdapter = {
  id: 'plain-prompt',
  title: 'One User Turn (Whole Text)',
  family: 'text',
  description: 'Any text at all, read as one prompt: a user turn that holds the whole of it.',
  files: [],
  notes: ['Never detected: choose it by Treat as Transcript, or by `--format plain-prompt`.'],
  sample: 'one-prompt.txt',
  writable: false,
  detect: () => null,
  *parse(text) {
    yield;
    return transcriptOf(text);
  },
  update: (_before, text) => transcriptOf(text.toString()),
};
