/** The catalogue of text-to-video models: architecture in the field names of public configs, and default settings. */
import { z } from 'zod';
import models from '../../data/videoModels.json';
import { squash, unknownIdMessage } from '../nearest.js';
import type { VideoArchitecture } from './architecture.js';
import { saysItsVae, videoArchitectureFromConfig } from './fromConfig.js';
import type { TwoStagePipeline, VideoSettings } from './plan.js';

const positive = z.number().positive();
const rowSchema = z.object({
  id: z.string(),
  aliases: z.array(z.string()),
  source: z.string(),
  config: z.record(z.string(), z.unknown()),
  defaults: z.object({
    width: positive,
    height: positive,
    frames: positive,
    steps: positive,
    guidance: z.number(),
    fps: positive,
  }),
  pipeline: z.object({ downscale: positive, firstShare: positive, strength: positive }).optional(),
  note: z.string().optional(),
  /** Id of a model of equal architecture that was measured. */
  measuredAs: z.string().optional(),
});
const fileSchema = z.object({ models: z.array(rowSchema) });

/** A model as the data file states it. */
export type VideoModelRow = z.infer<typeof rowSchema>;

/** A model that figures can be made for. */
export interface VideoModel {
  /** The catalogue's id; null for a config of the user's own. */
  readonly id: string | null;
  readonly name: string;
  readonly arch: VideoArchitecture;
  /** Settings that hold where a request leaves them out; null for a config. */
  readonly defaults: (VideoSettings & { readonly fps: number }) | null;
  readonly pipeline?: TwoStagePipeline;
  /** Id under which it has measurements of its own, or those of a model of equal architecture. */
  readonly measuredAs: string | null;
  /** What a reader should know, one phrase each. */
  readonly notes: readonly string[];
}

export type VideoModelMatch =
  { readonly ok: true; readonly model: VideoModel } | { readonly ok: false; readonly error: string };

export interface VideoCatalogue {
  readonly rows: readonly VideoModelRow[];
  /** Ids of the command line. */
  readonly ids: readonly string[];
  /** Id, Hugging Face id (with or without its organisation) or alias, any case. */
  find(id: string): VideoModelMatch;
}

/** Endings of repackaged files: precision, container, a part of the name that says where it came from. */
const PACKAGING =
  /([-_.](diffusers|fp16|bf16|fp8|fp8_e4m3fn|fp8_scaled|e4m3fn|e5m2|scaled|kjai?|q\d[\w]*|gguf|safetensors|pt|preview|dev))+$/i;

/** @param data The data file's content; checked here. */
export function createVideoCatalogue(data: unknown = models): VideoCatalogue {
  const { models: rows } = fileSchema.parse(data);
  const known = new Map<string, () => VideoModel>();
  for (const row of rows) {
    let made: VideoModel | undefined;
    const make = (): VideoModel => (made ??= modelOf(row));
    for (const name of [row.id, ...row.aliases]) {
      for (const key of [squash(name), squash(shortOf(name)), squash(stem(name))]) {
        if (!known.has(key)) known.set(key, make);
      }
    }
  }
  const ids = rows.map((row) => row.id);
  return {
    rows,
    ids,
    find: (id) => {
      const name = id.trim();
      if (squash(name) === '') return { ok: false, error: 'the model id is empty' };
      const make = known.get(squash(name)) ?? known.get(squash(shortOf(name))) ?? known.get(squash(stem(name)));
      if (make !== undefined) return { ok: true, model: make() };
      return {
        ok: false,
        error: `${unknownIdMessage('video model', name, ids)}; or give config with the object of its transformer's config.json`,
      };
    },
  };
}

const shortOf = (id: string): string => id.slice(Math.max(id.lastIndexOf('/'), id.lastIndexOf('\\')) + 1);
const stem = (id: string): string => shortOf(id).replace(PACKAGING, '');

function modelOf(row: VideoModelRow): VideoModel {
  return {
    id: row.id,
    name: row.id,
    arch: videoArchitectureFromConfig(row.config),
    defaults: row.defaults,
    ...(row.pipeline === undefined ? {} : { pipeline: row.pipeline }),
    measuredAs: row.measuredAs ?? row.id,
    notes: row.note === undefined ? [] : [row.note],
  };
}

/** A model from the object of a config.json. @throws VideoConfigError */
export function videoModelFromConfig(name: string, config: object): VideoModel {
  const arch = videoArchitectureFromConfig(config);
  const { temporalCompression: t, spatialCompression: s } = arch.vae;
  const compression = `${t} x ${s} x ${s}`;
  return {
    id: null,
    name,
    arch,
    defaults: null,
    measuredAs: null,
    notes: [
      {
        compression: `VAE of the config: ${compression} (time, height, width)`,
        class: `VAE compression ${compression} (time, height, width): that of the config's VAE class`,
        nothing: `VAE compression ${compression} (time, height, width): that of ${arch.className}, the config says none`,
      }[saysItsVae(config)],
    ],
  };
}
