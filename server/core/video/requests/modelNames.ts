/** Names of video models as files have them (Hugging Face ids, hosted endpoints, weight files) to catalogue ids. */
import { createVideoCatalogue } from '../../energy/video/catalogue.js';

const catalogue = createVideoCatalogue();

/** Tried in order on the lower-case name with dashes for blanks and underscores. A null: known to be none of ours. */
const PATTERNS: readonly (readonly [RegExp, string | null])[] = [
  [/wan[-.]?(?:v|ai)?[-.]?2[.-]?[3-9]/, null],
  [/wan[-/.]*(?:v|video|ai)?[-/.]*2[.-]?2.*(?:5b|ti2v)|ti2v-5b/, 'wan2.2-ti2v-5b'],
  [/wan[-/.]*(?:v|video|ai)?[-/.]*2[.-]?2/, 'wan2.2-t2v-a14b'],
  [/(?:^|[^a-z])wan[-/.]?(?:v|x|ai|video|alpha)?(?:[^a-z]|$).*1[.-]?3b/, 'wan2.1-t2v-1.3b'],
  [/(?:^|[^a-z])wan(?:x|ai|video)?[-/.]?(?:v?2[.-]?1|t2v|i2v|ai|pro|video|$)/, 'wan2.1-t2v-14b'],
  [/hunyuan-?video-?1[.-]?5/, 'hunyuanvideo-1.5'],
  [/hunyuan-?video|hunyuan.*t2v/, 'hunyuanvideo'],
  [/cogvideox?-?1[.-]5/, 'cogvideox1.5-5b'],
  [/cogvideox-?2b/, 'cogvideox-2b'],
  [/cogvideox/, 'cogvideox-5b'],
  [/mochi(?:-|\/|$)/, 'mochi-1'],
  [/ltx-?2|ltxv?-?2(?:[.-]|$)/, null],
  [/ltx-?v(?:ideo)?.*(?:13b|0[.-]9[.-][78])/, 'ltx-video-0.9.7'],
  [/ltx-?v(?:ideo)?/, 'ltx-video-2b'],
  [/animate-?diff/, 'animatediff'],
  [/open-?sora.*(?:1[.-][0-3]|stdit)/, 'open-sora-1.2'],
  [/open-?sora/, 'open-sora'],
  [/(?:^|\/)allegro(?:$|-t2v)/, 'allegro'],
];

/** The longest name that is looked at. */
const MAX_LENGTH = 200;

/** The catalogue id of a name; null where it names no video model that is known. */
export function videoModelNamed(name: string): string | null {
  if (name.length > MAX_LENGTH) return null;
  const match = catalogue.find(name);
  if (match.ok) return match.model.id;
  const key = name.toLowerCase().replace(/[_\s]+/g, '-');
  return PATTERNS.find(([pattern]) => pattern.test(key))?.[1] ?? null;
}
