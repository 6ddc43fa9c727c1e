/** The adapter of exports in JSON: one value that holds conversations, or an array of such. Read-only. */
import type { JsonNode } from '../json/node.js';
import type { Source } from '../json/pieces.js';
import { readJson, readJsonNow } from '../json/reader.js';
import type { Wanted } from '../json/strictReader.js';
import type { Conversation, FileHint, FormatAdapter, ParseContext, ParsedTranscript, Problem } from '../model.js';
import { sortProblems } from '../spans.js';

/** A conversation to be: its id, where the export gives none, is its number in the file. */
export type ExportedConversation = Omit<Conversation, 'id'> & { readonly id?: string };

/** What an export says of itself, and how one value of it is read. */
export interface JsonExport extends Omit<FormatAdapter, 'writable' | 'detect' | 'parse' | 'update' | 'insertReply'> {
  /** What a text must have for any value in it to be of this format: the cheap test of detection. */
  readonly trace: RegExp;
  /** The members that `conversations` and `accepts` look at, all where absent; the others may be left out. */
  readonly wanted?: Wanted;
  /** Whether an object, which may break off anywhere, is of this format. */
  recognises(text: string, value: JsonNode): boolean;
  /** Whether an object can be read as one where the file is of this format; the same where absent. */
  accepts?(text: string, value: JsonNode): boolean;
  /** The conversations of the values that are recognised, in file order. */
  conversations(
    source: Source,
    values: readonly JsonNode[],
    context: ParseContext,
  ): Generator<void, ExportedConversation[]>;
}

const NAMES = /\.json$/i;

function mayBeJson({ path, languageId }: FileHint): boolean {
  if (NAMES.test(path) || languageId === 'json') return true;
  return !/\.[^./]+$/.test(path) && (languageId === undefined || languageId === 'plaintext');
}

/** The objects at the top, or in the array at the top. */
const valuesOf = (roots: readonly JsonNode[]): JsonNode[] =>
  roots.flatMap((root) => (root.kind === 'array' ? root.items : [root])).filter(({ kind }) => kind === 'object');

export function jsonExport(format: JsonExport): FormatAdapter {
  const { trace, wanted, recognises, accepts = recognises, conversations, ...described } = format;
  return {
    ...described,
    writable: false,
    detect(hint, head) {
      if (!mayBeJson(hint) || !/^\s*[[{]/.test(head) || !trace.test(head)) return null;
      return valuesOf(readJsonNow(head).roots)
        .slice(0, 3)
        .some((value) => recognises(head, value))
        ? 'content'
        : null;
    },
    *parse(text, context = { path: '', branches: 'current' }): Generator<void, ParsedTranscript> {
      const document = yield* readJson(text, wanted);
      const problems: Problem[] = [...document.problems];
      const source: Source = { text, problems, broken: problems.length > 0 };
      const values = valuesOf(document.roots).filter((value) => accepts(text, value));
      const made = yield* conversations(source, values, context);
      const kept = made.filter(({ turns }) => turns.length > 0);
      return {
        conversations: kept.map((each, index) => ({ ...each, id: each.id ?? String(index) })),
        problems: sortProblems(problems),
      };
    },
  };
}
