/** The transcript fixtures, and a parse as plain JSON for golden files. */
import fs from 'node:fs';
import path from 'node:path';
import type {
  ContentPiece,
  FormatAdapter,
  ParseContext,
  ParsedTranscript,
  Span,
} from '../../../server/core/transcript/model.js';
import { drain } from '../../../server/core/transcript/parseTranscript.js';
import { FORMATS } from '../../../server/core/transcript/registry.js';

const ROOT = path.resolve(__dirname, '../../../../test/fixtures');

export interface Fixture {
  /** Path in test/fixtures with forward slashes; the part after the format's folder is the file's path as users have it. */
  readonly name: string;
  readonly text: string;
  readonly adapter: FormatAdapter;
  readonly expectedFile: string;
}

/** Every file of a folder and its folders, as paths with forward slashes relative to it. */
const filesIn = (folder: string): string[] =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();

/** The folder `test/fixtures/<format id>` holds the fixtures of that format. */
export const FIXTURES: readonly Fixture[] = FORMATS.flatMap((adapter) =>
  filesIn(path.join(ROOT, adapter.id))
    .filter((name) => !name.endsWith('.expected.json'))
    .map((name) => ({
      name: `${adapter.id}/${name}`,
      text: fs.readFileSync(path.join(ROOT, adapter.id, name), 'utf8'),
      adapter,
      expectedFile: path.join(ROOT, adapter.id, `${name}.expected.json`),
    })),
);

/** The context in which a fixture is parsed. */
export const contextOf = ({ name }: Fixture): ParseContext => ({ path: name, branches: 'current' });

/** A parse in one go. `path` matters to formats that tell a role from the file's name. */
export const parse = (adapter: FormatAdapter, text: string, path = ''): ParsedTranscript =>
  drain(adapter.parse(text, { path, branches: 'current' }));

const pair = ({ start, end }: Span): [number, number] => [start, end];

const plainPiece = (piece: ContentPiece) => ({
  kind: piece.kind,
  spans: piece.spans.map(pair),
  text: piece.text,
  mapped: piece.map !== undefined,
  ...(piece.media ? { media: piece.media } : {}),
});

/** A parse as plain data: everything that a golden file holds. */
export function plain(text: string, { conversations, problems }: ParsedTranscript) {
  return {
    conversations: conversations.map((conversation) => ({
      id: conversation.id,
      ...(conversation.title === undefined ? {} : { title: conversation.title }),
      span: pair(conversation.span),
      ...(conversation.model ? { model: conversation.model.id, modelSpan: pair(conversation.model.span) } : {}),
      ...conversation.parameters,
      ...(conversation.tools ? { tools: conversation.tools.text, toolSpans: conversation.tools.spans.length } : {}),
      ...(conversation.hidden
        ? { hidden: conversation.hidden.map(({ what, span }) => ({ what, span: pair(span) })) }
        : {}),
      ...(conversation.template ? { template: conversation.template } : {}),
      ...(conversation.standing ? { standing: conversation.standing } : {}),
      ...(conversation.rendered ? { rendered: conversation.rendered } : {}),
      ...(conversation.otherBranches === undefined ? {} : { otherBranches: conversation.otherBranches }),
      turns: conversation.turns.map((turn) => ({
        index: turn.index,
        role: turn.role,
        roleRaw: turn.roleRaw,
        ...(turn.name === undefined ? {} : { name: turn.name }),
        span: pair(turn.span),
        roleSpan: pair(turn.roleSpan),
        ...(turn.reported ? { reported: turn.reported } : {}),
        ...(turn.markup ? { markup: turn.markup } : {}),
        pieces: turn.pieces.map(plainPiece),
      })),
    })),
    problems: problems.map(({ code, severity, message, span }) => ({
      code,
      severity,
      message,
      span: pair(span),
      source: text.slice(span.start, span.end),
    })),
  };
}

/** Role and decoded text of each turn of each conversation. */
export const said = ({ conversations }: ParsedTranscript): string[][] =>
  conversations.map(({ turns }) =>
    turns.map(({ role, pieces }) => `${role}: ${pieces.map(({ text }) => text).join('')}`),
  );
