/** Tolerant reading of YAML: what formats in YAML, and front matter, are read with. */
export { hasKey, itemsOf, membersOf, memberValue, resolved, type YamlMember, type YamlNode } from './node.js';
export { readYaml, readYamlNow, type YamlDocument } from './read.js';
export {
  maxTokensOf,
  modelOf,
  numberOf,
  plainValue,
  scalarPiece,
  scalarText,
  scalarType,
  type ScalarType,
  type YamlSource,
} from './scalar.js';
export { insertYamlMessage } from './insert.js';
export { impliedTurn, isSureMessage, messageTurn, messageTurns, report } from './messages.js';
export { hasPlaceholder, sampleOf, templateOf, type Sample } from './template.js';
