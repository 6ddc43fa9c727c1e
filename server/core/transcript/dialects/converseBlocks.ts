/**
 * Content blocks of Amazon Bedrock's Converse: those of Anthropic in other words, each an object whose one key says what
 * it is (`text`, `toolUse`, `toolResult`, `reasoningContent`, `image`).
 */
import { memberOf, memberValue, objectAt, stringAt, type JsonNode } from '../json/node.js';
import { insideOf, mediaPiece, stringPiece, stringText, valuePiece, type Source } from '../json/pieces.js';
import type { PieceKind } from '../model.js';
import { pushContent, type BlockReading } from './anthropicBlocks.js';
import type { ToolEnd } from './toolPairs.js';
import type { HiddenList } from './turns.js';

const OWN_KEYS: ReadonlySet<string> = new Set([
  'toolUse',
  'toolResult',
  'reasoningContent',
  'guardContent',
  'cachePoint',
]);

/** Whether a block is of a kind that Converse alone has. */
export const isConverseBlock = (block: JsonNode): boolean =>
  memberOf(block, 'type') === null && block.members.some(({ key }) => OWN_KEYS.has(key));

function endOf(source: Source, node: JsonNode): ToolEnd {
  const id = stringAt(node, 'toolUseId');
  return { id: id && stringText(source, id), span: id ? insideOf(id) : { start: node.start, end: node.end } };
}

/** Reads a block without a `type`; false for one that is none of Converse. */
export function pushConverseBlock(
  source: Source,
  block: JsonNode,
  kind: PieceKind,
  hidden: HiddenList,
  reading: BlockReading,
): boolean {
  const { pieces } = reading;
  const push = (node: JsonNode | null, as: PieceKind = kind): void => {
    const piece = valuePiece(source, as, node);
    if (piece) pieces.push(piece);
  };
  const result = objectAt(block, 'toolResult');
  if (result) {
    reading.results.push(endOf(source, result));
    pushContent(source, memberValue(result, 'content'), 'toolResult', hidden, { ...reading, onlyResults: true });
    return true;
  }
  if (memberOf(block, 'cachePoint')) return true;
  const call = objectAt(block, 'toolUse');
  const thinking = objectAt(block, 'reasoningContent');
  const image = objectAt(block, 'image');
  const guarded = objectAt(objectAt(block, 'guardContent'), 'text');
  const cited = objectAt(block, 'citationsContent');
  if (call) {
    push(stringAt(call, 'name'), 'toolCall');
    push(memberValue(call, 'input'), 'toolCall');
    reading.calls.push(endOf(source, call));
  } else if (thinking) {
    const text = stringAt(objectAt(thinking, 'reasoningText'), 'text');
    if (text) pieces.push(stringPiece(source, 'thinking', text));
    else hidden.add('thinking that is encrypted', block);
  } else if (image) {
    const bytes =
      stringAt(objectAt(image, 'source'), 'bytes') ??
      stringAt(objectAt(objectAt(image, 'source'), 's3Location'), 'uri');
    if (bytes) pieces.push(mediaPiece(source, 'image', bytes));
    else hidden.add('an image', block);
  } else if (memberOf(block, 'json')) push(memberValue(block, 'json'));
  else if (guarded) push(stringAt(guarded, 'text'));
  else if (cited) pushContent(source, memberValue(cited, 'content'), kind, hidden, reading);
  else if (memberOf(block, 'document')) hidden.add('the pages of a document', block);
  else if (memberOf(block, 'video')) hidden.add('a video', block);
  else return false;
  reading.onlyResults = false;
  return true;
}
