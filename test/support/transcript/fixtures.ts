/** The transcript fixtures, and a parse as plain JSON for golden files. */
import fs from 'node:fs';
import path from 'node:path';
import type { ContentPiece, FormatAdapter, ParsedTranscript, Span } from '../../../server/core/transcript/model.js';
import { drain } from '../../../server/core/transcript/parseTranscript.js';
import { adapterById } from '../../../server/core/transcript/registry.js';

const ROOT = path.resolve(__dirname, '../../../../test/fixtures');
const FOLDERS: readonly (readonly [folder: string, format: string])[] = [
  ['openai-chat', 'openai-chat'],
  ['json-lines', 'json-lines'],
  ['text', 'text-transcript'],
];

export interface Fixture {
  readonly name: string;
  readonly text: string;
  readonly adapter: FormatAdapter;
  readonly expectedFile: string;
}

export const FIXTURES: readonly Fixture[] = FOLDERS.flatMap(([folder, format]) =>
  fs
    .readdirSync(path.join(ROOT, folder))
    .filter((name) => !name.endsWith('.expected.json'))
    .map((name) => ({
      name: `${folder}/${name}`,
      text: fs.readFileSync(path.join(ROOT, folder, name), 'utf8'),
      adapter: adapterById(format)!,
      expectedFile: path.join(ROOT, folder, `${name}.expected.json`),
    })),
);

export const parse = (adapter: FormatAdapter, text: string): ParsedTranscript => drain(adapter.parse(text));

const pair = ({ start, end }: Span): [number, number] => [start, end];

const plainPiece = (piece: ContentPiece) => ({
  kind: piece.kind,
  spans: piece.spans.map(pair),
  text: piece.text,
  mapped: piece.map !== undefined,
});

/** A parse as plain data: everything that a golden file holds. */
export function plain(text: string, { conversations, problems }: ParsedTranscript) {
  return {
    conversations: conversations.map((conversation) => ({
      id: conversation.id,
      span: pair(conversation.span),
      ...(conversation.model ? { model: conversation.model.id, modelSpan: pair(conversation.model.span) } : {}),
      ...conversation.parameters,
      ...(conversation.tools ? { tools: conversation.tools.text, toolSpans: conversation.tools.spans.length } : {}),
      turns: conversation.turns.map((turn) => ({
        index: turn.index,
        role: turn.role,
        roleRaw: turn.roleRaw,
        ...(turn.name === undefined ? {} : { name: turn.name }),
        span: pair(turn.span),
        roleSpan: pair(turn.roleSpan),
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
