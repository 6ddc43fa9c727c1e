/** The markup of each family of chat templates: its control tokens, and what they begin and end. */
import type { Role } from '../model.js';
import { roleOf } from '../roles.js';
import type { RenderedBuilder } from './builder.js';
import { addTagged } from './inner.js';
import { tokenPattern, tokensIn, type ControlToken } from './tokens.js';

/** A way to write a conversation with control tokens. */
export interface Grammar {
  /** Kebab-case id, by which counting knows the markup. */
  readonly id: string;
  readonly tokens: readonly string[];
  readonly pattern: RegExp;
  /** Whether the text has this markup; the first grammar that says so reads it. */
  readonly begins: RegExp;
  /** Reads the text before the first control token; text that belongs to no turn where absent. */
  opening?(builder: RenderedBuilder, start: number, end: number): void;
  /** Reads one control token and the text after it, up to `until`. */
  read(builder: RenderedBuilder, token: ControlToken, until: number): void;
  /** The reply as it is written after a turn, its header included. */
  reply(text: string): string;
}

const ROLES: Readonly<Record<string, Role>> = { ipython: 'tool', observation: 'tool', tool_response: 'tool' };
const roleOfWord = (word: string): Role | null => ROLES[word.toLowerCase()] ?? roleOf(word);

/** A header's role, said where it is unknown. */
function headerRole(builder: RenderedBuilder, word: string, start: number): Role {
  const role = roleOfWord(word);
  if (role !== null) return role;
  const message = `Unknown role "${word.slice(0, 40)}": counted as user. Known are system, user, assistant and tool.`;
  builder.problems.push({
    code: 'unknown-role',
    severity: 'warning',
    message,
    span: { start, end: start + word.length },
  });
  return 'user';
}

function beginTurn(builder: RenderedBuilder, start: number, roleStart: number, header: string): void {
  const word = header.trim();
  const at = roleStart + header.indexOf(word);
  builder.begin(headerRole(builder, word, at), word, { start: at, end: at + word.length }, start);
}

/** A header that has no end yet: of a reply about to be written, whatever of its role is typed. */
function beginHalfHeader(builder: RenderedBuilder, token: ControlToken, until: number): void {
  builder.begin('assistant', '', { start: token.start, end: token.start }, token.start);
  builder.special(token.end);
  builder.literal(token.end, until);
}

const BLANK_LINES = /\s*/y;
/** Offset after the blanks at `start`, at most `end`. */
function afterBlanks(text: string, start: number, end: number, pattern = BLANK_LINES): number {
  pattern.lastIndex = start;
  return pattern.test(text) ? Math.min(pattern.lastIndex, end) : start;
}

/** Content of the turn being read, or text that belongs to none. */
function addText(builder: RenderedBuilder, start: number, end: number): void {
  if (builder.isClosed) builder.between(start, end);
  else addTagged(builder, start, end);
}

/** `<|im_start|>role`, a line feed (or `<|im_sep|>`), content, `<|im_end|>`; Gemma's `<start_of_turn>` likewise. */
function lineHeaders(
  id: string,
  open: string,
  close: string,
  begin: readonly string[],
  others: readonly string[],
  model: string,
): Grammar {
  const tokens = [open, close, ...begin, ...others];
  return {
    id,
    tokens,
    pattern: tokenPattern(tokens),
    begins: new RegExp(tokenPattern([open]).source),
    read(builder, token, until) {
      const { text } = builder;
      if (begin.includes(token.token)) {
        builder.prelude();
        return builder.preludeText(text.slice(token.end, until).trim() === '' ? text.slice(token.end, until) : '');
      }
      if (token.token === close) {
        builder.special(token.end);
        builder.close();
        return builder.between(token.end, until);
      }
      if (token.token !== open) {
        // `<|im_sep|>` ends a header, any other token stands in the content.
        builder.special(token.end);
        if (!builder.hasContent) builder.leadEnds();
        return addText(builder, token.end, until);
      }
      const lineEnd = /[\r\n]/.exec(text.slice(token.end, Math.min(until, token.end + 100)));
      const hasSeparator = text.startsWith('<|im_sep|>', until);
      if (!lineEnd && !hasSeparator && until >= text.trimEnd().length) return beginHalfHeader(builder, token, until);
      const word = /^[ \t]*\S{0,40}/.exec(text.slice(token.end, Math.min(until, token.end + 60)))![0];
      // Without a line feed the role is the first word.
      const headerEnd = lineEnd ? token.end + lineEnd.index : hasSeparator ? until : token.end + word.length;
      beginTurn(builder, token.start, token.end, text.slice(token.end, headerEnd));
      builder.special(token.end);
      const contentStart = lineEnd ? headerEnd + (text.startsWith('\r\n', headerEnd) ? 2 : 1) : headerEnd;
      builder.literal(token.end, contentStart);
      if (!hasSeparator) builder.leadEnds();
      addText(builder, contentStart, until);
    },
    reply: (text) => `${open}${model}\n${text}${close}\n`,
  };
}

/** Llama: `<|start_header_id|>role<|end_header_id|>`, two line feeds, content, `<|eot_id|>`. */
function headers(id: string, [open, shut]: readonly [string, string], ends: readonly string[], begin: string): Grammar {
  const python = '<|python_tag|>';
  const tokens = [open, shut, ...ends, begin, python];
  const inHeader = (builder: RenderedBuilder): boolean =>
    builder.role !== null && !builder.isClosed && !builder.hasContent;
  return {
    id,
    tokens,
    pattern: tokenPattern(tokens),
    begins: new RegExp(tokenPattern([open]).source),
    read(builder, token, until) {
      const { text } = builder;
      if (token.token === begin) {
        builder.prelude();
        const rest = text.slice(token.end, until);
        return rest.trim() === '' ? builder.preludeText(rest) : builder.between(token.end, until);
      }
      if (ends.includes(token.token)) {
        builder.special(token.end);
        builder.close();
        return builder.between(token.end, until);
      }
      if (token.token === python) {
        builder.special(token.end);
        return builder.content('toolCall', token.end, until);
      }
      if (token.token === open) {
        if (!text.startsWith(shut, until)) return beginHalfHeader(builder, token, until);
        beginTurn(builder, token.start, token.end, text.slice(token.end, until));
        builder.special(token.end);
        return builder.literal(token.end, until);
      }
      builder.special(token.end);
      const contentStart = inHeader(builder) ? afterBlanks(text, token.end, until, /(?:\r\n|\n){0,2}/y) : token.end;
      builder.literal(token.end, contentStart);
      builder.leadEnds();
      addText(builder, contentStart, until);
    },
    reply: (text) => `${open}assistant${shut}\n\n${text}${ends[0]!}`,
  };
}

/** Phi, Zephyr, GLM: a control token for each role, a line feed, content, an end token. */
function roleTokens(): Grammar {
  const roles = ['<|system|>', '<|user|>', '<|assistant|>', '<|tool|>', '<|observation|>'];
  const ends = ['<|end|>', '<|endoftext|>', '</s>'];
  const begin = ['<s>', '[gMASK]', '<sop>'];
  const tokens = [...roles, ...ends, ...begin];
  return {
    id: 'role-tokens',
    tokens,
    pattern: tokenPattern(tokens),
    begins: /<\|(?:system|user|assistant)\|>/,
    read(builder, token, until) {
      const { text } = builder;
      if (begin.includes(token.token)) {
        builder.prelude();
        const rest = text.slice(token.end, until);
        return rest.trim() === '' ? builder.preludeText(rest) : builder.between(token.end, until);
      }
      if (ends.includes(token.token)) {
        builder.special(token.end);
        builder.close();
        return builder.between(token.end, until);
      }
      beginTurn(builder, token.start, token.start + 2, token.token.slice(2, -2));
      builder.special(token.end);
      const contentStart = afterBlanks(text, token.end, until, /(?:\r\n|\n)?/y);
      builder.literal(token.end, contentStart);
      builder.leadEnds();
      addText(builder, contentStart, until);
    },
    reply: (text) => `<|assistant|>\n${text}<|end|>\n`,
  };
}

/** DeepSeek: system prompts first, `<｜User｜>`, `<｜Assistant｜>`, and tokens for tools. */
function deepseek(): Grammar {
  const end = '<｜end▁of▁sentence｜>';
  const begin = '<｜begin▁of▁sentence｜>';
  const calls = ['<｜tool▁calls▁begin｜>', '<｜tool▁call▁begin｜>', '<｜tool▁sep｜>'];
  const callEnds = ['<｜tool▁call▁end｜>', '<｜tool▁calls▁end｜>'];
  const outputs = '<｜tool▁outputs▁begin｜>';
  const output = ['<｜tool▁output▁begin｜>', '<｜tool▁output▁end｜>', '<｜tool▁outputs▁end｜>'];
  const tokens = ['<｜User｜>', '<｜Assistant｜>', end, begin, ...calls, ...callEnds, outputs, ...output];
  return {
    id: 'deepseek',
    tokens,
    pattern: tokenPattern(tokens),
    begins: /<｜(?:begin▁of▁sentence|User|Assistant)｜>/,
    read(builder, { token, start, end: after }, until) {
      const { text } = builder;
      if (token === begin) {
        builder.prelude();
        if (text.slice(after, until).trim() === '') return builder.preludeText(text.slice(after, until));
        // What stands before the first user is the system prompt.
        builder.begin('system', '', { start: after, end: after }, start);
        return builder.content('text', after, until);
      }
      if (token === end || token === '<｜tool▁outputs▁end｜>') {
        builder.special(after);
        builder.close();
        if (text.slice(after, until).trim() === '') return builder.between(after, until);
        // An answer to tools, and a second reply, have no token of their own.
        builder.begin('assistant', '', { start: after, end: after }, after);
        builder.leadEnds();
        return addText(builder, after, until);
      }
      if (token === '<｜User｜>' || token === '<｜Assistant｜>') {
        beginTurn(builder, start, start + 2, token.slice(2, -2));
        builder.special(after);
        builder.leadEnds();
        return addText(builder, after, until);
      }
      if (token === outputs) builder.begin('tool', '', { start, end: start }, start);
      builder.special(after);
      const isBlank = text.slice(after, until).trim() === '';
      if (isBlank || callEnds.includes(token)) return builder.literal(after, until);
      if (builder.isClosed) return builder.between(after, until);
      builder.content(builder.role === 'tool' ? 'toolResult' : 'toolCall', after, until);
    },
    reply: (text) => `<｜Assistant｜>${text}${end}`,
  };
}

/**
 * Mistral and Llama 2: `[INST]` around what users say, replies up to `</s>`. `<<SYS>>` is text to every vocabulary, and
 * where it stands so are the brackets.
 */
function brackets(id: 'mistral' | 'llama-2'): Grammar {
  const own = id === 'llama-2' ? ['<<SYS>>', '<</SYS>>'] : [];
  const pairs: readonly (readonly [open: string, close: string, role: Role])[] = [
    ['[SYSTEM_PROMPT]', '[/SYSTEM_PROMPT]', 'system'],
    ['[TOOL_RESULTS]', '[/TOOL_RESULTS]', 'tool'],
  ];
  const inner = ['[TOOL_CALLS]', '[ARGS]', '[CALL_ID]', '[THINK]', '[/THINK]', '[TOOL_CONTENT]'];
  const tokens = [
    ...['<s>', '</s>', '[INST]', '[/INST]', '[AVAILABLE_TOOLS]', '[/AVAILABLE_TOOLS]'],
    ...pairs.flatMap(([open, close]) => [open, close]),
    ...inner,
    ...own,
  ];
  const isText = (token: string): boolean => id === 'llama-2' && token !== '<s>' && token !== '</s>';
  const add = (builder: RenderedBuilder, { token, start, end }: ControlToken): void =>
    isText(token) ? builder.literal(start, end) : builder.special(end);
  /** Content with the blank on either side that the markup has. */
  const padded = (
    builder: RenderedBuilder,
    kind: Parameters<RenderedBuilder['content']>[0],
    from: number,
    to: number,
  ): void => {
    const start = afterBlanks(builder.text, from, to);
    const stop = start + builder.text.slice(start, to).trimEnd().length;
    builder.literal(from, start);
    builder.content(kind, start, stop);
    builder.literal(stop, to);
  };
  /** What follows a user's text, or a reply, without a mark of its own is the assistant's. */
  const replyFrom = (builder: RenderedBuilder, start: number, end: number): void => {
    if (builder.text.slice(start, end).trim() === '') return builder.between(start, end);
    const at = afterBlanks(builder.text, start, end);
    builder.begin('assistant', '', { start: at, end: at }, start);
    builder.leadEnds();
    padded(builder, 'text', start, end);
  };
  return {
    id,
    tokens,
    pattern: tokenPattern(tokens),
    begins: id === 'llama-2' ? /\[INST\]\s{0,4}<<SYS>>/ : /\[INST\]|\[SYSTEM_PROMPT\]/,
    read(builder, control, until) {
      const { text } = builder;
      const { token, start, end } = control;
      const pair = pairs.find(([open]) => open === token);
      const roleSpan = { start: start + 1, end: end - 1 };
      if (token === '<s>') {
        builder.prelude();
        const rest = text.slice(end, until);
        return rest.trim() === '' ? builder.preludeText(rest) : builder.between(end, until);
      }
      if (token === '[INST]') {
        builder.begin('user', 'INST', roleSpan, start);
        add(builder, control);
        return padded(builder, 'text', end, until);
      }
      if (pair) {
        builder.begin(pair[2], token.slice(1, -1), roleSpan, start);
        add(builder, control);
        return padded(builder, pair[2] === 'tool' ? 'toolResult' : 'text', end, until);
      }
      if (token === '<<SYS>>') {
        if (!builder.hasContent) builder.setRole('system');
        add(builder, control);
        return padded(builder, 'text', end, until);
      }
      if (token === '<</SYS>>') {
        const contentStart = afterBlanks(text, end, until);
        add(builder, control);
        builder.close();
        builder.literal(end, contentStart);
        builder.begin('user', '', { start: contentStart, end: contentStart }, contentStart);
        return padded(builder, 'text', contentStart, until);
      }
      if (token === '[AVAILABLE_TOOLS]') {
        builder.prelude();
        const from = afterBlanks(text, end, until);
        const stop = from + text.slice(from, until).trimEnd().length;
        if (stop > from)
          builder.tools = { kind: 'text', spans: [{ start: from, end: stop }], text: text.slice(from, stop) };
        return;
      }
      if (token === '[/AVAILABLE_TOOLS]') {
        builder.prelude();
        return builder.preludeText(text.slice(end, until).trim() === '' ? text.slice(end, until) : '');
      }
      if (inner.includes(token)) {
        if (builder.isClosed || (builder.role !== 'assistant' && token === '[TOOL_CALLS]')) {
          builder.begin(
            'assistant',
            token === '[TOOL_CALLS]' ? 'TOOL_CALLS' : '',
            token === '[TOOL_CALLS]' ? roleSpan : { start, end: start },
            start,
          );
          builder.leadEnds();
        }
        add(builder, control);
        const kind = token === '[THINK]' ? 'thinking' : token === '[/THINK]' ? 'text' : 'toolCall';
        return padded(builder, builder.role === 'tool' ? 'toolResult' : kind, end, until);
      }
      // An end: of a reply, of what a user says, of a system prompt or a tool's result.
      if (builder.isClosed) builder.prelude();
      else {
        add(builder, control);
        builder.close();
      }
      if (token === '[/SYSTEM_PROMPT]') return builder.between(end, until);
      replyFrom(builder, end, until);
    },
    reply: (text) => ` ${text}</s>`,
  };
}

/** gpt-oss: `<|start|>role<|channel|>name<|message|>content<|end|>`; a reply is all messages up to the next role. */
function harmony(): Grammar {
  const ends = ['<|end|>', '<|return|>', '<|call|>'];
  const tokens = ['<|start|>', '<|channel|>', '<|constrain|>', '<|message|>', ...ends];
  /** The channel, and the recipient, that the header being read names. */
  const state = new WeakMap<RenderedBuilder, { header: string; final: boolean }>();
  return {
    id: 'harmony',
    tokens,
    pattern: tokenPattern(tokens),
    begins: /<\|start\|>(?:system|developer|user|assistant)\b/,
    read(builder, { token, start, end }, until) {
      const { text } = builder;
      const own = state.get(builder) ?? { header: '', final: false };
      state.set(builder, own);
      if (token === '<|start|>') {
        const header = text.slice(end, until);
        own.header = header;
        if (!/^<\|(?:channel|message|constrain)\|>/.test(text.slice(until, until + 13))) {
          // Half typed: the reply is about to be written, or goes on.
          return beginHalfHeader(builder, { token, start, end }, until);
        }
        const word = /^[\w.-]*/.exec(header)![0];
        const goesOn = word === 'assistant' && builder.role === 'assistant' && !own.final;
        if (goesOn) builder.reopen();
        else {
          const role =
            roleOfWord(word) ?? (/[.]|\bto=assistant/.test(header) ? 'tool' : headerRole(builder, word, end));
          builder.begin(role, word, { start: end, end: end + word.length }, start);
        }
        builder.special(end);
        builder.literal(end, until);
        if (!goesOn) builder.leadEnds();
        own.final = false;
        return;
      }
      if (ends.includes(token)) {
        builder.special(end);
        builder.close();
        return builder.between(end, until);
      }
      builder.special(end);
      if (token !== '<|message|>') {
        own.header += ` ${text.slice(end, until)}`;
        if (/\bfinal\b/.test(own.header)) own.final = true;
        return builder.literal(end, until);
      }
      if (builder.isClosed) return builder.between(end, until);
      if (builder.role === 'tool') return builder.content('toolResult', end, until);
      const isCall = builder.role === 'assistant' && /\bto=/.test(own.header);
      builder.content(isCall ? 'toolCall' : /\banalysis\b/.test(own.header) ? 'thinking' : 'text', end, until);
    },
    reply: (text) => `<|start|>assistant<|channel|>final<|message|>${text}<|return|>`,
  };
}

/**
 * Vicuna: a system prompt without a mark, `USER:` and `ASSISTANT:` as plain text, `</s>` after each reply. The names
 * alone are those of any transcript with line labels: only the end token after a reply tells this markup.
 */
function vicuna(): Grammar {
  const end = '</s>';
  const role = /^(?:USER|ASSISTANT):$/;
  /** Content without the blanks that part it from the names around it. */
  const addTrimmed = (builder: RenderedBuilder, from: number, to: number): void => {
    const start = afterBlanks(builder.text, from, to);
    const stop = start + builder.text.slice(start, to).trimEnd().length;
    builder.literal(from, start);
    builder.leadEnds();
    addText(builder, start, stop);
    builder.literal(stop, to);
  };
  return {
    id: 'vicuna',
    tokens: ['USER:', 'ASSISTANT:', end],
    pattern: /(?<=^|\s|<\/s>)(?:USER|ASSISTANT):|<\/s>/g,
    begins: /(?<=^|\s)USER:(?=[^]*?\sASSISTANT:[^]*?<\/s>)/,
    opening(builder, start, until) {
      const at = afterBlanks(builder.text, start, until);
      if (at === until) return builder.between(start, until);
      builder.begin('system', '', { start: at, end: at }, at);
      addTrimmed(builder, at, until);
    },
    read(builder, { token, start, end: after }, until) {
      if (role.test(token)) {
        beginTurn(builder, start, start, token.slice(0, -1));
        builder.literal(start, after);
        return addTrimmed(builder, after, until);
      }
      builder.special(after);
      builder.close();
      builder.between(after, until);
    },
    reply: (text) => ` ASSISTANT: ${text}${end}`,
  };
}

/** Every markup, in the order in which texts are held against them. */
export const GRAMMARS: readonly Grammar[] = [
  lineHeaders(
    'chatml',
    '<|im_start|>',
    '<|im_end|>',
    ['<|endoftext|>', '<|begin_of_text|>'],
    ['<|im_sep|>'],
    'assistant',
  ),
  headers('llama-3', ['<|start_header_id|>', '<|end_header_id|>'], ['<|eot_id|>', '<|eom_id|>'], '<|begin_of_text|>'),
  headers('llama-4', ['<|header_start|>', '<|header_end|>'], ['<|eot|>', '<|eom|>'], '<|begin_of_text|>'),
  harmony(),
  lineHeaders('gemma', '<start_of_turn>', '<end_of_turn>', ['<bos>'], [], 'model'),
  deepseek(),
  roleTokens(),
  brackets('llama-2'),
  brackets('mistral'),
  vicuna(),
];

/** Roles that a text's markup names, by grammar, for detection. */
export function* rolesIn(grammar: Grammar, text: string): Generator<string, void> {
  for (const { token, end } of tokensIn(text, grammar.pattern, 0, text.length)) {
    if (/^(?:<\|im_start\|>|<start_of_turn>|<\|start_header_id\|>|<\|header_start\|>|<\|start\|>)$/.test(token)) {
      const word = /^[A-Za-z]+/.exec(text.slice(end, end + 40))?.[0] ?? '';
      if (roleOfWord(word) !== null) yield roleOfWord(word)!;
    } else if (/^<[|｜](?:system|user|assistant|tool|observation|User|Assistant)[|｜]>$/.test(token)) {
      yield roleOfWord(token.slice(2, -2).toLowerCase())!;
    } else if (token === '[INST]') yield 'user';
    else if (token === '[/INST]' || token === '[TOOL_CALLS]') yield 'assistant';
    else if (token === '[SYSTEM_PROMPT]') yield 'system';
    else if (token === '[TOOL_RESULTS]') yield 'tool';
    else if (token === 'USER:') yield 'user';
    else if (token === 'ASSISTANT:') yield 'assistant';
  }
}
