/** A JSON object as it comes out of a file: anything may be in it. */
export type PlainObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object, and neither null nor a list. */
export const isObject = (value: unknown): value is PlainObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
