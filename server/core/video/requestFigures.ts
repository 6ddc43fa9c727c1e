/** What a request for a clip costs, and what smaller ones would save. */
import { createVideoCatalogue, type VideoCatalogue } from '../energy/video/catalogue.js';
import { predictClip, type VideoPrediction } from '../energy/video/predictVideo.js';
import type { VideoSettings } from '../energy/video/plan.js';
import type { VideoRequest } from './requests/model.js';

/** The same clip with something halved. */
export interface VideoSaving {
  readonly what: string;
  /** Of all clips. */
  readonly gpuJoules: number;
  readonly seconds: number;
  /** Saved over the figure, 0 to 1. */
  readonly share: number;
}

export interface VideoFigures {
  /** Of one clip. */
  readonly prediction: VideoPrediction;
  readonly clips: number;
  /** Of all clips. */
  readonly gpuJoules: number;
  readonly interval90: readonly [number, number];
  readonly seconds: number;
  readonly savings: readonly VideoSaving[];
}

export type VideoOutcome =
  { readonly ok: true; readonly figures: VideoFigures } | { readonly ok: false; readonly error: string };

const catalogue = createVideoCatalogue();

/** Figures of a request, or one clear line on why there are none. */
export function videoFigures(request: VideoRequest, models: VideoCatalogue = catalogue): VideoOutcome {
  const { id, name } = request.model;
  if (id === null) {
    const why =
      name === null
        ? 'the request names no model that is known'
        : `no architecture is known for ${JSON.stringify(name)}; joulelens video --config takes its config.json`;
    return { ok: false, error: why };
  }
  const match = models.find(id);
  if (!match.ok) return match;
  const { pipeline: _pipeline, ...single } = match.model;
  const model = request.isSingleStage ? single : match.model;
  const bad = Object.entries(request.asked).find(
    ([field, value]) => !(value >= (field === 'guidance' ? 0 : 1)) || value > 1e6,
  );
  if (bad !== undefined) return { ok: false, error: `${bad[0]}: ${bad[1]} is no ${bad[0]} of a clip` };
  try {
    // A call of a diffusers pipeline says what runs it.
    const engine = request.kind === 'diffusers' ? ('diffusers' as const) : undefined;
    const at = (asked: VideoRequest['asked']): VideoPrediction => predictClip(model, { ...asked, engine });
    const prediction = at(request.asked);
    const { clips } = request;
    const total = prediction.gpuJoules * clips;
    const a: VideoSettings = prediction.assumptions;
    const half = (value: number): number => Math.max(1, Math.round(value / 2));
    const saving = (what: string, changed: Partial<VideoSettings>): VideoSaving => {
      const less = at({ ...request.asked, ...changed });
      return {
        what,
        gpuJoules: less.gpuJoules * clips,
        seconds: less.seconds * clips,
        share: 1 - less.gpuJoules / prediction.gpuJoules,
      };
    };
    const frames = half(a.frames - 1) + 1;
    return {
      ok: true,
      figures: {
        prediction,
        clips,
        gpuJoules: total,
        interval90: [prediction.interval90[0] * clips, prediction.interval90[1] * clips],
        seconds: prediction.seconds * clips,
        savings: [
          saving(`half the frames (${frames})`, { frames }),
          saving(`half the width and height (${half(a.width)} × ${half(a.height)})`, {
            width: half(a.width),
            height: half(a.height),
          }),
          saving(`half the steps (${half(a.steps)})`, { steps: half(a.steps) }),
        ],
      },
    };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
