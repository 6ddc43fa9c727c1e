/** API keys: in VS Code's secret storage, one per origin, never in settings or logs. */
import type * as vscode from 'vscode';
import type { Redactor } from '../redact.js';

/** The keys of endpoints by origin. */
export interface Keys {
  get(origin: string): Promise<string | undefined>;
  set(origin: string, key: string): Promise<void>;
  remove(origin: string): Promise<void>;
  /** Origins that have a key, so that one can be removed. */
  origins(): readonly string[];
}

const listKey = 'joulelens.keyOrigins';

const secretName = (origin: string): string => `joulelens.key:${origin}`;

/** Keys over secret storage. The list of origins (no secret) is in the global state, as secret storage cannot be listed. */
export function openKeys(context: vscode.ExtensionContext, redactor: Redactor): Keys {
  const origins = (): readonly string[] => context.globalState.get<string[]>(listKey, []);
  return {
    origins,
    async get(origin) {
      const key = await context.secrets.get(secretName(origin));
      if (key !== undefined) {
        redactor.add(key);
      }
      return key;
    },
    async set(origin, key) {
      redactor.add(key);
      await context.secrets.store(secretName(origin), key);
      await context.globalState.update(listKey, [...new Set([...origins(), origin])].sort());
    },
    async remove(origin) {
      await context.secrets.delete(secretName(origin));
      await context.globalState.update(
        listKey,
        origins().filter((each) => each !== origin),
      );
    },
  };
}
