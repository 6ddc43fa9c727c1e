/** Requests for video clips in words. */
import { formatSeconds } from '../core/energy/units.js';
import { videoFigures, type VideoFigures, type VideoOutcome } from '../core/video/requestFigures.js';
import type { VideoRequest } from '../core/video/requests/index.js';
import { countText, figureText, spokenInterval, spokenJoules } from './words.js';

/** Figures by request: a request is asked for by lens, hover and status. */
const known = new WeakMap<VideoRequest, VideoOutcome>();

/** What a request costs; computed once. */
export function outcomeOf(request: VideoRequest): VideoOutcome {
  let outcome = known.get(request);
  if (outcome === undefined) known.set(request, (outcome = videoFigures(request)));
  return outcome;
}

/** `1,280 × 720`, without commas. */
export const sizeText = ({ prediction: { assumptions: a } }: VideoFigures): string =>
  `${a.width} × ${a.height}, ${a.frames} frames, ${a.steps} steps`;

/** `video · 1.3 MJ (1.1–1.5) · 31 min · wan2.1-t2v-14b`. */
export function videoTitle(request: VideoRequest): string {
  const outcome = outcomeOf(request);
  if (!outcome.ok) return `video · no figure: ${outcome.error}`;
  const { figures } = outcome;
  const clips = figures.clips > 1 ? `${countText(figures.clips)} videos` : 'video';
  return [
    clips,
    figureText({ joules: figures.gpuJoules, interval90: figures.interval90 }),
    formatSeconds(figures.seconds),
    figures.prediction.assumptions.model,
  ].join(' · ');
}

/** One sentence for a screen reader. */
export function spokenVideo(request: VideoRequest): string {
  const outcome = outcomeOf(request);
  if (!outcome.ok) return `Video request, no figure: ${outcome.error}.`;
  const { gpuJoules, interval90, seconds, clips, prediction } = outcome.figures;
  const many = clips > 1 ? ` of ${countText(clips)} clips` : '';
  const time = formatSeconds(seconds).replace(/min$/, 'minutes').replace(/ s$/, ' seconds').replace(/ h$/, ' hours');
  return `Video request${many}, ${prediction.assumptions.model}: predicted ${spokenJoules(gpuJoules)}, 90 percent interval ${spokenInterval(interval90)}, ${time}.`;
}
