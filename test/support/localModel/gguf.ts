/**
 * A small random model in the GGUF format (version 3, as ggml's docs/gguf.md describes it): the llama architecture with
 * one piece for each byte, so that any text can be given. It writes nonsense, at the speed and with the work of a model.
 */
import { seeded } from '../../benchmarks/transcripts.js';

/** Size of a model. */
export interface ModelSize {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly feedForward: number;
  readonly contextTokens: number;
}

/** About 5 million parameters, 20 MB. */
export const smallModel: ModelSize = { layers: 6, width: 256, heads: 8, feedForward: 688, contextTokens: 4096 };

type Value =
  | string
  | number
  | { readonly f32: number }
  | readonly string[]
  | { readonly f32s: readonly number[] }
  | { readonly i32s: readonly number[] };

const typeUint32 = 4;
const typeInt32 = 5;
const typeFloat32 = 6;
const typeString = 8;
const typeArray = 9;
const alignment = 32;

const kindNormal = 1;
const kindUnknown = 2;
const kindControl = 3;
const kindByte = 6;

const chatTemplate =
  "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\\n' }}{% endfor %}{{ 'assistant: ' }}";

/** The bytes of a model file. The same seed gives the same bytes. */
export function randomModel(size: ModelSize, seed: number): Buffer {
  const pieces = vocabulary();
  const tensors = tensorShapes(size, pieces.tokens.length);
  const facts: readonly (readonly [string, Value])[] = [
    ['general.architecture', 'llama'],
    ['general.name', 'random'],
    ['general.alignment', alignment],
    ['general.file_type', 0],
    ['llama.context_length', size.contextTokens],
    ['llama.embedding_length', size.width],
    ['llama.block_count', size.layers],
    ['llama.feed_forward_length', size.feedForward],
    ['llama.attention.head_count', size.heads],
    ['llama.attention.head_count_kv', size.heads],
    ['llama.attention.layer_norm_rms_epsilon', { f32: 1e-5 }],
    ['llama.rope.dimension_count', size.width / size.heads],
    ['llama.vocab_size', pieces.tokens.length],
    ['tokenizer.ggml.model', 'llama'],
    ['tokenizer.ggml.tokens', pieces.tokens],
    ['tokenizer.ggml.scores', { f32s: pieces.tokens.map(() => 0) }],
    ['tokenizer.ggml.token_type', { i32s: pieces.kinds }],
    ['tokenizer.ggml.unknown_token_id', 0],
    ['tokenizer.ggml.bos_token_id', 1],
    ['tokenizer.ggml.eos_token_id', 2],
    ['tokenizer.chat_template', chatTemplate],
  ];
  let offset = 0;
  const infos = tensors.map(({ name, dimensions }) => {
    const info = Buffer.concat([
      text(name),
      uint32(dimensions.length),
      ...dimensions.map((each) => uint64(each)),
      uint32(0), // F32
      uint64(offset),
    ]);
    offset = padded(offset + 4 * product(dimensions));
    return info;
  });
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    uint32(3),
    uint64(tensors.length),
    uint64(facts.length),
    ...facts.map(([key, value]) => Buffer.concat([text(key), valueBytes(value)])),
    ...infos,
  ]);
  const random = seeded(seed);
  const data = Buffer.alloc(offset);
  let place = 0;
  for (const { name, dimensions } of tensors) {
    const numbers = new Float32Array(product(dimensions));
    const scale = 1 / Math.sqrt(dimensions[0]!);
    for (let at = 0; at < numbers.length; at++)
      numbers[at] = name.includes('norm') ? 1 : (random() - 0.5) * 3.46 * scale;
    // The end of the reply is never the likeliest token: replies are as long as they are asked to be.
    if (name === 'output.weight') numbers.fill(0, 2 * size.width, 3 * size.width);
    Buffer.from(numbers.buffer).copy(data, place);
    place = padded(place + 4 * numbers.length);
  }
  return Buffer.concat([head, Buffer.alloc(padded(head.length) - head.length), data]);
}

function vocabulary(): { readonly tokens: readonly string[]; readonly kinds: readonly number[] } {
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const letters = ['\u2581', ...'etaoinshrdlucmfwypvbgkjqxz'];
  return {
    tokens: ['<unk>', '<s>', '</s>', ...bytes, ...letters],
    kinds: [kindUnknown, kindControl, kindControl, ...bytes.map(() => kindByte), ...letters.map(() => kindNormal)],
  };
}

function tensorShapes(
  size: ModelSize,
  pieces: number,
): { readonly name: string; readonly dimensions: readonly number[] }[] {
  const { width, feedForward } = size;
  const layer = (index: number): [string, number[]][] => [
    [`blk.${index}.attn_norm.weight`, [width]],
    [`blk.${index}.attn_q.weight`, [width, width]],
    [`blk.${index}.attn_k.weight`, [width, width]],
    [`blk.${index}.attn_v.weight`, [width, width]],
    [`blk.${index}.attn_output.weight`, [width, width]],
    [`blk.${index}.ffn_norm.weight`, [width]],
    [`blk.${index}.ffn_gate.weight`, [width, feedForward]],
    [`blk.${index}.ffn_up.weight`, [width, feedForward]],
    [`blk.${index}.ffn_down.weight`, [feedForward, width]],
  ];
  const all: [string, number[]][] = [
    ['token_embd.weight', [width, pieces]],
    ...Array.from({ length: size.layers }, (_, index) => layer(index)).flat(),
    ['output_norm.weight', [width]],
    ['output.weight', [width, pieces]],
  ];
  return all.map(([name, dimensions]) => ({ name, dimensions }));
}

function valueBytes(value: Value): Buffer {
  if (typeof value === 'string') return Buffer.concat([uint32(typeString), text(value)]);
  if (typeof value === 'number') return Buffer.concat([uint32(typeUint32), uint32(value)]);
  if ('f32' in value) return Buffer.concat([uint32(typeFloat32), float32(value.f32)]);
  if ('f32s' in value) return array(typeFloat32, value.f32s.map(float32));
  if ('i32s' in value) return array(typeInt32, value.i32s.map(uint32));
  return array(typeString, value.map(text));
}

function array(type: number, items: readonly Buffer[]): Buffer {
  return Buffer.concat([uint32(typeArray), uint32(type), uint64(items.length), ...items]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function padded(size: number): number {
  return Math.ceil(size / alignment) * alignment;
}

function product(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all * each, 1);
}
