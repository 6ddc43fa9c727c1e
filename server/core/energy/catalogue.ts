/** The catalogue of models: open ones by the fields of their public config, closed ones by a stated guess. */
import { z } from 'zod';
import models from '../data/models.json';
import type { Architecture } from './architecture.js';
import { architectureFromConfig } from './fromConfig.js';
import { releaseBefore } from './closedFamily.js';
import { shortName, squash, unknownIdMessage } from './nearest.js';
import type { PrecisionId } from './types.js';

const openSchema = z.object({
  id: z.string(),
  aliases: z.array(z.string()).optional(),
  source: z.string(),
  config: z.record(z.string(), z.unknown()),
  published: z.object({
    totalParams: z.number().positive(),
    activeParams: z.number().positive().optional(),
    source: z.string(),
  }),
  note: z.string().optional(),
});
const closedSchema = z.object({
  id: z.string(),
  standIn: z.string(),
  sizeFactor: z.tuple([z.number().positive(), z.number().positive()]),
  source: z.string(),
});
const catalogueSchema = z.object({ open: z.array(openSchema), closed: z.array(closedSchema) });

/** An open model as the data file states it. */
export type OpenModelRow = z.infer<typeof openSchema>;
/** A closed model: an open one stands in for it, and its energy may be `sizeFactor` times that (90 % range). */
export type ClosedModelRow = z.infer<typeof closedSchema>;

/** A model that figures can be made for. */
export interface ResolvedModel {
  /** The catalogue's id, or the name given with a user's config. */
  readonly id: string;
  readonly arch: Architecture;
  /** True where the architecture is a guess: weights and sizes are not public. */
  readonly closed: boolean;
  /** Energy of the real model over that of the stand-in, 90 % range; null for open models. */
  readonly sizeFactor: readonly [lo: number, hi: number] | null;
  /** What a reader should know, one phrase each. */
  readonly notes: readonly string[];
}

/** A model, or one clear line that says why not. */
export type ModelMatch =
  { readonly ok: true; readonly model: ResolvedModel } | { readonly ok: false; readonly error: string };

/** Lookup over a catalogue; architectures are derived once. */
export interface ModelCatalogue {
  readonly open: readonly OpenModelRow[];
  readonly closed: readonly ClosedModelRow[];
  /** Hugging Face id, alias or short name, any case; `-FP8`, `-AWQ` and kin of a known model too. */
  find(id: string): ModelMatch;
}

/** Endings that name a re-quantized copy of a known model. */
const QUANTIZED_ENDINGS: readonly (readonly [RegExp, PrecisionId])[] = [
  [/[-_.](fp8(-dynamic|-block)?)$/i, 'fp8'],
  [/[-_.](awq(-int4)?|gptq(-int4|-4bit)?|int4|w4a16|quantized\.w4a16)$/i, 'int4'],
  [/[-_.](gptq-int8|int8|w8a8|w8a16|quantized\.w8a8)$/i, 'int8'],
  [/[-_.](bnb-4bit|unsloth-bnb-4bit)$/i, 'int4-bnb'],
  [/[-_.](bf16)$/i, 'bf16'],
];

/** What short names leave out. */
const stem = (id: string): string =>
  squash(
    shortName(id)
      .replace(/^(meta-|nvidia-|c4ai-|ai21-)/i, '')
      .replace(/([-_:](instruct|it|chat|hf|base|latest|preview|\d{4}|\d{4}-\d{2}-\d{2}|\d{8}|v\d(\.\d)?))+$/i, ''),
  );

/** @param data The data file's content; checked here. */
export function createCatalogue(data: unknown = models): ModelCatalogue {
  const { open, closed } = catalogueSchema.parse(data);
  const exact = new Map<string, () => ResolvedModel>();
  const short = new Map<string, () => ResolvedModel>();
  const add = (map: Map<string, () => ResolvedModel>, key: string, make: () => ResolvedModel): void => {
    if (!map.has(key)) map.set(key, make);
  };
  for (const row of open) {
    const make = once(() => openModel(row));
    for (const name of [row.id, ...(row.aliases ?? [])]) add(exact, name.toLowerCase(), make);
    for (const name of [row.id, ...(row.aliases ?? [])]) add(exact, squash(shortName(name)), make);
    add(short, stem(row.id), make);
  }
  for (const row of closed) {
    const make = once(() => closedModel(row, exact.get(row.standIn.toLowerCase())!()));
    add(exact, row.id.toLowerCase(), make);
    add(exact, squash(row.id), make);
    add(short, stem(row.id), make);
  }
  const lookUp = (id: string): ResolvedModel | null => {
    const key = id.trim().toLowerCase();
    const make = exact.get(key) ?? exact.get(squash(shortName(key))) ?? short.get(stem(key));
    return make?.() ?? null;
  };
  const closedIds = closed.map((row) => row.id);
  const ids = [...open.map((row) => row.id), ...closedIds];
  const seen = new Map<string, ModelMatch>();
  const find = (id: string): ModelMatch => {
    if (squash(id) === '') return { ok: false, error: 'the model id is empty' };
    const model = lookUp(id) ?? quantizedCopy(id, lookUp) ?? laterRelease(id, closedIds, lookUp);
    if (model !== null) return { ok: true, model };
    return { ok: false, error: `${unknownIdMessage('model', id, ids)}; or give the model's config.json` };
  };
  return {
    open,
    closed,
    find: (id) => {
      const known = seen.get(id);
      if (known !== undefined) return known;
      const match = find(id);
      if (seen.size < 10_000) seen.set(id, match);
      return match;
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function openModel(row: OpenModelRow): ResolvedModel {
  const arch = architectureFromConfig(row.id, row.config);
  return { id: row.id, arch, closed: false, sizeFactor: null, notes: row.note === undefined ? [] : [row.note] };
}

/** A closed model that is newer than the catalogue, as the release before it. */
function laterRelease(
  id: string,
  closedIds: readonly string[],
  lookUp: (id: string) => ResolvedModel | null,
): ResolvedModel | null {
  const before = releaseBefore(id, closedIds);
  const model = before === null ? null : lookUp(before);
  if (model === null) return null;
  const name = shortName(id).toLowerCase();
  return {
    ...model,
    id: name,
    arch: { ...model.arch, id: name },
    notes: [`${name} is not in this catalogue: taken as ${model.id}`, ...model.notes],
  };
}

function closedModel(row: ClosedModelRow, standIn: ResolvedModel): ResolvedModel {
  const [lo, hi] = row.sizeFactor;
  return {
    id: row.id,
    arch: { ...standIn.arch, id: row.id },
    closed: true,
    sizeFactor: row.sizeFactor,
    notes: [`${row.id} is closed: figured as ${standIn.id}, and ${lo} to ${hi} times that is possible (${row.source})`],
  };
}

function quantizedCopy(id: string, lookUp: (id: string) => ResolvedModel | null): ResolvedModel | null {
  for (const [ending, precision] of QUANTIZED_ENDINGS) {
    if (!ending.test(id)) continue;
    const base = lookUp(id.replace(ending, ''));
    if (base === null || base.closed) continue;
    return {
      ...base,
      id,
      arch: {
        ...base.arch,
        id,
        nativePrecision: precision,
        ...(hasBlockScales(id, precision) ? { fp8BlockScales: true } : {}),
      },
      notes: [...base.notes, `read as ${base.id} with ${precision} weights`],
    };
  }
  return null;
}

/** FP8 releases of these makers carry one scale per block of 128 x 128 weights, as their published configs say. */
const hasBlockScales = (id: string, precision: PrecisionId): boolean =>
  precision === 'fp8' && /^(qwen|deepseek-ai)\//i.test(id.trim());

/** A model from the object of a `config.json`. @throws ConfigError */
export function modelFromConfig(name: string, config: unknown): ResolvedModel {
  return { id: name, arch: architectureFromConfig(name, config), closed: false, sizeFactor: null, notes: [] };
}
