/** Tokenizers that the user brought as a `tokenizer.json`, for models by pattern. */
import type { ModelTokens } from './catalog.js';
import type { ChatTemplate } from './templates/types.js';
import type { VocabularyId } from './types.js';

export interface OwnTokenizer {
  /** Matched on the whole model id, whatever its case; `*` stands for any run of characters. */
  readonly pattern: string;
  /** The path as the user wrote it. */
  readonly path: string;
  /** Null where the file cannot be used: the stand-in is, and says so. */
  readonly use: OwnTokenizerUse | null;
}

export interface OwnTokenizerUse {
  readonly vocabulary: VocabularyId;
  readonly exact: boolean;
  /** One phrase each. */
  readonly notes: readonly string[];
  /** The chat template beside the file; null where there is none that can be used. */
  readonly template: ChatTemplate | null;
}

/** The first tokenizer whose pattern matches one of a model's names; null for none. */
export function ownTokenizerOf(
  own: readonly OwnTokenizer[] | undefined,
  names: readonly string[],
): OwnTokenizer | null {
  return own?.find(({ pattern }) => names.some((name) => matches(pattern, name))) ?? null;
}

/** Whether a model id matches; time is at most one length times the other. */
function matches(pattern: string, id: string): boolean {
  const [first, ...rest] = pattern.trim().toLowerCase().split('*');
  const name = id.trim().toLowerCase();
  if (rest.length === 0) return name === first;
  const last = rest.pop()!;
  if (!name.startsWith(first!) || name.length < first!.length + last.length || !name.endsWith(last)) return false;
  let at = first!.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > name.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}

/** What a model is counted with where the user brought a tokenizer for it. */
export function withOwnTokenizer(tokens: ModelTokens, { path, use }: OwnTokenizer): ModelTokens {
  if (!use) {
    const title = `${tokens.tokenizer.vocabulary} as a stand-in for ${path}, which cannot be used`;
    return { ...tokens, tokenizer: { ...tokens.tokenizer, title, exact: false } };
  }
  const { vocabulary, exact, notes, template } = use;
  return {
    ...tokens,
    tokenizer: { vocabulary, title: `${path} (${exact ? 'exact' : 'not exact'})`, exact, notes },
    ...(template ? { template } : {}),
  };
}
