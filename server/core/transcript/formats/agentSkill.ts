/**
 * Skills (`SKILL.md`): two prompts in one file. The name and the description stand in every request, so that the model
 * can choose; the body is sent once it does.
 */
import { agentBody, impliedTurn } from '../agent/body.js';
import type { AgentFileKind } from '../agent/kinds.js';
import type { ContentPiece, Conversation, FormatAdapter, ParseContext, ParsedTranscript, Problem } from '../model.js';
import type { Settings } from '../prompt/settings.js';

const SKILL: AgentFileKind = { path: /(?:^|\/)SKILL\.md$/, role: 'system', references: 'none' };

/** Skills of an agent that calls one without a name by its folder, and describes it by its first words. */
const UNNAMED = /(?:^|\/)\.claude\/skills\//;

/** Both are required: without them no agent finds the skill. */
function missing(settings: Settings, start: number, path: string): Problem[] {
  if (UNNAMED.test(path)) return [];
  const absent = ['name', 'description'].filter((key) => typeof settings.at(key) !== 'string');
  if (absent.length === 0) return [];
  const message = `A skill needs ${absent.join(' and ')} in its front matter: that is what an agent chooses it by.`;
  return [{ code: 'skill-without-name', severity: 'warning', message, span: { start: 0, end: Math.min(3, start) } }];
}

function* parse(
  text: string,
  { path }: ParseContext = { path: '', branches: 'current' },
): Generator<void, ParsedTranscript> {
  const { settings, start, turn, hidden } = yield* agentBody(text, SKILL);
  const listed: ContentPiece[] = ['name', 'description'].flatMap((key) => settings.piecesAt(key));
  const problems = [...settings.problems, ...missing(settings, start, path)];
  const conversations: Conversation[] = [];
  if (listed.length > 0) {
    const span = { start: 0, end: start };
    conversations.push({
      id: '0',
      title: 'Listed: name and description',
      span,
      turns: [impliedTurn('system', 0, span, listed)],
      parameters: {},
      standing: { when: 'always', note: 'in every request' },
    });
  }
  if (turn.pieces.length > 0 || listed.length > 0) {
    conversations.push({
      id: '1',
      title: 'Loaded: the body',
      span: turn.span,
      turns: [turn],
      parameters: {},
      ...(hidden.length > 0 ? { hidden } : {}),
      standing: { when: 'on-demand', note: 'once the skill is used' },
    });
  }
  return { conversations, problems: conversations.length > 0 ? problems : [] };
}

export const agentSkill: FormatAdapter = {
  id: 'agent-skill',
  title: 'Agent Skill',
  family: 'agent-customisation',
  description: 'A skill of a coding agent: front matter with `name` and `description`, and a Markdown body.',
  files: ['SKILL.md'],
  notes: [
    'Two conversations: the name and the description, which every request carries, and the body, which is sent once the skill is used.',
    'Files that the body links to are read by the agent when it needs them, and are not counted.',
  ],
  sample: 'skills/release-check/SKILL.md',
  writable: false,
  detect: ({ path }) => (SKILL.path.test(path) ? 'name' : null),
  parse,
};
