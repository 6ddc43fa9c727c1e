/** The values of a prompt file's front matter, with the places of those that matter. */
import { isObject } from '../../plainObject.js';
import type { ContentPiece, Conversation, ConversationParameters, Problem, Span } from '../model.js';
import { shiftPiece, shiftProblem } from '../spans.js';
import { memberValue, plainValue, readYamlNow, scalarPiece, scalarType, type YamlNode } from '../yaml/index.js';
import { openFrontMatter, type FrontMatterBlock } from './frontMatter.js';

/** A glob without quotes (`globs: *.ts`): to YAML an alias, to the tools that have such keys a pattern. */
const BARE_GLOB = /^([A-Za-z]\w{0,40}[ \t]*:[ \t]+)(\*(?:[^\r\n]*[*./][^\r\n]*|(?=[ \t]*$)))$/gm;

/** A value on the line of its key at the outermost level, without quotes and no block of lines. */
const LINE_VALUE = /^([A-Za-z][\w-]{0,40})([ \t]*:[ \t]+)(?!["'|>])(\S[^\r\n]*)$/gm;
/** Keys whose values are one line of text to agents, whatever it begins with. */
const TEXT_KEYS: ReadonlySet<string> = new Set(['name', 'description', 'argument-hint', 'title']);
/** What to YAML begins a value that is no text, and what ends one that is. */
const NO_TEXT = /^[[\]{}&*!%@`,]|:(?=[ \t]|$)/;

/** Whether YAML is read as agents do: a line of text is one also where it has a colon or begins with a bracket. */
export type SettingsStyle = 'strict' | 'by-line';

/** A copy of YAML, unit for unit as long, in which values that agents take as they stand are words. */
function structureOf(source: string, style: SettingsStyle): string {
  const copy = source.replace(BARE_GLOB, (_line, key: string, glob: string) => key + 'x'.repeat(glob.length));
  if (style === 'strict') return copy;
  return copy.replace(LINE_VALUE, (line, key: string, colon: string, value: string) => {
    const isText = TEXT_KEYS.has(key) ? NO_TEXT.test(value) : !/^[[\]{}&*!%@`,]/.test(value) && /:[ \t]/.test(value);
    return isText ? key + colon + 'x'.repeat(value.length) : line;
  });
}

type Path = readonly string[];
type Values = Readonly<Record<string, unknown>>;

/** Front matter as read: what cannot be read is missing, and a problem says so. */
export class Settings {
  static readonly NONE = new Settings('', 0, null, []);
  readonly values: Values;

  private constructor(
    private readonly source: string,
    private readonly offset: number,
    private readonly root: YamlNode | null,
    readonly problems: readonly Problem[],
  ) {
    const values = plainValue(source, root);
    this.values = isObject(values) ? values : {};
  }

  /** @param yaml the stretch of `text` that is YAML */
  static read(text: string, yaml: Span, problems: readonly Problem[] = [], style: SettingsStyle = 'strict'): Settings {
    const source = text.slice(yaml.start, yaml.end);
    const document = readYamlNow(structureOf(source, style));
    const found = document.problems.map((problem) => shiftProblem(problem, yaml.start));
    return new Settings(source, yaml.start, document.roots[0] ?? null, [...problems, ...found]);
  }

  /** Of the text whose front matter is `block`; none for null. */
  static of(text: string, block: FrontMatterBlock | null, style: SettingsStyle = 'strict'): Settings {
    if (!block) return Settings.NONE;
    return Settings.read(text, block.yaml, block.closed ? [] : [openFrontMatter(block)], style);
  }

  #node(path: Path): YamlNode | null {
    return path.reduce<YamlNode | null>((node, key) => memberValue(node, key), this.root);
  }

  /** The value at a path of keys. */
  at(...path: Path): unknown {
    let value: unknown = this.values;
    for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    return value;
  }

  /** Source range of the value at a path of keys. */
  spanAt(...path: Path): Span | null {
    const node = this.#node(path);
    return node && { start: this.offset + node.start, end: this.offset + node.end };
  }

  /** The text at a path of keys, as a piece; none where there is no text. */
  piecesAt(...path: Path): ContentPiece[] {
    const piece = scalarPiece({ text: this.source, problems: [] }, 'text', this.#node(path));
    return piece && piece.text !== '' ? [shiftPiece(piece, this.offset)] : [];
  }

  /** The text at the first of these paths that has one, and where it stands without its quotes. */
  model(...paths: readonly Path[]): Conversation['model'] | undefined {
    for (const path of paths) {
      const node = this.#node(path);
      const [piece] = scalarType(this.source, node) === 'string' ? this.piecesAt(...path) : [];
      // A value from the environment, a template or a person (`<your-model>`) is not known here.
      if (!piece || /[${}<>]/.test(piece.text) || piece.text.trim() === '') continue;
      return { id: piece.text.trim(), span: { start: piece.spans[0]!.start, end: piece.spans.at(-1)!.end } };
    }
    return undefined;
  }

  /** The cap on the reply: the first of these paths that has a whole number above zero. */
  parameters(...paths: readonly Path[]): ConversationParameters {
    for (const path of paths) {
      const value = this.at(...path);
      if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return { maxTokens: value };
    }
    return {};
  }

  /** The list at the first of these paths that has one, as the compact JSON that is sent. */
  jsonAt(...paths: readonly Path[]): ContentPiece | null {
    for (const path of paths) {
      const value = this.at(...path);
      const span = this.spanAt(...path);
      if (!Array.isArray(value) || value.length === 0 || !span) continue;
      const text = JSON.stringify(value);
      const sourceLength = span.end - span.start;
      const whole = { decodedStart: 0, decodedLength: text.length, sourceStart: 0, sourceLength };
      // Equal lengths would read as one to one.
      const last = { decodedStart: text.length - 1, decodedLength: 1, sourceStart: sourceLength, sourceLength: 0 };
      const runs = text.length === sourceLength ? [{ ...whole, decodedLength: text.length - 1 }, last] : [whole];
      return { kind: 'text', spans: [span], text, map: { runs } };
    }
    return null;
  }
}
