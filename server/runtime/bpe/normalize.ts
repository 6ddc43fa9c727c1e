/** Normalisation to NFC as the reference tokenizers of Qwen have it: with the tables of an older Unicode version. */

/**
 * Characters that today's Unicode composes or reorders and the reference leaves alone, found by comparing every code
 * point with Hugging Face `tokenizers` 0.21 (Unicode 17 against its tables). Each stands apart, like a base character.
 */
const NEWER =
  '\\u07fd\\u0897-\\u089f\\u08ca-\\u08d3\\u09fe\\u0c3c\\u0d3b\\u0d3c\\u0eba\\u1715\\u1abf-\\u1add\\u1ae0-\\u1aeb' +
  '\\u1df6-\\u1dfa\\ua82c\\u{105c9}\\u{105d2}\\u{105da}\\u{105e4}\\u{10d24}-\\u{10d27}\\u{10d69}-\\u{10d6d}\\u{10eab}' +
  '\\u{10eac}\\u{10efa}\\u{10efb}\\u{10efd}-\\u{10eff}\\u{10f46}-\\u{10f50}\\u{10f82}-\\u{10f85}\\u{11070}\\u{1133b}' +
  '\\u{11382}-\\u{11385}\\u{1138b}\\u{1138e}\\u{11390}\\u{11391}\\u{113c2}\\u{113c5}\\u{113c7}\\u{113c8}' +
  '\\u{113ce}-\\u{113d0}\\u{1145e}\\u{11839}\\u{1183a}\\u{11935}\\u{11938}\\u{1193d}\\u{1193e}\\u{11943}\\u{119e0}' +
  '\\u{11a34}\\u{11a47}\\u{11a99}\\u{11d42}\\u{11d44}\\u{11d45}\\u{11d97}\\u{11f41}\\u{11f42}\\u{1611e}' +
  '\\u{16121}-\\u{16129}\\u{1612f}\\u{16d63}\\u{16d67}-\\u{16d6a}\\u{16ff0}\\u{16ff1}\\u{1e08f}\\u{1e130}-\\u{1e136}' +
  '\\u{1e2ae}\\u{1e2ec}-\\u{1e2ef}\\u{1e4ec}-\\u{1e4ef}\\u{1e5ee}\\u{1e5ef}\\u{1e6e3}\\u{1e6e6}\\u{1e6ee}\\u{1e6ef}\\u{1e6f5}';

// A list of code points, not of what they look like together.
// eslint-disable-next-line no-misleading-character-class
const APART = new RegExp(`([${NEWER}])`, 'u');
/** Below U+0300 nothing composes with what stands before it, and everything is NFC already. */
const MAY_CHANGE = /[\u0300-\uffff]/;

/** NFC of `text`; the text itself where nothing changes. */
export function toNfc(text: string): string {
  if (!MAY_CHANGE.test(text)) return text;
  if (!APART.test(text)) return text.normalize('NFC');
  return text
    .split(APART)
    .map((part, index) => (index % 2 === 1 ? part : part.normalize('NFC')))
    .join('');
}
