/** Chat messages in YAML as turns: `role` and `content`, the short form `- user: text`, and what is wrong with them. */
import type { ContentPiece, PieceKind, Problem, Severity, Span, Turn } from '../model.js';
import { factsOfUrl } from '../mediaFiles/facts.js';
import { roleOf } from '../roles.js';
import { hasKey, itemsOf, memberValue, membersOf, resolved, type YamlNode } from './node.js';
import { scalarPiece, scalarText, scalarType, wholeRuns, type YamlSource } from './scalar.js';

/** Reports something at a place. */
export function report(
  problems: Problem[],
  severity: Severity,
  code: string,
  { start, end }: Span,
  message: string,
): void {
  problems.push({ code, severity, message, span: { start, end } });
}

/** Whether a node says something as a chat message does. */
export const isMessage = (node: YamlNode): boolean => hasKey(node, 'role', 'content', 'tool_calls');

/** The role and the text of the short form, a map with one role as its key; null for any other node. */
function shortForm(node: YamlNode) {
  const members = membersOf(node);
  const [member] = members;
  return members.length === 1 && member && roleOf(member.key) !== null ? member : null;
}

/** Whether a node is a message whose role is known and that has content: what detection asks for. */
export function isSureMessage(text: string, node: YamlNode, isShortAllowed: boolean): boolean {
  if (isShortAllowed && shortForm(node)) return true;
  const role = scalarText(text, memberValue(node, 'role'));
  return role !== null && roleOf(role) !== null && hasKey(node, 'content');
}

/** A range whose text is `raw`, within a node that may have quotes. Null where the source writes it otherwise. */
function rangeOf(text: string, { start, end }: Span, raw: string): Span | null {
  for (const inner of [0, 1]) {
    if (raw !== '' && text.slice(start + inner, end - inner) === raw) return { start: start + inner, end: end - inner };
  }
  return null;
}

/** Pieces at one place, as an alias of a whole message gives them, as one. */
export function joinedPieces(pieces: readonly ContentPiece[]): ContentPiece[] {
  const joined: ContentPiece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    const isSame = last && last.spans[0]!.start === piece.spans[0]!.start && last.spans[0]!.end === piece.spans[0]!.end;
    if (!isSame || piece.spans[0]!.start === piece.spans[0]!.end) joined.push(piece);
    else {
      const sourceLength = piece.spans[0]!.end - piece.spans[0]!.start;
      const text = last.text + piece.text;
      joined[joined.length - 1] = {
        kind: last.kind,
        spans: last.spans,
        text,
        map: { runs: wholeRuns(text.length, sourceLength) },
      };
    }
  }
  return joined;
}

function pushPart(source: YamlSource, part: YamlNode, kind: PieceKind, pieces: ContentPiece[]): void {
  const text = scalarPiece(source, kind, resolved(part)?.kind === 'scalar' ? part : memberValue(part, 'text'));
  if (text) {
    pieces.push(text);
    return;
  }
  const image = memberValue(part, 'image_url') ?? memberValue(part, 'image');
  const url = resolved(image)?.kind === 'scalar' ? image : memberValue(image, 'url');
  const audio = memberValue(memberValue(part, 'input_audio'), 'data');
  const data = url ?? audio;
  if (data && resolved(data)?.kind === 'scalar') {
    const detail = scalarText(source.text, memberValue(image, 'detail'));
    const facts = url ? factsOfUrl(scalarText(source.text, url) ?? '') : {};
    const media = { ...facts, ...(detail === null ? {} : { detail }) };
    const span = { start: data.start, end: data.end };
    pieces.push({
      kind: url ? 'image' : 'audio',
      spans: [span],
      text: '',
      ...(Object.keys(media).length ? { media } : {}),
    });
    return;
  }
  const message = 'This part of the content is not counted: known are text, image_url and input_audio.';
  report(source.problems, 'hint', 'not-counted', part, message);
}

/** The content of a message: text, or a list of parts. */
function contentPieces(source: YamlSource, content: YamlNode, kind: PieceKind): ContentPiece[] {
  const pieces: ContentPiece[] = [];
  const value = resolved(content);
  const type = scalarType(source.text, content);
  if (value?.kind === 'seq') for (const part of itemsOf(content)) pushPart(source, part, kind, pieces);
  else if (type !== null && type !== 'null') {
    if (type !== 'string') {
      const message = `The content is a ${type} to YAML: put it in quotes. It is counted as text.`;
      report(source.problems, 'warning', 'content-type', content, message);
    }
    const piece = scalarPiece(source, kind, content);
    if (piece) pieces.push(piece);
  } else if (value?.kind === 'map') {
    const message = 'The content is neither text nor a list of parts: not counted.';
    report(source.problems, 'warning', 'not-counted', content, message);
  }
  return pieces;
}

/** Names and arguments of the tools that a message calls. */
function callPieces(source: YamlSource, message: YamlNode): ContentPiece[] {
  return itemsOf(memberValue(message, 'tool_calls')).flatMap((call) => {
    const body = memberValue(call, 'function') ?? call;
    return ['name', 'arguments'].flatMap((key) => scalarPiece(source, 'toolCall', memberValue(body, key)) ?? []);
  });
}

const KNOWN = 'Known are system, developer, user, assistant, tool and function.';

/** The turn of a message; null for a node that is none. */
export function messageTurn(source: YamlSource, node: YamlNode, index: number): Turn | null {
  const { text, problems } = source;
  const span = { start: node.start, end: node.end };
  const start = { start: node.start, end: Math.min(node.start + 1, node.end) };
  const short = shortForm(node);
  if (short) {
    const raw = short.key;
    const at = rangeOf(text, { start: short.keyStart, end: short.keyEnd }, raw);
    const role = roleOf(raw)!;
    const pieces = short.value ? contentPieces(source, short.value, role === 'tool' ? 'toolResult' : 'text') : [];
    return { index, role, roleRaw: at ? raw : '', span, roleSpan: at ?? start, pieces: joinedPieces(pieces) };
  }
  if (!isMessage(node)) return null;
  const roleNode = memberValue(node, 'role');
  const raw = scalarText(text, roleNode) ?? '';
  const role = roleOf(raw);
  const at = roleNode && rangeOf(text, roleNode, raw);
  if (role === null) {
    const what = raw === '' ? 'A message without a role' : `Unknown role "${raw.slice(0, 40)}"`;
    report(problems, 'warning', 'unknown-role', at ?? roleNode ?? start, `${what}: counted as user. ${KNOWN}`);
  }
  const content = memberValue(node, 'content');
  const calls = callPieces(source, node);
  const pieces = content ? contentPieces(source, content, role === 'tool' ? 'toolResult' : 'text') : [];
  const isEmpty = !content || scalarType(text, content) === 'null';
  if (isEmpty && calls.length === 0) {
    report(problems, 'warning', 'no-content', at ?? start, 'This message has no content.');
  }
  const turn = {
    index,
    role: role ?? ('user' as const),
    roleRaw: at ? raw : '',
    span,
    roleSpan: at ?? (roleNode && roleNode.end > roleNode.start ? { start: roleNode.start, end: roleNode.end } : start),
    pieces: joinedPieces([...pieces, ...calls]),
  };
  const name = scalarText(text, memberValue(node, 'name'));
  return name === null ? turn : { ...turn, name };
}

/** The turns of a list of messages. What is no message is a problem, and the rest goes on. */
export function messageTurns(source: YamlSource, list: YamlNode | null): Turn[] {
  const turns: Turn[] = [];
  for (const item of itemsOf(list)) {
    const turn = messageTurn(source, item, turns.length);
    if (turn) turns.push(turn);
    else if (item.end > item.start) {
      report(
        source.problems,
        'warning',
        'not-a-message',
        item,
        'This is no chat message (no role, no content): left out.',
      );
    }
  }
  return turns;
}

/** A turn whose role the format implies, over some texts. */
export function impliedTurn(role: Turn['role'], span: Span, pieces: readonly ContentPiece[], index = 0): Turn {
  const roleSpan = { start: span.start, end: Math.min(span.start + 1, span.end) };
  return {
    index,
    role,
    roleRaw: '',
    span: { start: span.start, end: span.end },
    roleSpan,
    pieces: joinedPieces(pieces),
  };
}
