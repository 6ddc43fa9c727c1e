/** Bodies of API calls in JSON and YAML: a prompt beside frames, or beside the name of a video model. */
import { createVideoCatalogue } from '../../energy/video/catalogue.js';
import { videoModelNamed } from './modelNames.js';
import type { NamedVideoModel, VideoRequest } from './model.js';
import { settingsOf, SURE_FRAMES } from './settingsOf.js';
import { lastMember, textOf, valueAt, type MapValue, type Value } from './values.js';

const PROMPTS = ['prompt', 'text_prompt', 'positive_prompt', 'inputs'];
/** Objects inside a request that hold its settings. */
const INSIDE = ['parameters', 'input', 'extra_body', 'options', 'config'];
/** Keys that name the model, in the request or around it. */
const MODEL_KEYS = [
  'model',
  'model_id',
  'model_name',
  'endpoint',
  'endpoint_id',
  'endpoint_path',
  'version',
  'app',
  'application',
  'url',
  'path',
  'repo_id',
  'pipeline',
];

const MOST_REQUESTS = 1000;
const MOST_DEPTH = 40;

const catalogue = createVideoCatalogue();

const fpsOf = (id: string | null): number | null => {
  const match = id === null ? null : catalogue.find(id);
  return match?.ok === true ? (match.model.defaults?.fps ?? null) : null;
};

/** The model named by the innermost of the objects that names one that is known; else the first name there is. */
function modelNamedBy(maps: readonly MapValue[]): NamedVideoModel {
  let unknown: string | null = null;
  for (const map of maps) {
    for (const key of MODEL_KEYS) {
      const name = textOf(valueAt(map, key));
      if (name === null || name === '') continue;
      const id = videoModelNamed(name.replace(/^https?:\/\/[^/]+\//, ''));
      if (id !== null) return { id, name };
      if (key.startsWith('model') || key.startsWith('endpoint')) unknown ??= name;
    }
  }
  return { id: null, name: unknown };
}

/** All requests of a tree, in the order of the file. */
export function apiRequests(roots: readonly Value[]): VideoRequest[] {
  const found: VideoRequest[] = [];
  const visit = (value: Value, around: readonly MapValue[]): void => {
    if (found.length >= MOST_REQUESTS || around.length > MOST_DEPTH) return;
    if (value.kind === 'list') for (const item of value.items) visit(item, around);
    if (value.kind !== 'map') return;
    const request = requestIn(value, around);
    if (request !== null) {
      found.push(request);
      return;
    }
    for (const member of value.members) visit(member.value, [value, ...around]);
  };
  for (const root of roots) visit(root, []);
  return found;
}

function requestIn(map: MapValue, around: readonly MapValue[]): VideoRequest | null {
  const prompt = lastMember(map, ({ key, value }) => PROMPTS.includes(key) && value.kind === 'text');
  if (prompt === null) return null;
  const inside = INSIDE.flatMap((key) => {
    const value = valueAt(map, key);
    return value?.kind === 'map' ? [value] : [];
  });
  const maps = [map, ...inside];
  const model = modelNamedBy([...maps, ...around]);
  const { asked, clips, notes, said } = settingsOf(maps, fpsOf(model.id));
  const hasFrames = maps.some(({ members }) =>
    members.some(({ key, value }) => SURE_FRAMES.has(key) && value.kind !== 'map'),
  );
  // A name that sounds like a video model beside a bare prompt may be anything.
  if (!hasFrames && (model.id === null || said === 0)) return null;
  return {
    kind: 'api',
    span: map.span,
    anchor: { start: map.span.start, end: prompt.keySpan.end },
    model,
    asked,
    clips,
    // Hosts run LTX-Video 0.9.7 in its two stages, as its example does.
    isSingleStage: model.id !== 'ltx-video-0.9.7',
    notes,
  };
}
