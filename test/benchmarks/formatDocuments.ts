/**
 * A document of each format in any length, as people have them: the metadata that its program writes, texts as long as
 * those of chats, every event on the branch that is shown. Texts are documentation and code from the packages that the
 * project is developed with, each stretch once as long as there are any.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { root } from './languageServer.js';
import { seeded } from './transcripts.js';

/** How long the texts of a document are: as those of chats, or a few letters, for very many turns. */
export type TextLengths = 'usual' | 'tiny';

/** Longest and shortest text of a kind in code units, the longest being rare. */
const LENGTHS = {
  question: [30, 900],
  answer: [200, 3500],
  /** What a tool returned, or a file that was read. */
  output: [100, 9000],
} as const;

type Kind = keyof typeof LENGTHS;

let stream: string | undefined;

/** Documentation and code, file by file. */
function allTexts(): string {
  if (stream !== undefined) return stream;
  const modules = path.join(root, 'node_modules');
  const files = fs
    .readdirSync(modules, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:md|js|ts)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => fs.statSync(file).size > 3000 && fs.statSync(file).size < 200_000)
    .sort();
  const contents = new Set(files.map((file) => fs.readFileSync(file, 'utf8')));
  // Nothing in them means anything to a format of text.
  stream = [...contents].join('\n').replaceAll(/[<>{}]|\r|^---$/gm, ' ');
  return stream;
}

/** Texts one after another, and the small values around them. The same ones every time. */
class Texts {
  readonly #random = seeded(23);
  readonly #all = allTexts();
  #at = 0;
  #ids = 0;

  constructor(private readonly lengths: TextLengths) {}

  #take(length: number): string {
    if (this.#at + length > this.#all.length) this.#at = 0;
    const text = this.#all.slice(this.#at, this.#at + length);
    this.#at += length;
    return text.trim() || 'x';
  }

  of(kind: Kind): string {
    const [least, most] = this.lengths === 'tiny' ? [1, 6] : LENGTHS[kind];
    return this.#take(Math.floor(least + (most - least) * this.#random() ** 2));
  }

  question = (): string => this.of('question');
  answer = (): string => this.of('answer');
  output = (): string => this.of('output');

  /** A text on one line. */
  line = (kind: Kind): string => this.of(kind).replaceAll(/\s+/g, ' ');

  id(): string {
    const hex = (length: number): string =>
      Array.from({ length }, () => Math.floor(this.#random() * 16).toString(16)).join('');
    return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${(this.#ids++).toString(16).padStart(12, '0')}`;
  }

  /** Letters as of Base64: signatures, what is encrypted. */
  sealed(length: number): string {
    return Buffer.from(this.#take(this.lengths === 'tiny' ? 3 : length)).toString('base64');
  }

  /** A whole number from `least` to `most`. */
  number = (least: number, most: number): number => Math.floor(least + this.#random() * (most - least + 1));
}

/** Parts until they are `length` long. */
function until(length: number, part: (at: number) => string | readonly string[], between = ''): string {
  const parts: string[] = [];
  for (let size = 0, at = 0; size < length; at++) {
    for (const each of [part(at)].flat()) {
      parts.push(each);
      size += each.length + between.length;
    }
  }
  return parts.join(between);
}

const indented = (text: string, by: string): string => text.replaceAll(/^(?=.)/gm, by);
const pretty = (value: unknown, by = 2): string => JSON.stringify(value, null, by);

/** A list in JSON; `indent` as the program that writes it has it, 0 for all on one line. */
function list(length: number, element: (at: number) => unknown, indent = 0): string {
  const write = (at: number): string =>
    indent === 0 ? JSON.stringify(element(at)) : indented(pretty(element(at), indent), ' '.repeat(indent));
  return indent === 0 ? `[${until(length, write, ',')}]` : `[\n${until(length, write, ',\n')}\n]`;
}

/** A request by hand: its settings, and a list of messages. */
const request = (length: number, settings: object, key: string, element: (at: number) => unknown): string =>
  `{${pretty(settings).slice(1, -2)},\n  "${key}": ${indented(list(length, element, 2), '  ').trimStart()}\n}\n`;

const times = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

type Shape = (texts: Texts, length: number) => string;

const TIME = '2025-07-01T10:00:00.000Z';

/** One conversation of ChatGPT's export, which has each message in a node with its metadata. */
function chatgptConversation(texts: Texts): unknown {
  const mapping: Record<string, unknown> = {};
  let parent: string | null = null;
  const ids = times(texts.number(4, 40), () => texts.id());
  ids.forEach((id, at) => {
    const isReply = at % 2 === 1;
    const metadata = isReply
      ? {
          finish_details: { type: 'stop', stop_tokens: [200002] },
          is_complete: true,
          citations: [],
          content_references: [],
          message_type: 'next',
          model_slug: 'gpt-4o',
          default_model_slug: 'auto',
          parent_id: parent,
          request_id: texts.id(),
          timestamp_: 'absolute',
          gizmo_id: null,
        }
      : { serialization_metadata: { custom_symbol_offsets: [] }, request_id: texts.id(), timestamp_: 'absolute' };
    const message = {
      id,
      author: { role: isReply ? 'assistant' : 'user', name: null, metadata: {} },
      create_time: 1718000000.123456 + at,
      update_time: null,
      content: { content_type: 'text', parts: [isReply ? texts.answer() : texts.question()] },
      status: 'finished_successfully',
      end_turn: isReply ? true : null,
      weight: 1,
      metadata,
      recipient: 'all',
      channel: null,
    };
    mapping[id] = { id, message, parent, children: ids.slice(at + 1, at + 2) };
    parent = id;
  });
  const id = texts.id();
  return {
    title: texts.line('question').slice(0, 40),
    create_time: 1718000000.5,
    update_time: 1718000900.5,
    mapping,
    moderation_results: [],
    current_node: parent,
    plugin_ids: null,
    conversation_id: id,
    conversation_template_id: null,
    gizmo_id: null,
    is_archived: false,
    safe_urls: [],
    default_model_slug: 'gpt-4o',
    id,
  };
}

/** Claude's export has each text twice. */
function claudeMessage(texts: Texts, at: number): unknown {
  const text = at % 2 === 0 ? texts.question() : texts.answer();
  const attachment = { file_name: 'notes.txt', file_size: 2000, file_type: 'txt', extracted_content: '' };
  const attachments = at % 8 === 0 ? [{ ...attachment, extracted_content: texts.output() }] : [];
  return {
    uuid: texts.id(),
    text,
    content: [{ start_timestamp: TIME, stop_timestamp: TIME, flags: null, type: 'text', text, citations: [] }],
    sender: at % 2 === 0 ? 'human' : 'assistant',
    created_at: TIME,
    updated_at: TIME,
    attachments,
    files: [],
  };
}

/** Some events of a Claude Code session: a prompt, thinking, calls of tools and what they returned, a reply. */
function claudeCodeEvents(texts: Texts, session: string, last: { id: string | null }): string[] {
  const event = (type: string, message: unknown, more: object = {}): string => {
    const uuid = texts.id();
    const head = { parentUuid: last.id, isSidechain: false, userType: 'external', cwd: '/home/ada/work/tide' };
    last.id = uuid;
    const where = { sessionId: session, version: '1.0.83', gitBranch: 'main', type, message };
    return JSON.stringify({ ...head, ...where, ...more, uuid, timestamp: TIME });
  };
  const reply = (block: unknown): string => {
    const usage = {
      input_tokens: 4,
      cache_creation_input_tokens: texts.number(100, 4000),
      cache_read_input_tokens: texts.number(10_000, 90_000),
      cache_creation: { ephemeral_5m_input_tokens: 400, ephemeral_1h_input_tokens: 0 },
      output_tokens: texts.number(1, 900),
      service_tier: 'standard',
    };
    const head = { id: texts.id(), type: 'message', role: 'assistant', model: 'claude-sonnet-4-20250514' };
    const message = { ...head, content: [block], stop_reason: null, stop_sequence: null, usage };
    return event('assistant', message, { requestId: texts.id() });
  };
  const tool = (): string[] => {
    const id = texts.id();
    const content = texts.output();
    const input = { file_path: '/home/ada/work/tide/parse.py' };
    const file = { filePath: input.file_path, content, numLines: 60, startLine: 1, totalLines: 60 };
    const block = { tool_use_id: id, type: 'tool_result', content };
    return [
      reply({ type: 'tool_use', id, name: 'Read', input }),
      event('user', { role: 'user', content: [block] }, { toolUseResult: { type: 'text', file } }),
    ];
  };
  return [
    event('user', { role: 'user', content: texts.question() }),
    reply({ type: 'thinking', thinking: texts.question(), signature: texts.sealed(300) }),
    ...times(texts.number(1, 6), tool).flat(),
    reply({ type: 'text', text: texts.answer() }),
  ];
}

/** Codex writes what is said as an item and as a message, and the counts after each request. */
function codexEvents(texts: Texts): string[] {
  const line = (type: string, payload: unknown): string => JSON.stringify({ timestamp: TIME, type, payload });
  const usage = {
    input_tokens: 21_000,
    cached_input_tokens: 20_480,
    output_tokens: 61,
    reasoning_output_tokens: 0,
    total_tokens: 21_061,
  };
  const limits = { used_percent: 1.5, window_minutes: 299, resets_in_seconds: 9000 };
  const counts = (): string =>
    line('event_msg', {
      type: 'token_count',
      info: { total_token_usage: usage, last_token_usage: usage, model_context_window: 272_000 },
      rate_limits: { primary: limits, secondary: limits },
    });
  const message = (role: string, type: string, text: string): string =>
    line('response_item', { type: 'message', role, content: [{ type, text }] });
  const tool = (): string[] => {
    const call_id = texts.id();
    const call = { command: ['bash', '-lc', `rg -n "${texts.number(1, 999)}" src`], workdir: '/home/ada/work/ring' };
    const summary = [{ type: 'summary_text', text: '**Looking at the ring**' }];
    const output = JSON.stringify({ output: texts.output(), metadata: { exit_code: 0, duration_seconds: 0.1 } });
    return [
      line('response_item', { type: 'reasoning', summary, content: null, encrypted_content: texts.sealed(900) }),
      line('response_item', { type: 'function_call', name: 'shell', arguments: JSON.stringify(call), call_id }),
      counts(),
      line('response_item', { type: 'function_call_output', call_id, output }),
    ];
  };
  const [question, answer] = [texts.question(), texts.answer()];
  const policy = { approval_policy: 'on-request', sandbox_policy: { mode: 'workspace-write' } };
  return [
    message('user', 'input_text', question),
    line('event_msg', { type: 'user_message', message: question, kind: 'plain' }),
    line('turn_context', { cwd: '/home/ada/work/ring', ...policy, model: 'gpt-5-codex', effort: 'high' }),
    ...times(texts.number(1, 6), tool).flat(),
    line('event_msg', { type: 'agent_message', message: answer }),
    message('assistant', 'output_text', answer),
    counts(),
  ];
}

/** A request of a Copilot session, with the agent, the references and the rounds that VS Code keeps for each. */
function copilotRequest(texts: Texts): unknown {
  const text = texts.question();
  const uri = { $mid: 1, fsPath: '/home/ada/src/tide.ts', path: '/home/ada/src/tide.ts', scheme: 'file' };
  const range = { startLineNumber: 1, startColumn: 1, endLineNumber: 1, endColumn: text.length + 1 };
  const call = {
    kind: 'toolInvocationSerialized',
    invocationMessage: { value: 'Reading [](file:///home/ada/src/tide.ts)', isTrusted: false, supportHtml: false },
    pastTenseMessage: { value: 'Read [](file:///home/ada/src/tide.ts)', isTrusted: false, supportHtml: false },
    isConfirmed: true,
    isComplete: true,
    toolCallId: texts.id(),
    toolId: 'copilot_readFile',
  };
  const part = (value: string): unknown => ({ value, isTrusted: false, supportThemeIcons: false, supportHtml: false });
  const answers = times(texts.number(1, 3), texts.answer);
  const rounds = answers.map((response) => ({
    response,
    toolCalls: [{ name: 'read_file', arguments: '{"filePath":"/home/ada/src/tide.ts"}', id: texts.id() }],
    toolInputRetry: 0,
    id: texts.id(),
  }));
  const commands = ['explain', 'fix', 'tests', 'review'].map((name) => ({ name, description: `To ${name} code` }));
  return {
    requestId: `request_${texts.id()}`,
    message: {
      parts: [{ range: { start: 0, endExclusive: text.length }, editorRange: range, text, kind: 'text' }],
      text,
    },
    variableData: { variables: [{ kind: 'file', id: texts.id(), name: 'tide.ts', value: uri, modelDescription: '' }] },
    response: answers.flatMap((answer) => [part(answer), call]),
    responseId: `response_${texts.id()}`,
    result: {
      timings: { firstProgress: 900, totalElapsed: 9000 },
      metadata: {
        codeBlocks: [],
        renderedUserMessage: [{ type: 1, text }],
        toolCallRounds: rounds,
        modelMessageId: texts.id(),
        responseId: texts.id(),
        sessionId: texts.id(),
        agentId: 'github.copilot.editsAgent',
      },
      details: 'GPT-4o',
    },
    responseMarkdownInfo: [],
    followups: [],
    isCanceled: false,
    agent: {
      extensionId: { value: 'GitHub.copilot-chat', _lower: 'github.copilot-chat' },
      extensionVersion: '0.29.1',
      publisherDisplayName: 'GitHub',
      id: 'github.copilot.editsAgent',
      name: 'agent',
      fullName: 'GitHub Copilot',
      description: 'Edit files in your workspace in agent mode',
      when: [],
      metadata: { themeIcon: { id: 'tools' }, hasFollowups: false, additionalWelcomeMessage: '' },
      locations: ['panel'],
      modes: ['agent'],
      slashCommands: commands,
      disambiguation: [],
    },
    contentReferences: [{ kind: 'reference', reference: uri }],
    codeCitations: [],
    timestamp: 1718000000000,
    modelId: 'copilot/gpt-4o',
  };
}

/** Gemini CLI writes a reply as it comes, and once more with its calls and what they returned. */
function geminiCliRecords(texts: Texts): string[] {
  const record = (type: string, content: unknown, rest: object = {}): string =>
    JSON.stringify({ id: texts.id(), timestamp: TIME, type, content, ...rest });
  const tokens = { input: 11410, output: 105, cached: 9000, thoughts: 65, tool: 0, total: 11580 };
  const rest = { thoughts: [], tokens, model: 'gemini-3-flash-preview' };
  const tool = (): string => {
    const [id, output] = [texts.id(), texts.output()];
    const result = [{ functionResponse: { id, name: 'run_shell_command', response: { output } } }];
    const call = { id, name: 'run_shell_command', args: { command: 'npm test' }, result, status: 'success' };
    return record('gemini', '', { ...rest, toolCalls: [{ ...call, timestamp: TIME, resultDisplay: output }] });
  };
  return [
    record('user', [{ text: texts.question() }]),
    JSON.stringify({ $set: { lastUpdated: TIME } }),
    ...times(texts.number(1, 6), tool),
    record('gemini', texts.answer(), rest),
  ];
}

/** Copilot CLI writes what a tool returned for the model and, longer, for the user. */
function copilotCliEvents(texts: Texts, last: { id: string | null }): string[] {
  const event = (type: string, data: unknown): string => {
    const parentId = last.id;
    last.id = texts.id();
    return JSON.stringify({ type, data, id: last.id, timestamp: TIME, parentId });
  };
  const reply = (content: string, toolRequests: unknown[]): string => {
    const counted = { model: 'gpt-5-mini', outputTokens: 41, toolRequests, interactionId: texts.id() };
    return event('assistant.message', { messageId: texts.id(), content, ...counted });
  };
  const tool = (): string[] => {
    const call = { toolCallId: texts.id(), arguments: { command: 'npm test', description: 'Run the tests' } };
    const content = texts.output();
    const result = { content, detailedContent: content };
    return [
      reply('', [{ ...call, name: 'bash', type: 'function' }]),
      event('tool.execution_start', { ...call, toolName: 'bash' }),
      event('tool.execution_complete', { toolCallId: call.toolCallId, success: true, result }),
    ];
  };
  const content = texts.question();
  const transformedContent = `<current_datetime>${TIME}</current_datetime>\n\n${content}`;
  return [
    event('user.message', { content, transformedContent, attachments: [], agentMode: 'interactive' }),
    event('assistant.turn_start', { turnId: '0' }),
    ...times(texts.number(1, 6), tool).flat(),
    reply(texts.answer(), []),
    event('assistant.turn_end', { turnId: '0' }),
  ];
}

/** A sample of an evaluation, with its scores. */
function inspectSample(texts: Texts, id: number): unknown {
  const input = texts.question();
  const usage = { 'openai/gpt-4o-mini': { input_tokens: 52, output_tokens: 21, total_tokens: 73 } };
  const reply = texts.answer();
  const message = (role: string, content: string, source: string): unknown => ({
    id: texts.id(),
    content,
    source,
    role,
  });
  return {
    id,
    epoch: 1,
    input,
    target: '08:45',
    messages: [
      message('user', input, 'input'),
      ...times(texts.number(0, 4), () => [
        message('assistant', texts.question(), 'generate'),
        message('user', texts.output(), 'input'),
      ]).flat(),
      message('assistant', reply, 'generate'),
    ],
    output: {
      model: 'gpt-4o-mini',
      choices: [{ message: { content: reply, role: 'assistant', source: 'generate' }, stop_reason: 'stop' }],
      usage: usage['openai/gpt-4o-mini'],
    },
    scores: { includes: { value: 'C', answer: '08:45' } },
    model_usage: usage,
  };
}

/** Messages of OpenAI's shape with a call of a tool now and then. */
function openaiMessages(texts: Texts, at: number): object {
  const step = at % 6;
  const id = `call_${Math.floor(at / 6)}`;
  if (step === 2) {
    const call = { name: 'search', arguments: JSON.stringify({ query: texts.line('question').slice(0, 60) }) };
    return { role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: call }] };
  }
  if (step === 3) return { role: 'tool', tool_call_id: id, content: texts.output() };
  return step % 2 === 0 ? { role: 'assistant', content: texts.answer() } : { role: 'user', content: texts.question() };
}

function anthropicMessage(texts: Texts, at: number): object {
  const step = at % 4;
  const id = `toolu_${Math.floor(at / 4)}`;
  if (step === 1) {
    const call = { type: 'tool_use', id, name: 'search', input: { query: texts.line('question').slice(0, 60) } };
    return { role: 'assistant', content: [{ type: 'text', text: texts.question() }, call] };
  }
  if (step === 2) {
    const content = [{ type: 'text', text: texts.output() }];
    return { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content }] };
  }
  return step === 0
    ? { role: 'user', content: texts.question() }
    : { role: 'assistant', content: [{ type: 'text', text: texts.answer() }] };
}

function responsesItem(texts: Texts, at: number): object {
  const step = at % 5;
  const call_id = `call_${Math.floor(at / 5)}`;
  if (step === 0) return { role: 'user', content: texts.question() };
  if (step === 1) {
    return { type: 'reasoning', id: texts.id(), summary: [{ type: 'summary_text', text: texts.question() }] };
  }
  if (step === 2) return { type: 'function_call', call_id, name: 'ledger', arguments: '{"account":"flour"}' };
  if (step === 3) return { type: 'function_call_output', call_id, output: texts.output() };
  const content = [{ type: 'output_text', text: texts.answer(), annotations: [] }];
  return { type: 'message', role: 'assistant', content };
}

function geminiContent(texts: Texts, at: number): object {
  const step = at % 4;
  if (step === 0) return { role: 'user', parts: [{ text: texts.question() }] };
  if (step === 1) return { role: 'model', parts: [{ functionCall: { name: 'forecast', args: { days: at % 7 } } }] };
  if (step === 2) {
    const functionResponse = { name: 'forecast', response: { output: texts.output() } };
    return { role: 'user', parts: [{ functionResponse }] };
  }
  return { role: 'model', parts: [{ text: texts.answer() }] };
}

/** A few questions and answers by turns. */
const exchange = <T>(texts: Texts, most: number, make: (isReply: boolean, text: string) => T): T[] =>
  times(2 * texts.number(1, most), (at) => make(at % 2 === 1, at % 2 === 1 ? texts.answer() : texts.question()));

/** A literal block of YAML. */
const block = (text: string, by: string): string => `|-\n${indented(text, by)}\n`;

const yamlMessages = (texts: Texts, length: number, by: string): string =>
  until(length, (at) => {
    const role = at % 2 === 0 ? 'user' : 'assistant';
    const content = block(at % 2 === 0 ? texts.question() : texts.answer(), `${by}    `);
    return `${by}- role: ${role}\n${by}  content: ${content}`;
  });

/** A text in which no line is a role, a heading or a quotation. */
const body = (texts: Texts, kind: Kind): string => texts.of(kind).replaceAll(/^[ \t]*(?:[#>]+|\w+:)/gm, '- ');

/** Turns of the user and the assistant one after the other, each between its marks. */
const turns = (
  texts: Texts,
  length: number,
  [openUser, closeUser]: readonly [string, string],
  [openReply, closeReply]: readonly [string, string] = [openUser, closeUser],
): string =>
  until(length, () => [openUser + body(texts, 'question') + closeUser, openReply + body(texts, 'answer') + closeReply]);

const paragraphs = (texts: Texts, length: number): string => until(length, () => body(texts, 'answer'), '\n\n');

const tagged = (texts: Texts, length: number): string =>
  turns(texts, length, ['<user>\n', '\n</user>\n\n'], ['<assistant>\n', '\n</assistant>\n\n']);

const SHAPES: Readonly<Record<string, Shape>> = {
  'rendered-template': (texts, length) =>
    turns(texts, length, ['<|im_start|>user\n', '<|im_end|>\n'], ['<|im_start|>assistant\n', '<|im_end|>\n']),
  'agent-instructions': (texts, length) =>
    `---\nname: Style\napplyTo: "**/*.ts"\n---\n\n${paragraphs(texts, length)}\n`,
  'agent-prompt': (texts, length) => `---\ndescription: Notes\n---\n\n${paragraphs(texts, length)}\n`,
  'agent-skill': (texts, length) =>
    `---\nname: check\ndescription: Checks a release\n---\n\n${paragraphs(texts, length)}\n`,
  prompty: (texts, length) =>
    `---\nname: Desk\nmodel:\n  id: llama-3.1-8b\n---\n${turns(texts, length, ['user:\n', '\n\n'], ['assistant:\n', '\n\n'])}`,
  dotprompt: (texts, length) =>
    `---\nmodel: googleai/gemini-2.0-flash\n---\n${turns(texts, length, ['{{role "user"}}\n', '\n'], ['{{role "model"}}\n', '\n'])}`,
  'continue-prompt': (texts, length) =>
    `name: explain\ntemperature: 0.2\n---\n<system>\n${texts.answer()}\n</system>\n\n${paragraphs(texts, length)}\n`,
  'tagged-prompt': (texts, length) => `---\nmodel: gpt-4o-mini\n---\n\n${tagged(texts, length)}`,
  poml: (texts, length) =>
    `<poml>\n${turns(texts, length, ['<user-msg>\n', '\n</user-msg>\n'], ['<ai-msg>\n', '\n</ai-msg>\n'])}</poml>\n`,
  'aider-history': (texts, length) =>
    `\n# aider chat started at 2025-05-06 09:41:18\n\n${until(length, () => [
      `#### ${texts.line('question')}\n\n`,
      `${body(texts, 'answer')}\n\n> Tokens: 3.4k sent, 187 received. Cost: $0.01 message, $0.01 session.\n\n`,
    ])}`,
  'claude-code-log': (texts, length) => {
    const [session, last] = [texts.id(), { id: null }];
    return `${until(length, () => claudeCodeEvents(texts, session, last), '\n')}\n`;
  },
  'codex-log': (texts, length) => {
    const payload = { id: texts.id(), cwd: '/home/ada/work/ring', instructions: texts.answer() };
    const meta = JSON.stringify({ timestamp: TIME, type: 'session_meta', payload });
    return `${meta}\n${until(length, () => codexEvents(texts), '\n')}\n`;
  },
  'copilot-cli-log': (texts, length) => {
    const last = { id: texts.id() };
    const data = { sessionId: texts.id(), version: 1, producer: 'copilot-agent', selectedModel: 'gpt-5-mini' };
    const start = JSON.stringify({ type: 'session.start', data, id: last.id, timestamp: TIME, parentId: null });
    return `${start}\n${until(length, () => copilotCliEvents(texts, last), '\n')}\n`;
  },
  'gemini-cli-log': (texts, length) => {
    const head = { sessionId: texts.id(), projectHash: texts.id(), startTime: TIME, lastUpdated: TIME, kind: 'main' };
    return `${JSON.stringify(head)}\n${until(length, () => geminiCliRecords(texts), '\n')}\n`;
  },
  'inspect-log': (texts, length) =>
    request(
      length,
      {
        version: 2,
        status: 'success',
        eval: { run_id: 'r1', created: TIME, task: 'tides', model: 'openai/gpt-4o-mini' },
      },
      'samples',
      (at) => inspectSample(texts, at + 1),
    ),
  baml: (texts, length) =>
    until(length, (at) => {
      const text = turns(
        texts,
        6000,
        ['{{ _.role("user") }}\n', '\n'],
        ['{{ _.role("assistant") }}\n', '\n'],
      ).replaceAll('"#', '" #');
      return `function Answer${at}(mail: string) -> string {\n  client "openai/gpt-4o-mini"\n  prompt #"\n${text}\n  "#\n}\n\n`;
    }),
  'copilot-chat': (texts, length) =>
    request(
      length,
      { requesterUsername: 'ada', responderUsername: 'GitHub Copilot', initialLocation: 'panel' },
      'requests',
      () => copilotRequest(texts),
    ),
  'chatgpt-export': (texts, length) => list(length, () => chatgptConversation(texts)),
  'claude-export': (texts, length) =>
    list(length, () => ({
      uuid: texts.id(),
      name: texts.line('question').slice(0, 40),
      created_at: TIME,
      updated_at: TIME,
      account: { uuid: texts.id() },
      chat_messages: times(texts.number(2, 30), (at) => claudeMessage(texts, at)),
    })),
  'llm-logs': (texts, length) =>
    list(
      length,
      (at) => ({
        id: texts.id(),
        model: 'gpt-4o-mini',
        prompt: texts.question(),
        system: null,
        prompt_json: null,
        options_json: {},
        response: texts.answer(),
        response_json: null,
        conversation_id: `c${at >> 2}`,
        duration_ms: 812,
        datetime_utc: '2025-03-04T05:06:07',
        input_tokens: 14,
        output_tokens: 211,
        conversation_name: 'Names',
        conversation_model: 'gpt-4o-mini',
        attachments: [],
      }),
      2,
    ),
  'json-lines': (texts, length) =>
    `${until(
      length,
      () =>
        JSON.stringify({
          messages: exchange(texts, 5, (isReply, content) => ({ role: isReply ? 'assistant' : 'user', content })),
        }),
      '\n',
    )}\n`,
  'promptfoo-config': (texts, length) =>
    `description: Two ways\nprompts:\n${until(length, () => `  - ${block(texts.answer(), '    ')}`)}providers:\n  - openai:gpt-4o-mini\n`,
  langchain: (texts, length) =>
    `_type: few_shot\ninput_variables: [sentence]\nprefix: Translate.\nexample_prompt:\n  _type: prompt\n  input_variables: [source, target]\n  template: "Source: {source}\\nTarget: {target}"\nexamples:\n${until(
      length,
      () => `  - source: ${block(texts.question(), '      ')}    target: ${block(texts.answer(), '      ')}`,
    )}suffix: "Source: {sentence}"\n`,
  'github-models': (texts, length) =>
    `name: Notes\nmodel: openai/gpt-4o-mini\nmessages:\n${yamlMessages(texts, length, '  ')}`,
  'llm-template': (texts, length) =>
    `model: gpt-4o-mini\nsystem: ${block(texts.answer(), '  ')}prompt: ${block(paragraphs(texts, length), '  ')}`,
  'promptfoo-prompts': (texts, length) => yamlMessages(texts, length, ''),
  'preference-pairs': (texts, length) =>
    list(length, () => ({ prompt: texts.question(), chosen: texts.answer(), rejected: texts.answer() }), 2),
  gemini: (texts, length) =>
    request(length, { generationConfig: { temperature: 0.4 } }, 'contents', (at) => geminiContent(texts, at)),
  'openai-responses': (texts, length) =>
    request(length, { model: 'gpt-5-mini', instructions: texts.answer() }, 'input', (at) => responsesItem(texts, at)),
  'anthropic-messages': (texts, length) =>
    request(length, { model: 'claude-sonnet-4-5', max_tokens: 1024, system: texts.answer() }, 'messages', (at) =>
      anthropicMessage(texts, at),
    ),
  'lmsys-wildchat': (texts, length) =>
    list(
      length,
      () => ({
        conversation_id: texts.id(),
        model: 'vicuna-13b',
        conversation: exchange(texts, 4, (isReply, content) => ({ content, role: isReply ? 'assistant' : 'user' })),
        turn: 2,
        language: 'English',
        openai_moderation: [{ flagged: false, categories: { harassment: false, hate: false, violence: false } }],
        redacted: false,
      }),
      2,
    ),
  sharegpt: (texts, length) =>
    list(
      length,
      () => ({
        id: texts.id(),
        conversations: exchange(texts, 6, (isReply, value) => ({ from: isReply ? 'gpt' : 'human', value })),
      }),
      2,
    ),
  alpaca: (texts, length) =>
    list(length, () => ({ instruction: texts.question(), input: '', output: texts.answer() }), 4),
  ultrachat: (texts, length) =>
    list(length, () => ({ id: texts.id(), data: exchange(texts, 4, (_, text) => `In short, then: ${text}`) }), 2),
  'tagged-text': (texts, length) =>
    list(
      length,
      () => ({
        text: exchange(texts, 4, (isReply, text) => `${isReply ? '<bot>' : '<human>'}: ${text}`).join('\n'),
        metadata: { source: 'demo' },
      }),
      2,
    ),
  'openai-chat': (texts, length) =>
    request(length, { model: 'meta-llama/Llama-3.1-8B-Instruct', max_tokens: 600 }, 'messages', (at) =>
      openaiMessages(texts, at),
    ),
  'text-transcript': (texts, length) =>
    `---\nmodel: meta-llama/Llama-3.1-70B-Instruct\n---\n\n${turns(texts, length, ['## User\n\n', '\n\n'], ['## Assistant\n\n', '\n\n'])}`,
  'plain-prompt': (texts, length) => `${paragraphs(texts, length)}\n`,
};

/**
 * A document of a format.
 *
 * @param length about how long, in code units
 */
export function documentOf(format: string, length: number, lengths: TextLengths = 'usual'): string {
  const shape = SHAPES[format];
  if (!shape) throw new Error(`no document of the format ${format}`);
  // As a file is read: one string, not many that were joined.
  return Buffer.from(shape(new Texts(lengths), length)).toString();
}
