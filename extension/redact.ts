/** Keeps API keys out of every log that the extension writes. Pure: no `vscode` here. */

/** Remembers secrets and blanks them out of text. */
export interface Redactor {
  /** From now on this value is blanked. Empty and very short values are ignored: they would blank ordinary text. */
  add(secret: string): void;
  clean(text: string): string;
}

/** Makes a redactor that knows no secret yet. */
export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  return {
    add(secret) {
      if (secret.length >= 4) {
        secrets.add(secret);
        // As JSON writes it, where that differs.
        secrets.add(JSON.stringify(secret).slice(1, -1));
      }
    },
    clean(text) {
      let result = text;
      for (const secret of secrets) {
        result = result.split(secret).join('<key>');
      }
      return result;
    },
  };
}

/** A logger whose every method that takes text cleans it first. */
export function redacted<T extends object>(logger: T, redactor: Redactor): T {
  const writers = new Set(['trace', 'debug', 'info', 'warn', 'error', 'append', 'appendLine', 'replace']);
  return new Proxy(logger, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') {
        return value;
      }
      if (!writers.has(String(property))) {
        return value.bind(target) as unknown;
      }
      return (...parts: unknown[]): unknown =>
        (value as (...args: unknown[]) => unknown).apply(
          target,
          parts.map((part) => (typeof part === 'string' ? redactor.clean(part) : part)),
        );
    },
  });
}
