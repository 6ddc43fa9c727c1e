/**
 * Prompty: YAML front matter, then turns that begin with a line of a role (`system:`). Text before the first such line
 * is of the system. Keys of both versions are read.
 */
import { isObject } from '../../plainObject.js';
import { Settings } from '../prompt/settings.js';
import { Cuts, textPieces, trimEnds, without, withoutBlankEnds } from '../prompt/content.js';
import { findFrontMatter } from '../prompt/frontMatter.js';
import { checked, lineBreakOf } from '../prompt/insert.js';
import { hasPlaceholder, templateComments } from '../prompt/mustaches.js';
import type {
  Conversation,
  FormatAdapter,
  HiddenContext,
  ParseContext,
  ParsedTranscript,
  Problem,
  Role,
  Span,
  Turn,
} from '../model.js';
import { drain } from '../parseTranscript.js';
import { roleOf } from '../roles.js';
import { TextLines } from '../text/scan.js';

/** A whole line, as Prompty has it: any case, an optional `#`, attributes in brackets. */
const ROLE_LINE =
  /[ \t]*(?:#[ \t]*)?(system|user|assistant|developer)(?:\[(?:\w+[ \t]*=(?:[ \t]*"[^"\r\n]*"[ \t]*,?[ \t]*|[^",\]\r\n]*(?:,[ \t]*|(?=\]))))+\])?[ \t]*:[ \t]*(?=[\r\n]|$)/iy;
/** What would be a role elsewhere, alone on its line. */
const OTHER_ROLE = /[ \t]*(?:#[ \t]*)?(tool|function|model|human|ai|bot|gpt)[ \t]*:[ \t]*(?=[\r\n]|$)/iy;
/** Of those, the roles that prompt flow knows. */
const FLOW_ROLE = /^(?:tool|function)$/i;
/** A role that a loop puts in: the messages of a history. */
const LOOP_ROLE = /[ \t]*(?:#[ \t]*)?(\{\{-?[^{}\r\n]{0,200}\brole\b[^{}\r\n]{0,200}\}\})[ \t]*:[ \t]*(?=[\r\n]|$)/iy;
/** Chat templates of prompt flow: the turns of a Prompty file without its front matter. */
const JINJA_NAME = /\.(?:jinja2?|j2)$/i;
/** Longer lines are no role's. */
const MAX_ROLE_LINE = 500;
/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;

interface RoleLine {
  readonly role: Role;
  readonly roleRaw: string;
  readonly roleSpan: Span;
  readonly start: number;
  readonly contentStart: number;
}

/** The lines of roles from `start` on, and lines that look like one, or will be one. */
function* roleLines(
  text: string,
  start: number,
  problems: Problem[],
  hidden: HiddenContext[],
  isFlow: boolean,
): Generator<void, RoleLine[]> {
  const lines = new TextLines(text);
  const found: RoleLine[] = [];
  let paused = start;
  for (let at = start; at < text.length;) {
    const end = lines.endOf(at);
    const next = lines.after(end);
    if (end - at <= MAX_ROLE_LINE) {
      ROLE_LINE.lastIndex = OTHER_ROLE.lastIndex = LOOP_ROLE.lastIndex = at;
      const match = ROLE_LINE.exec(text);
      const other = match ? null : OTHER_ROLE.exec(text);
      const looped = match || other ? null : LOOP_ROLE.exec(text);
      if (looped) {
        const from = at + looped[0].indexOf(looped[1]!);
        hidden.push({ what: 'the messages of the loop', span: { start: from, end: from + looped[1]!.length } });
      }
      const roleRaw = match?.[1] ?? other?.[1];
      if (roleRaw !== undefined) {
        const roleStart = at + (match ?? other)![0].search(/\w/);
        const roleSpan = { start: roleStart, end: roleStart + roleRaw.length };
        const isRole = match !== null || (isFlow && FLOW_ROLE.test(roleRaw));
        if (isRole) found.push({ role: roleOf(roleRaw)!, roleRaw, roleSpan, start: at, contentStart: next });
        else if (!isFlow) problems.push(unknownRole(roleRaw, roleSpan));
      }
    }
    at = next;
    if (at - paused < SLICE_LENGTH) continue;
    paused = at;
    yield;
  }
  return found;
}

const unknownRole = (role: string, span: Span): Problem => ({
  code: 'unknown-role',
  severity: 'warning',
  message: `Prompty knows system, user, assistant and developer: "${role}:" is text of the turn above.`,
  span,
});

/** Where the front matter's thread inputs stand in the body: the history of a conversation goes there. */
function threads(text: string, start: number, settings: Settings): HiddenContext[] {
  const hidden: HiddenContext[] = [];
  for (const { name, input } of inputsOf(settings)) {
    if (!isObject(input) || input['kind'] !== 'thread') continue;
    const place = new RegExp(`\\{\\{-?\\s*${name.replace(/[^\w.]/g, '\\$&')}\\s*-?\\}\\}`).exec(text.slice(start));
    if (!place) continue;
    const at = start + place.index;
    hidden.push({ what: `the messages of the thread ${name}`, span: { start: at, end: at + place[0].length } });
  }
  return hidden;
}

/** Inputs by name: a mapping or a list, under the name of either version. */
function inputsOf(settings: Settings): { readonly name: string; readonly input: unknown }[] {
  const inputs = settings.at('inputs') ?? settings.at('inputSchema', 'properties');
  if (Array.isArray(inputs)) {
    return inputs.flatMap((input: unknown) =>
      isObject(input) && typeof input['name'] === 'string' ? [{ name: input['name'], input }] : [],
    );
  }
  return isObject(inputs) ? Object.entries(inputs).map(([name, input]) => ({ name, input })) : [];
}

/** The value that an input has for want of another. */
function defaultOf(input: unknown): unknown {
  if (!isObject(input)) return input;
  return input['default'] ?? input['sample'] ?? input['example'];
}

function samplesOf(settings: Settings): { name: string; values: Record<string, unknown> }[] {
  const defaults = inputsOf(settings).flatMap(({ name, input }) => {
    const value = defaultOf(input);
    return value === undefined || value === null ? [] : [[name, value] as const];
  });
  const given = settings.at('sample');
  const sample = isObject(given) ? given : {};
  const values = { ...Object.fromEntries(defaults), ...sample };
  if (Object.keys(values).length === 0) return [];
  return [{ name: Object.keys(sample).length > 0 ? 'sample' : 'defaults', values }];
}

function isMustache(settings: Settings): boolean {
  const template = settings.at('template');
  const kind =
    settings.at('template', 'format', 'kind') ?? settings.at('template', 'format') ?? settings.at('template', 'type');
  return template === 'mustache' || kind === 'mustache';
}

/**
 * Schemas of the reply are sent, in a form of the provider's. The first version of the format only describes its
 * `outputs`, and sends what `response_format` says.
 */
function outputSchema(settings: Settings): HiddenContext[] {
  const isFirst = isObject(settings.at('model', 'configuration')) || isObject(settings.at('model', 'parameters'));
  const format = settings.at('model', 'parameters', 'response_format');
  const path = isFirst
    ? ['model', 'parameters', 'response_format']
    : settings.at('outputs')
      ? ['outputs']
      : ['outputSchema'];
  const value = settings.at(...path);
  const isSent = isFirst
    ? isObject(format) && (format['type'] === 'json_schema' || isObject(format['json_schema']))
    : isObject(value) || Array.isArray(value);
  const span = isSent ? settings.spanAt(...path) : null;
  return span ? [{ what: 'the schema of the reply', span }] : [];
}

function* parse(
  text: string,
  { path }: ParseContext = { path: '', branches: 'current' },
): Generator<void, ParsedTranscript> {
  const block = findFrontMatter(text, { body: ROLE_LINE, blank: true });
  const settings = Settings.of(text, block);
  const start = block?.end ?? 0;
  const problems = [...settings.problems];
  const looped: HiddenContext[] = [];
  const lines = yield* roleLines(text, start, problems, looped, JINJA_NAME.test(path));
  const mustache = isMustache(settings);
  const cuts = new Cuts(templateComments(text, start, text.length, mustache ? 'mustache' : 'jinja'));
  const turns: Turn[] = [];
  const push = (role: Role, roleRaw: string, span: Span, contentStart: number, roleSpan?: Span): void => {
    const content = withoutBlankEnds(text, contentStart, span.end);
    const spans = without(content, cuts.within(content.start, content.end));
    const pieces = textPieces(text, trimEnds(text, spans, withoutBlankEnds));
    // Comments alone are no turn.
    if (roleSpan === undefined && pieces.length === 0) return;
    const at = { start: content.start, end: content.start };
    turns.push({ index: turns.length, role, roleRaw, span, roleSpan: roleSpan ?? at, pieces });
  };
  const firstStart = lines[0]?.start ?? text.length;
  if (/\S/.test(text.slice(start, firstStart))) push('system', '', { start, end: firstStart }, start);
  lines.forEach((line, at) => {
    const end = lines[at + 1]?.start ?? text.length;
    push(line.role, line.roleRaw, { start: line.start, end }, line.contentStart, line.roleSpan);
  });
  if (turns.length === 0) return { conversations: [], problems };
  const model = settings.model(
    ['model', 'id'],
    ['model'],
    ['model', 'configuration', 'model'],
    ['model', 'configuration', 'azure_deployment'],
  );
  const tools = settings.jsonAt(['tools'], ['model', 'parameters', 'tools']);
  const hidden = [...outputSchema(settings), ...threads(text, start, settings), ...looped];
  const conversation: Conversation = {
    id: '0',
    ...(typeof settings.at('name') === 'string' ? { title: settings.at('name') as string } : {}),
    span: { start: turns[0]!.span.start, end: text.length },
    turns,
    ...(model ? { model } : {}),
    ...(tools ? { tools } : {}),
    parameters: settings.parameters(
      ['model', 'options', 'maxOutputTokens'],
      ['model', 'parameters', 'max_completion_tokens'],
      ['model', 'parameters', 'max_tokens'],
    ),
    ...(hidden.length > 0 ? { hidden } : {}),
    ...(hasPlaceholder(text, start, text.length, mustache ? ['{{'] : ['{{', '{%'])
      ? { template: { syntax: mustache ? ('mustache' as const) : ('jinja' as const), samples: samplesOf(settings) } }
      : {}),
  };
  return { conversations: [conversation], problems };
}

function insertReply(text: string, conversation: Conversation, turnIndex: number, reply: string) {
  const turn = conversation.turns[turnIndex];
  if (!turn) return null;
  const next = conversation.turns[turnIndex + 1];
  const end = turn.pieces.at(-1)?.spans.at(-1)?.end ?? turn.span.end;
  const lineBreak = lineBreakOf(text);
  // After the content, so that the gap before the next turn stays; an empty turn ends at its own line.
  const lead = turn.pieces.length > 0 || !/[\r\n]$/.test(text.slice(0, end)) ? lineBreak + lineBreak : lineBreak;
  const tail = next && turn.pieces.length === 0 ? lineBreak + lineBreak : '';
  const body = reply.trim();
  const insert = `${lead}assistant:${lineBreak}${body}${tail}`;
  // Only prompt flow has turns of tools.
  const path = conversation.turns.some(({ role }) => role === 'tool') ? 'chat.jinja2' : '';
  const again = (source: string): ParsedTranscript => drain(parse(source, { path, branches: 'current' }));
  return checked(again, text, conversation, turnIndex, body, { offset: end, insert });
}

/** Comments of Jinja and tags that stand before the first turn. */
const BEFORE_ROLE = /(?:\s|\{#[^]*?#\}|\{%[^%]{0,400}%\})*/y;

/** Whether the first thing that is said is a line of a role, and a later line is another's. */
function beginsWithRole(head: string): boolean {
  BEFORE_ROLE.lastIndex = 0;
  BEFORE_ROLE.test(head);
  const start = head.slice(0, BEFORE_ROLE.lastIndex).search(/[^\r\n]*$/);
  ROLE_LINE.lastIndex = start;
  return ROLE_LINE.test(head);
}

export const prompty: FormatAdapter = {
  id: 'prompty',
  title: 'Prompty',
  family: 'prompt-file',
  description:
    'Front matter with the model and the inputs, then turns that begin with a line such as `system:` or `user:`.',
  files: ['*.prompty', '*.jinja2'],
  notes: [
    'Jinja files of prompt flow that begin with a role are read too; the messages of a loop (`{{item.role}}:`) are sent and not counted.',
    'Text before the first role is a system turn.',
    'Values of `sample` and of the inputs are samples for the template.',
    'Tool definitions of the front matter are counted as compact JSON; the schema of the reply is not counted.',
    'An image link (`![](...)`) is text, as in version 2.',
  ],
  sample: 'support.prompty',
  writable: true,
  detect: ({ path, languageId }, head) => {
    if (/\.prompty$/i.test(path) || languageId === 'prompty') return 'name';
    return JINJA_NAME.test(path) && beginsWithRole(head) ? 'content' : null;
  },
  parse,
  insertReply,
};
