/** The model that an agent's file names, in the words of the tools that read it. */
import type { Conversation } from '../model.js';
import type { Settings } from '../prompt/settings.js';

/** Words for the model that is chosen elsewhere. */
const CHOSEN_ELSEWHERE = /^(?:inherit|default|auto)$/i;
/** Claude Code's names for the newest model of a size: the newest that the catalogue knows. */
const NEWEST: ReadonlyMap<string, string> = new Map([
  ['sonnet', 'claude-sonnet-4-5'],
  ['opus', 'claude-opus-4-5'],
  ['haiku', 'claude-haiku-4-5'],
]);
/** Who serves it, or how long its context is: `GPT-4.1 (copilot)`, `sonnet[1m]`. */
const REMARK = /\s*(?:\([\w .-]{1,40}\)|\[\w{1,10}\])$/;

/** The model of `model:`; undefined where none is named here. */
export function agentModel(settings: Settings): Conversation['model'] {
  const model = settings.model(['model']);
  if (!model) return undefined;
  const id = model.id.replace(REMARK, '');
  if (CHOSEN_ELSEWHERE.test(id)) return undefined;
  return { id: NEWEST.get(id.toLowerCase()) ?? id, span: model.span };
}
