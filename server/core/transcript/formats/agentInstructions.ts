/** Instructions that a coding agent carries in its requests: one system turn, and when it is sent. */
import { agentTranscript } from '../agent/body.js';
import { INSTRUCTION_KINDS, kindOf, sharedKind, type AgentFileKind } from '../agent/kinds.js';
import type { FormatAdapter } from '../model.js';

/** A file that the user chose, whatever its name. */
const CHOSEN: AgentFileKind = {
  path: /^/,
  role: 'system',
  references: 'vscode',
  standing: () => ({ when: 'always', note: 'in every request' }),
};

const systemKind = (kind: AgentFileKind | null): AgentFileKind | null => (kind?.role === 'system' ? kind : null);

export const agentInstructions: FormatAdapter = {
  id: 'agent-instructions',
  title: 'Agent Instructions',
  family: 'agent-customisation',
  description:
    'Markdown that a coding agent carries in its requests, with or without front matter: instructions of a repository, rules, custom agents.',
  files: [
    'AGENTS.md',
    'CLAUDE.md',
    'GEMINI.md',
    'copilot-instructions.md',
    '*.instructions.md',
    '*.agent.md',
    '*.chatmode.md',
    '*.mdc',
    '.claude/agents/*.md',
    '.claude/rules/*.md',
    '.windsurf/rules/*.md',
    '.clinerules/*.md',
    '.continue/rules/*.md',
    '.kiro/steering/*.md',
    '.roo/rules/*.md',
    '.amazonq/rules/*.md',
    '.junie/guidelines.md',
    '.cursorrules',
    'patterns/*/system.md',
    '.goosehints',
  ],
  notes: [
    'Agents and rules in other folders are known by their front matter: `alwaysApply`, or a name and a description with a model or tools.',
    'The body is one system turn; front matter is not sent.',
    'Front matter says when it is sent: `applyTo`, `globs`, `alwaysApply`, `paths` and `trigger` are read.',
    'Files that are linked (`#file:`, links of VS Code, `@path` imports) are sent too and are not counted.',
    '`sonnet`, `opus` and `haiku` are read as the newest of them that the catalogue has; `inherit` names no model.',
    "The agent's own system prompt and tools are not in the file.",
  ],
  sample: 'house-style.instructions.md',
  writable: false,
  detect: ({ path }, head) => {
    if (kindOf(INSTRUCTION_KINDS, path)) return 'name';
    return sharedKind(path, head)?.role === 'system' ? 'content' : null;
  },
  parse: (text, { path } = { path: '', branches: 'current' }) =>
    agentTranscript(text, kindOf(INSTRUCTION_KINDS, path) ?? systemKind(sharedKind(path, text)) ?? CHOSEN),
};
