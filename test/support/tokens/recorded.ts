/** What the real SentencePiece said of hard strings, kept in test/fixtures/tokens so that it need not be installed. */
import fs from 'node:fs';
import path from 'node:path';
import type { VocabularyId } from '../../../server/core/tokens/types.js';
import { shortStrings } from './corpus.js';
import type { Oracle } from './oracles.js';

/** Vocabularies that SentencePiece is recorded for. */
export const RECORDED: readonly VocabularyId[] = ['llama-2', 'mistral-v1', 'mistral-v3'];

const STRINGS = 400;

/** Texts on which an earlier definition differed, and others made to be hard. */
const FOUND = [
  // Tokens whose pairs a package lists twice: merged too late.
  'code."),\n  next("x"),',
  'e."),\n',
  ' {\n });\n };\n */ /** x */ ());',
  // Tokens whose pairs it does not list.
  '/\n  \r\u2764\ufe0f<|im_start|>  crea',
  '    \r0\uff0c',
  "'LLi<think>{\r\n",
  // Symbols that Mistral v3 takes out of any text.
  'see [REFERENCE_DOC_7] and [REFERENCE_DOC_77], [/INST]',
  ...Array.from({ length: 70 }, (_, length) => `x${' '.repeat(length)}the`),
  ...Array.from({ length: 36 }, (_, length) => `${'\u2581'.repeat(length + 1)} ${' '.repeat(length)}`),
];

const wellFormed = (text: string): string => Buffer.from(text).toString();
const fileOf = (id: VocabularyId): string =>
  path.resolve(__dirname, `../../../../test/fixtures/tokens/sentencepiece-${id}.json`);

/** Writes the fixture of a vocabulary. */
export async function recordSentencePiece(id: VocabularyId, oracle: Oracle): Promise<void> {
  const texts = [...FOUND, ...shortStrings(2_026, STRINGS)].map(wellFormed);
  const ids = await oracle.encode(texts);
  oracle.close?.();
  const lines = texts.map((text, at) => JSON.stringify([text, [...Array.from(ids[at]!)]]));
  fs.mkdirSync(path.dirname(fileOf(id)), { recursive: true });
  fs.writeFileSync(fileOf(id), `[\n${lines.join(',\n')}\n]\n`);
  console.log(`${fileOf(id)}: ${texts.length} texts`);
}

/** Texts and the ids that SentencePiece gave them. */
export const recordedIds = (id: VocabularyId): [text: string, ids: number[]][] =>
  JSON.parse(fs.readFileSync(fileOf(id), 'utf8')) as [string, number[]][];
