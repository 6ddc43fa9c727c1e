/** Which Markdown files tools give to their agents, by name: whose turn they are, and when they are sent. */
import type { Role, StandingPrompt } from '../model.js';
import type { Settings } from '../prompt/settings.js';
import type { ReferenceStyle } from './references.js';

export interface AgentFileKind {
  /** Of the path, with forward slashes. */
  readonly path: RegExp;
  readonly role: Role;
  readonly references: ReferenceStyle;
  /** Whether comments of HTML on lines of their own are taken out before it is sent. */
  readonly dropsComments?: boolean;
  /** Of a prompt that many requests carry; absent for one that a user sends once. */
  readonly standing?: (settings: Settings) => StandingPrompt;
}

const ALWAYS: StandingPrompt = { when: 'always', note: 'in every request' };
const always = (): StandingPrompt => ALWAYS;
const onDemand = (note: string) => (): StandingPrompt => ({ when: 'on-demand', note });
const matching = (globs: string): StandingPrompt => ({
  when: 'matching',
  note: `where ${globs.slice(0, 200)} files are in context`,
});

/** File patterns as settings give them: a list, or one text with commas. Empty for none. */
function globsOf(value: unknown): string {
  const list = Array.isArray(value) ? value : [value];
  return list
    .filter((each): each is string => typeof each === 'string' && each.trim() !== '')
    .map((each) => each.trim())
    .join(', ');
}

/** VS Code: `applyTo`; without it the file is attached by hand or by its description. */
function instructionsStanding(settings: Settings): StandingPrompt {
  const globs = globsOf(settings.at('applyTo'));
  if (globs === '') return { when: 'on-demand', note: 'when it is attached, or its description fits the task' };
  return globs === '**' || globs === '**/*' || globs === '*' ? ALWAYS : matching(globs);
}

/** Cursor and Continue: `alwaysApply`, then `globs`, then `description`. */
function ruleStanding(settings: Settings): StandingPrompt {
  if (settings.at('alwaysApply') === true) return ALWAYS;
  const globs = globsOf(settings.at('globs'));
  if (globs !== '') return matching(globs);
  const described = typeof settings.at('description') === 'string';
  return { when: 'on-demand', note: described ? 'when its description fits the task' : 'when it is mentioned by name' };
}

/** Continue's rules apply to all requests unless they say otherwise. */
const continueStanding = (settings: Settings): StandingPrompt =>
  settings.at('alwaysApply') === false || settings.at('globs') !== undefined ? ruleStanding(settings) : ALWAYS;

/** Windsurf: `trigger`. */
function triggerStanding(settings: Settings): StandingPrompt {
  const trigger = settings.at('trigger');
  const globs = globsOf(settings.at('globs'));
  if (trigger === 'glob' && globs !== '') return matching(globs);
  if (trigger === 'model_decision') return { when: 'on-demand', note: 'when its description fits the task' };
  return trigger === 'manual' ? { when: 'on-demand', note: 'when it is mentioned by name' } : ALWAYS;
}

/** Cline and Claude Code: `paths`. */
function pathsStanding(settings: Settings): StandingPrompt {
  const globs = globsOf(settings.at('paths'));
  return globs === '' ? ALWAYS : matching(globs);
}

const agentStanding = onDemand('in every request while this agent is chosen');

/** First match wins. Without one a file that the user chose is read as instructions that are always sent. */
export const INSTRUCTION_KINDS: readonly AgentFileKind[] = [
  { path: /\.instructions\.md$/i, role: 'system', references: 'vscode', standing: instructionsStanding },
  { path: /\.(?:agent|chatmode)\.md$/i, role: 'system', references: 'vscode', standing: agentStanding },
  { path: /(?:^|\/)\.github\/agents\/[^/]+\.md$/i, role: 'system', references: 'vscode', standing: agentStanding },
  { path: /(?:^|\/)copilot-instructions\.md$/, role: 'system', references: 'vscode', standing: always },
  { path: /(?:^|\/)AGENTS(?:\.override)?\.md$/, role: 'system', references: 'none', standing: always },
  {
    path: /(?:^|\/)CLAUDE(?:\.local)?\.md$/,
    role: 'system',
    references: 'claude',
    dropsComments: true,
    standing: always,
  },
  { path: /(?:^|\/)\.claude\/rules\/.+\.md$/, role: 'system', references: 'claude', standing: pathsStanding },
  {
    path: /(?:^|\/)\.claude\/agents\/.+\.md$/,
    role: 'system',
    references: 'none',
    standing: onDemand('in every request of this subagent'),
  },
  { path: /(?:^|\/)GEMINI\.md$/, role: 'system', references: 'gemini', standing: always },
  { path: /\.mdc$/i, role: 'system', references: 'cursor', standing: ruleStanding },
  { path: /(?:^|\/)\.(?:cursorrules|windsurfrules|clinerules)$/, role: 'system', references: 'none', standing: always },
  { path: /(?:^|\/)\.windsurf\/rules\/.+\.md$/, role: 'system', references: 'none', standing: triggerStanding },
  { path: /(?:^|\/)\.clinerules\/.+\.(?:md|txt)$/, role: 'system', references: 'none', standing: pathsStanding },
  { path: /(?:^|\/)\.continue\/rules\/.+\.md$/, role: 'system', references: 'none', standing: continueStanding },
];

/** Prompts that a user runs by name: one user turn. */
export const PROMPT_KINDS: readonly AgentFileKind[] = [
  { path: /\.prompt\.md$/i, role: 'user', references: 'vscode' },
  { path: /(?:^|\/)\.claude\/commands\/.+\.md$/, role: 'user', references: 'claude-command' },
  { path: /(?:^|\/)\.cursor\/commands\/.+\.md$/, role: 'user', references: 'cursor' },
  { path: /(?:^|\/)\.continue\/prompts\/.+\.md$/, role: 'user', references: 'none' },
  { path: /(?:^|\/)\.windsurf\/workflows\/.+\.md$/, role: 'user', references: 'none' },
];

/** Documentation that stands among them is none of them. */
const DOCUMENTATION = /(?:^|\/)(?:README|CHANGELOG|CONTRIBUTING|LICENSE)(?:\.[\w-]+)*\.md$/i;

/** The kind of a file by its name; null for a file that is none. */
export const kindOf = (kinds: readonly AgentFileKind[], path: string): AgentFileKind | null =>
  DOCUMENTATION.test(path) ? null : (kinds.find((kind) => kind.path.test(path)) ?? null);
