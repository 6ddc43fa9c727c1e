/** Requests for video of a document: all of them for the status bar, one of them for reading aloud. */
import type { Position, VideoDto, VideoReport } from '../protocol/messages.js';
import type { DocumentSession } from '../workspace/session.js';
import { videoMarkdown, videoRequestAt } from './videoHover.js';
import { outcomeOf, spokenVideo } from './videoText.js';

/** The sum over the requests; null where there are none. Ends of intervals add up: what is unsure is common to all. */
export function videoTotals(session: DocumentSession): VideoDto | null {
  const requests = session.videoRequests;
  if (requests.length === 0) return null;
  const outcomes = requests.map(outcomeOf);
  const figures = outcomes.flatMap((each) => (each.ok ? [each.figures] : []));
  const failed = outcomes.flatMap((each) => (each.ok ? [] : [each.error]));
  const sum = (of: (each: (typeof figures)[number]) => number): number =>
    figures.reduce((all, each) => all + of(each), 0);
  return {
    requests: figures.length,
    clips: sum(({ clips }) => clips),
    joules: sum(({ gpuJoules }) => gpuJoules),
    interval90: [sum(({ interval90 }) => interval90[0]), sum(({ interval90 }) => interval90[1])],
    seconds: sum(({ seconds }) => seconds),
    ...(failed.length > 0 ? { without: { requests: failed.length, why: failed[0]! } } : {}),
  };
}

/** The request at a position, else the first that begins after it, else the last; null where there is none. */
export function videoReportAt(session: DocumentSession, position: Position): VideoReport | null {
  const requests = session.videoRequests;
  const offset = session.text.offsetAt(position);
  const request =
    videoRequestAt(session, position) ?? requests.find(({ span }) => span.start > offset) ?? requests.at(-1);
  if (!request) return null;
  return {
    range: session.text.rangeOf(request.anchor),
    spoken: spokenVideo(request),
    markdown: videoMarkdown(request),
  };
}
