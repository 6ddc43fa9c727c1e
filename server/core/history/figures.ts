/** What of a run or a series may be kept: figures, and the few words that say what they are. */

/** Words of ours or of a meter, never of a prompt or a reply. */
const words = new Set([
  'provenance',
  'scope',
  'method',
  'meter',
  'field',
  'finishReason',
  'boundary',
  'phaseMethod',
  'kind',
  'discarded',
]);

/** A meter's words come from the endpoint: no more of them than a description needs. */
const longestWord = 300;

/** A figure, a yes or no, or one of the words above. */
export type Figure = number | boolean | string | null;

/** The figures of `source` under their names. Text under any other name, lists and objects are left out. */
export function figuresOf(source: object): Record<string, Figure> {
  const kept: Record<string, Figure> = {};
  for (const [name, value] of Object.entries(source) as [string, unknown][]) {
    if (value === null || typeof value === 'boolean') kept[name] = value;
    else if (typeof value === 'number' && Number.isFinite(value)) kept[name] = value;
    else if (typeof value === 'string' && words.has(name)) kept[name] = value.slice(0, longestWord);
  }
  return kept;
}
