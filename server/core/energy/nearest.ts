/** The ids most like a mistyped one. */

/** Longest id that is compared; longer input is cut. */
const MAX_LENGTH = 80;

/** Lower case, punctuation out: `Llama 3.1-8B` and `llama3.1_8b` become one. */
export const squash = (id: string): string => id.toLowerCase().replace(/[^a-z0-9]+/g, '');

/** Up to `count` of `ids` with the smallest edit distance to `wanted`, best first. */
export function nearestIds(wanted: string, ids: readonly string[], count = 3): string[] {
  const target = squash(wanted.slice(0, MAX_LENGTH));
  return ids
    .map((id, order) => ({ id, order, distance: dissimilarity(target, squash(shortName(id))) }))
    .sort((a, b) => a.distance - b.distance || a.order - b.order)
    .slice(0, count)
    .map((each) => each.id);
}

/** The id without its organisation: `meta-llama/Llama-3.1-8B` to `Llama-3.1-8B`. */
export const shortName = (id: string): string => id.slice(id.lastIndexOf('/') + 1);

/** `unknown GPU "h100": nearest are h100-sxm, h100-pcie, h100-nvl`. */
export function unknownIdMessage(kind: string, wanted: string, ids: readonly string[]): string {
  const shown = wanted.length > MAX_LENGTH ? `${wanted.slice(0, MAX_LENGTH)}...` : wanted;
  return `unknown ${kind} ${JSON.stringify(shown)}; the nearest ids are ${nearestIds(wanted, ids).join(', ')}`;
}

/** Edit distance, where what one has at the end beyond the other counts little. */
function dissimilarity(a: string, b: string): number {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (short.length > 2 && long.startsWith(short)) return 0.1 * (long.length - short.length);
  if (short.length > 2 && long.includes(short)) return 1 + 0.1 * (long.length - short.length);
  return 2 + editDistance(a, b);
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(swap, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
