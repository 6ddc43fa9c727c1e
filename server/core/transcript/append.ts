/** Adds the items at the end of a list. `push(...items)` throws on some hundred thousand of them, and a file may have those. */
export function append<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) list.push(item);
}
