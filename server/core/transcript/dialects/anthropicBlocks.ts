/** What the content blocks of an Anthropic message say, as pieces. */
import { listAt, memberValue, objectAt, stringAt, type JsonNode } from '../json/node.js';
import {
  insideOf,
  isNull,
  isString,
  mediaPiece,
  report,
  stringPiece,
  stringText,
  valuePiece,
  type Source,
} from '../json/pieces.js';
import type { ContentPiece, PieceKind, Span } from '../model.js';
import { pushConverseBlock } from './converseBlocks.js';
import type { ToolEnd } from './toolPairs.js';
import type { HiddenList } from './turns.js';

/** What reading a message's blocks collects. */
export interface BlockReading {
  readonly pieces: ContentPiece[];
  readonly calls: ToolEnd[];
  readonly results: ToolEnd[];
  /** Whether every block is the result of a client's tool: then the turn is the tool's. */
  onlyResults: boolean;
}

export const newReading = (): BlockReading => ({ pieces: [], calls: [], results: [], onlyResults: true });

const typeOf = (source: Source, block: JsonNode): string => {
  const type = stringAt(block, 'type');
  return type ? stringText(source, type) : '';
};

function endOf(source: Source, block: JsonNode, key: string): ToolEnd {
  const id = stringAt(block, key);
  const span: Span = id ? insideOf(id) : { start: block.start, end: block.end };
  return { id: id && stringText(source, id), span };
}

/** What a server's tool wrote, listed, viewed or changed. */
const EXECUTED = /_execution_(?:\w+_)?result$/;

/** Blocks of texts, images and documents: of a message, of a tool's result, of a document. */
function pushBlock(source: Source, block: JsonNode, kind: PieceKind, hidden: HiddenList, reading: BlockReading): void {
  const { pieces } = reading;
  if (isString(block)) {
    pieces.push(stringPiece(source, kind, block));
    return;
  }
  const type = typeOf(source, block);
  if (type === '' && pushConverseBlock(source, block, kind, hidden, reading)) return;
  const push = (node: JsonNode | null, as: PieceKind = kind): void => {
    const piece = valuePiece(source, as, node);
    if (piece) pieces.push(piece);
  };
  const isResult = type === 'tool_result';
  if (!isResult) reading.onlyResults = false;
  if (type === 'thinking') push(stringAt(block, 'thinking'), 'thinking');
  else if (type === 'redacted_thinking') hidden.add('thinking that is encrypted', block);
  else if (type === 'image') pushImage(source, block, hidden, pieces);
  else if (type === 'document') pushDocument(source, block, kind, hidden, reading);
  else if (type === 'search_result') {
    push(stringAt(block, 'title'));
    push(stringAt(block, 'source'));
    pushContent(source, memberValue(block, 'content'), kind, hidden, reading);
  } else if (type === 'tool_use' || type === 'server_tool_use' || type === 'mcp_tool_use') {
    push(stringAt(block, 'name'), 'toolCall');
    push(memberValue(block, 'input'), 'toolCall');
    reading.calls.push(endOf(source, block, 'id'));
  } else if (isResult || type.endsWith('_tool_result')) {
    reading.results.push(endOf(source, block, 'tool_use_id'));
    const inner = { ...reading, onlyResults: true };
    pushContent(source, memberValue(block, 'content'), 'toolResult', hidden, inner);
  } else if (type === 'web_search_result') {
    push(stringAt(block, 'title'));
    push(stringAt(block, 'url'));
    if (stringAt(block, 'encrypted_content')) hidden.add('the text of a search result, which is encrypted', block);
  } else if (type === 'web_fetch_result') {
    push(stringAt(block, 'url'));
    pushContent(source, memberValue(block, 'content'), kind, hidden, reading);
  } else if (EXECUTED.test(type)) {
    for (const key of ['stdout', 'stderr', 'content']) push(stringAt(block, key));
    for (const line of listAt(block, 'lines')?.items ?? []) push(line);
  } else if (type === 'compaction') pushCompaction(source, block, kind, hidden, pieces);
  else if (type === 'fallback') return;
  else if (type.endsWith('_redacted_result')) hidden.add('a result that is encrypted', block);
  else if (type === 'tool_reference') push(stringAt(block, 'tool_name'));
  else if (type === 'tool_search_tool_search_result') {
    for (const item of listAt(block, 'tool_references')?.items ?? []) push(stringAt(item, 'tool_name'));
  } else if (type === 'container_upload') hidden.add('an uploaded file', block);
  else if (type.endsWith('_error')) push(stringAt(block, 'error_code'));
  else {
    const text = stringAt(block, 'text');
    if (text) push(text);
    else if (block.closed) {
      const name = type === '' ? '' : `of type "${type.slice(0, 40)}" `;
      report(source, 'hint', 'not-counted', block, `A block ${name}is not known: not counted.`);
    }
  }
}

/** What the API kept of the messages before: its text where the file has it. */
function pushCompaction(
  source: Source,
  block: JsonNode,
  kind: PieceKind,
  hidden: HiddenList,
  pieces: ContentPiece[],
): void {
  const text = stringAt(block, 'content');
  if (text) pieces.push(stringPiece(source, kind, text));
  else hidden.add('what a compaction kept, which is encrypted', block);
}

function pushImage(source: Source, block: JsonNode, hidden: HiddenList, pieces: ContentPiece[]): void {
  const from = objectAt(block, 'source');
  const data = stringAt(from, 'data', 'url', 'file_id');
  if (data) pieces.push(mediaPiece(source, 'image', data));
  else if (block.closed) hidden.add('an image', block);
}

function pushDocument(
  source: Source,
  block: JsonNode,
  kind: PieceKind,
  hidden: HiddenList,
  reading: BlockReading,
): void {
  for (const key of ['title', 'context']) {
    const text = stringAt(block, key);
    if (text) reading.pieces.push(stringPiece(source, kind, text));
  }
  const from = objectAt(block, 'source');
  const type = from ? typeOf(source, from) : '';
  const data = stringAt(from, 'data');
  if (type === 'text' && data) reading.pieces.push(stringPiece(source, kind, data));
  else if (type === 'content') pushContent(source, from && memberValue(from, 'content'), kind, hidden, reading);
  else if (type === 'base64') hidden.add('the pages of a PDF, as text and as images', block);
  else if (from?.closed) hidden.add('the document that a URL or a file id points at', block);
}

/** Content as it may stand anywhere: text, a list of blocks, or one block. */
export function pushContent(
  source: Source,
  content: JsonNode | null,
  kind: PieceKind,
  hidden: HiddenList,
  reading: BlockReading,
): void {
  if (!content || isNull(source, content)) return;
  if (isString(content)) {
    reading.onlyResults = false;
    reading.pieces.push(stringPiece(source, kind, content));
  } else if (content.kind === 'array') {
    for (const block of content.items) pushBlock(source, block, kind, hidden, reading);
  } else if (content.kind === 'object') pushBlock(source, content, kind, hidden, reading);
  else {
    const message = 'The content is neither text nor a list of blocks: not counted.';
    report(source, 'warning', 'not-counted', content, message);
  }
}
