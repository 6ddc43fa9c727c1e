/** Prompts that a user runs by name in a coding agent: one user turn. */
import { agentTranscript } from '../agent/body.js';
import { kindOf, PROMPT_KINDS, sharedKind } from '../agent/kinds.js';
import type { FormatAdapter } from '../model.js';

export const agentPrompt: FormatAdapter = {
  id: 'agent-prompt',
  title: 'Agent Prompt File',
  family: 'agent-customisation',
  description:
    'Markdown that a user runs as a prompt or a slash command of a coding agent, with or without front matter.',
  files: [
    '*.prompt.md',
    '.claude/commands/*.md',
    '.cursor/commands/*.md',
    '.continue/prompts/*.md',
    '.codex/prompts/*.md',
  ],
  notes: [
    'Commands in other folders are known by their front matter: `allowed-tools` or `argument-hint`.',
    'The body is one user turn; front matter is not sent.',
    'Variables (`${input:name}`, `$ARGUMENTS`) are counted as written.',
    'Files that are linked, and the output of commands, are sent too and are not counted.',
  ],
  sample: 'release-notes.prompt.md',
  writable: false,
  detect: ({ path }, head) => {
    if (kindOf(PROMPT_KINDS, path)) return 'name';
    return sharedKind(path, head)?.role === 'user' ? 'content' : null;
  },
  parse: (text, { path } = { path: '', branches: 'current' }) => {
    const shared = sharedKind(path, text);
    return agentTranscript(text, kindOf(PROMPT_KINDS, path) ?? (shared?.role === 'user' ? shared : PROMPT_KINDS[0]!));
  },
};
