/** Tolerant reading of YAML: what formats in YAML, and front matter, are read with. */
export { hasKey, itemsOf, membersOf, memberValue, resolved, type YamlMember, type YamlNode } from './node.js';
export { readYaml, readYamlNow, type YamlDocument } from './read.js';
export {
  numberOf,
  plainValue,
  scalarPiece,
  scalarText,
  scalarType,
  type ScalarType,
  type YamlSource,
} from './scalar.js';
