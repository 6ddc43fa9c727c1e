/** OpenAI chat JSON: a bare array of messages, or a request that holds one. */
import { chatConversation, holdsChat } from '../chatMessages.js';
import { insertMessage, shiftProblem, updateMessage } from '../jsonEdits.js';
import { readJson, readJsonNow } from '../jsonTree.js';
import type { FormatAdapter, ParsedTranscript } from '../model.js';

const NAMES = /\.jsonc?$/i;

export const openaiChat: FormatAdapter = {
  id: 'openai-chat',
  title: 'OpenAI Chat JSON',
  description:
    'A JSON file with an array of chat messages (`role`, `content`), bare or in a request with `messages`, `model`, `tools` and `max_tokens`.',
  writable: true,

  detect(hint, head) {
    if (!/^\s*(?:[[{]|\/[/*])/.test(head) || !/"role"\s*:/.test(head)) return null;
    const named = NAMES.test(hint.path) || hint.languageId === 'json' || hint.languageId === 'jsonc';
    const untyped = hint.path === '' || hint.languageId === undefined || hint.languageId === 'plaintext';
    if (!named && !untyped) return null;
    return holdsChat(head, readJsonNow(head).roots[0]) ? 'content' : null;
  },

  *parse(text) {
    const { roots, problems } = yield* readJson(text);
    const parsed = roots[0] && chatConversation(text, roots[0], '0');
    if (!parsed) return { conversations: [], problems };
    return { conversations: [parsed.conversation], problems: [...problems, ...parsed.problems] };
  },

  update(before, text, edit): ParsedTranscript | null {
    const [conversation] = before.conversations;
    if (!conversation || before.problems.some(({ code }) => code === 'json-syntax')) return null;
    const updated = updateMessage(conversation, text, edit);
    if (!updated) return null;
    const touched = updated.turns.find((turn) => turn.span.start < edit.start && edit.newEnd < turn.span.end);
    const by = edit.newEnd - edit.oldEnd;
    const problems = before.problems.filter(
      ({ span }) => !touched || span.start < touched.span.start || span.start >= touched.span.end - by,
    );
    return {
      conversations: [updated],
      problems: by === 0 ? problems : problems.map((problem) => shiftProblem(problem, edit.oldEnd, by)),
    };
  },

  insertReply: (text, conversation, turnIndex, reply) => {
    const turn = conversation.turns[turnIndex];
    return turn ? insertMessage(text, turn, reply) : null;
  },
};
