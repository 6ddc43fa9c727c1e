/** A request for a generated video clip as a file has it. Plain data; spans are offsets in the source. */
import type { VideoSettings } from '../../energy/video/plan.js';
import type { Span } from '../../transcript/model.js';

/** Where requests stand: the body of an API call, a ComfyUI workflow, a call of a diffusers pipeline. */
export type VideoRequestKind = 'api' | 'comfyui' | 'diffusers';

/** The model that a request names. */
export interface NamedVideoModel {
  /** Catalogue id; null where the name says none that is known. */
  readonly id: string | null;
  /** As the file has it; null where it names none. */
  readonly name: string | null;
}

/** One clip, or several at once. */
export interface VideoRequest {
  readonly kind: VideoRequestKind;
  /** All of it: where a hover shows. */
  readonly span: Span;
  /** What a lens stands over. */
  readonly anchor: Span;
  readonly model: NamedVideoModel;
  /** What it says; the rest is the model's (or the pipeline's) default. */
  readonly asked: { readonly [K in keyof VideoSettings]?: number };
  /** Clips made by it. */
  readonly clips: number;
  /** One sampler at one size, also where the model's usual pipeline has two stages. */
  readonly isSingleStage: boolean;
  /** What was read into it, one phrase each. */
  readonly notes: readonly string[];
}

/** The parts of a settings object under construction. */
export type AskedSettings = { -readonly [K in keyof VideoSettings]?: number };
