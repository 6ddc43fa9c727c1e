/** Requests for video clips in a file: nothing in files that ask for none, whatever state the text is in. */
import type { FileHint, Span } from '../../transcript/model.js';
import { apiRequests } from './apiRequests.js';
import { comfyRequests } from './comfyRequests.js';
import { diffusersCalls } from './diffusersCalls.js';
import type { VideoRequest } from './model.js';
import { jsonValues, yamlValues } from './values.js';

export type { NamedVideoModel, VideoRequest, VideoRequestKind } from './model.js';

/** Longer texts are data, not requests. In code units. */
const MOST_LENGTH = 1_000_000;

/** A word that every file with a request has: most files are done with this. */
const HINTS: Readonly<Record<'json' | 'yaml' | 'python', RegExp>> = {
  json: /num_frames|video_length|frames_num|frame_num|class_type|widgets_values|wan|hunyuan|cogvideo|mochi|ltx|animatediff|animate-diff|open-?sora|allegro/i,
  yaml: /num_frames|video_length|frames_num|frame_num|wan|hunyuan|cogvideo|mochi|ltx|animatediff|animate-diff|open-?sora|allegro/i,
  python: /from_pretrained/,
};

/** The language that a file is read in; null for others. */
export function videoLanguage({
  path,
  languageId,
}: Pick<FileHint, 'path' | 'languageId'>): 'json' | 'yaml' | 'python' | null {
  if (/\.jsonc?$/i.test(path) || languageId === 'json' || languageId === 'jsonc') return 'json';
  if (/\.ya?ml$/i.test(path) || languageId === 'yaml') return 'yaml';
  return /\.pyi?$/i.test(path) || languageId === 'python' ? 'python' : null;
}

/** All requests of a text, in its order. Never throws. */
export function findVideoRequests(hint: Pick<FileHint, 'path' | 'languageId'>, text: string): VideoRequest[] {
  const language = videoLanguage(hint);
  if (language === null || text.length > MOST_LENGTH || !HINTS[language].test(text)) return [];
  if (language === 'python') return diffusersCalls(text);
  if (language === 'yaml') return apiRequests(yamlValues(text));
  const roots = jsonValues(text);
  const workflow = comfyRequests(roots);
  return inOrder(workflow.length > 0 ? workflow : apiRequests(roots));
}

const inOrder = (requests: VideoRequest[]): VideoRequest[] =>
  requests.sort((a: { anchor: Span }, b: { anchor: Span }) => a.anchor.start - b.anchor.start);
