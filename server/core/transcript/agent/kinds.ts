/** Which Markdown files tools give to their agents, by name: whose turn they are, and when they are sent. */
import type { Role, StandingPrompt } from '../model.js';
import { findFrontMatter } from '../prompt/frontMatter.js';
import { Settings } from '../prompt/settings.js';
import type { ReferenceStyle } from './references.js';

/** Documentation that stands among them is none of them. */
const DOCUMENTATION = /(?:^|\/)(?:[Rr][Ee][Aa][Dd][Mm][Ee]|CHANGELOG|CONTRIBUTING|LICENSE)(?:\.[\w-]+)*\.md$/;

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

/** Kiro: `inclusion`. */
function steeringStanding(settings: Settings): StandingPrompt {
  const inclusion = settings.at('inclusion');
  const globs = globsOf(settings.at('fileMatchPattern'));
  if (inclusion === 'fileMatch' && globs !== '') return matching(globs);
  if (inclusion === 'auto') return { when: 'on-demand', note: 'when its description fits the task' };
  return inclusion === 'manual' ? { when: 'on-demand', note: 'when it is mentioned by name' } : ALWAYS;
}

const agentStanding = onDemand('in every request while this agent is chosen');
/** Fabric: a pattern is the system prompt of what it is used on. */
const patternStanding = onDemand('in every request of this pattern');
const subagentStanding = onDemand('in every request of this subagent');

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
    standing: subagentStanding,
  },
  { path: /(?:^|\/)\.opencode\/agents?\/.+\.md$/, role: 'system', references: 'none', standing: agentStanding },
  { path: /(?:^|\/)(?:GEMINI|QWEN)\.md$/, role: 'system', references: 'gemini', standing: always },
  { path: /(?:^|\/)(?:AGENT|WARP|CRUSH)\.md$/, role: 'system', references: 'none', standing: always },
  { path: /\.mdc$/i, role: 'system', references: 'cursor', standing: ruleStanding },
  {
    path: /(?:^|\/)\.(?:cursorrules|windsurfrules|clinerules|roorules|goosehints|rules)$/,
    role: 'system',
    references: 'none',
    standing: always,
  },
  {
    path: /(?:^|\/)\.(?:windsurf|agents?)\/rules\/.+\.md$/,
    role: 'system',
    references: 'none',
    standing: triggerStanding,
  },
  { path: /(?:^|\/)\.roo\/rules(?:-[\w-]+)?\/.+\.(?:md|txt)$/, role: 'system', references: 'none', standing: always },
  { path: /(?:^|\/)\.kiro\/steering\/.+\.md$/, role: 'system', references: 'none', standing: steeringStanding },
  { path: /(?:^|\/)patterns\/[^/]+\/system\.md$/, role: 'system', references: 'none', standing: patternStanding },
  { path: /(?:^|\/)\.amazonq\/rules\/.+\.md$/, role: 'system', references: 'none', standing: always },
  { path: /(?:^|\/)\.junie\/guidelines\.md$/, role: 'system', references: 'none', standing: always },
  { path: /(?:^|\/)\.clinerules\/.+\.(?:md|txt)$/, role: 'system', references: 'none', standing: pathsStanding },
  { path: /(?:^|\/)\.continue\/rules\/.+\.md$/, role: 'system', references: 'none', standing: continueStanding },
];

/** Prompts that a user runs by name: one user turn. */
export const PROMPT_KINDS: readonly AgentFileKind[] = [
  { path: /\.prompt\.md$/i, role: 'user', references: 'vscode' },
  { path: /(?:^|\/)\.claude\/commands\/.+\.md$/, role: 'user', references: 'claude-command' },
  { path: /(?:^|\/)\.cursor\/commands\/.+\.md$/, role: 'user', references: 'cursor' },
  { path: /(?:^|\/)\.continue\/prompts\/.+\.md$/, role: 'user', references: 'none' },
  { path: /(?:^|\/)\.(?:windsurf|agents?)\/workflows\/.+\.md$/, role: 'user', references: 'none' },
  { path: /(?:^|\/)\.opencode\/commands?\/.+\.md$/, role: 'user', references: 'claude-command' },
  { path: /(?:^|\/)\.codex\/prompts\/.+\.md$/, role: 'user', references: 'none' },
  { path: /(?:^|\/)patterns\/[^/]+\/user\.md$/, role: 'user', references: 'none' },
];

/** The same files where people collect and share them, in folders of any name: known by what their front matter says. */
const SHARED = {
  subagent: { path: /^/, role: 'system', references: 'none', standing: subagentStanding },
  rule: { path: /^/, role: 'system', references: 'cursor', standing: ruleStanding },
  command: { path: /^/, role: 'user', references: 'claude-command' },
} as const satisfies Record<string, AgentFileKind>;

/** Without one of these keys at the start of a line no front matter is that of a shared file: what need not be read. */
const TELLING_KEY = /^(?:allowed-tools|argument-hint|alwaysApply|description)[ \t]*:/m;
/** As agents are called: one word, with hyphens. */
const SLUG = /^[a-z\d]+(?:[-_][a-z\d]+)*$/;

/**
 * The kind of a Markdown file by its front matter: a command has `allowed-tools` or `argument-hint`, a rule
 * `alwaysApply`, a subagent a name in one word, a description, and a model or tools. Null for any other, and for what
 * other programs run (`on`, `layout`).
 */
export function sharedKind(path: string, head: string): (typeof SHARED)[keyof typeof SHARED] | null {
  if (!/\.md$/i.test(path) || DOCUMENTATION.test(path) || !head.startsWith('---')) return null;
  const block = findFrontMatter(head);
  if (!block?.closed || !TELLING_KEY.test(head.slice(block.yaml.start, block.yaml.end))) return null;
  const settings = Settings.of(head, block, 'by-line');
  const has = (key: string): boolean => settings.at(key) !== undefined;
  if (has('on') || has('layout')) return null;
  if (has('allowed-tools') || has('argument-hint')) return SHARED.command;
  if (typeof settings.at('alwaysApply') === 'boolean') return SHARED.rule;
  const name = settings.at('name');
  const isNamed = typeof name === 'string' && SLUG.test(name) && typeof settings.at('description') === 'string';
  return isNamed && (has('model') || has('tools')) ? SHARED.subagent : null;
}

/** The kind of a file by its name; null for a file that is none. */
export const kindOf = (kinds: readonly AgentFileKind[], path: string): AgentFileKind | null =>
  DOCUMENTATION.test(path) ? null : (kinds.find((kind) => kind.path.test(path)) ?? null);
