/** ComfyUI workflows as one kind of graph, from the form of the API and from the form that the editor saves. */
import type { Span } from '../../transcript/model.js';
import { numberIn, textOf, valueAt, type MapValue, type Value } from './values.js';

/** What goes into a node under a name: another node, or a value. */
export type ComfyInput =
  | { readonly kind: 'link'; readonly node: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly text: string };

export interface ComfyNode {
  readonly id: string;
  readonly type: string;
  readonly span: Span;
  readonly inputs: ReadonlyMap<string, ComfyInput>;
}

export type ComfyGraph = ReadonlyMap<string, ComfyNode>;

/** Names of the positional values that the editor saves, by node; `-` is what the editor adds (seed control). */
const WIDGETS: Readonly<Record<string, readonly string[]>> = {
  KSampler: ['seed', '-', 'steps', 'cfg', 'sampler_name', 'scheduler', 'denoise'],
  KSamplerAdvanced: [
    'add_noise',
    'noise_seed',
    '-',
    'steps',
    'cfg',
    'sampler_name',
    'scheduler',
    'start_at_step',
    'end_at_step',
  ],
  BasicScheduler: ['scheduler', 'steps', 'denoise'],
  LTXVScheduler: ['steps'],
  CFGGuider: ['cfg'],
  FluxGuidance: ['guidance'],
  UNETLoader: ['unet_name'],
  UnetLoaderGGUF: ['unet_name'],
  CheckpointLoaderSimple: ['ckpt_name'],
  WanVideoModelLoader: ['model'],
  WanVideoEmptyEmbeds: ['width', 'height', 'num_frames'],
  WanVideoSampler: ['steps', 'cfg'],
};
const LATENT_WIDGETS = ['width', 'height', 'length', 'batch_size'];

/** Nodes that say how large a clip is. */
export const isLatentNode = (type: string): boolean =>
  /^(?:Empty\w*(?:LatentVideo|VideoLatent\w*|Video15Latent|CosmosLatentVideo)|WanImageToVideo|WanFirstLastFrameToVideo|Wan22ImageToVideoLatent|HunyuanImageToVideo|LTXVImgToVideo|WanVideoEmptyEmbeds)$/.test(
    type,
  );

const widgetsOf = (type: string): readonly string[] => WIDGETS[type] ?? (isLatentNode(type) ? LATENT_WIDGETS : []);

/** Nodes that the editor has muted or bypassed do not run. */
const isOff = (node: MapValue): boolean => [2, 4].includes(numberIn(valueAt(node, 'mode')) ?? 0);

/** All graphs of a file: one in the form of the API, or one and its subgraphs as the editor saves them. */
export function comfyGraphs(root: Value): ComfyGraph[] {
  if (root.kind !== 'map') return [];
  if (valueAt(root, 'nodes')?.kind === 'list') {
    const subgraphs = valueAt(valueAt(root, 'definitions'), 'subgraphs');
    const inside = subgraphs?.kind === 'list' ? subgraphs.items : [];
    return [root, ...inside].flatMap((each) => savedGraph(each) ?? []);
  }
  // The body that is posted has the graph under `prompt`.
  const posted = valueAt(root, 'prompt');
  const graph = apiGraph(posted?.kind === 'map' ? posted : root);
  return graph.size > 0 ? [graph] : [];
}

const plainInput = (value: Value): ComfyInput | null => {
  if (value.kind === 'number') return { kind: 'number', value: value.value };
  return value.kind === 'text' ? { kind: 'text', text: value.text } : null;
};

function apiGraph(map: MapValue): ComfyGraph {
  const graph = new Map<string, ComfyNode>();
  for (const { key: id, keySpan, value: node } of map.members) {
    const type = textOf(valueAt(node, 'class_type'));
    if (type === null || node.kind !== 'map') continue;
    const inputs = new Map<string, ComfyInput>();
    const given = valueAt(node, 'inputs');
    for (const { key, value } of given?.kind === 'map' ? given.members : []) {
      const [from] = value.kind === 'list' ? value.items : [];
      const linked = from === undefined ? null : (textOf(from) ?? (from.kind === 'number' ? String(from.value) : null));
      const input: ComfyInput | null = linked === null ? plainInput(value) : { kind: 'link', node: linked };
      if (input !== null) inputs.set(key, input);
    }
    graph.set(id, { id, type, inputs, span: { start: keySpan.start, end: node.span.end } });
  }
  return graph;
}

/** Links by id to the node that they come from: `[id, from, slot, to, slot, type]`, or objects in subgraphs. */
function linksOf(map: Value): ReadonlyMap<number, string> {
  const links = new Map<number, string>();
  const list = valueAt(map, 'links');
  for (const link of list?.kind === 'list' ? list.items : []) {
    const [id, from] =
      link.kind === 'list'
        ? [numberIn(link.items[0] ?? null), numberIn(link.items[1] ?? null)]
        : [numberIn(valueAt(link, 'id')), numberIn(valueAt(link, 'origin_id'))];
    if (id !== null && from !== null) links.set(id, String(from));
  }
  return links;
}

function savedGraph(map: Value): ComfyGraph | null {
  const nodes = valueAt(map, 'nodes');
  if (nodes?.kind !== 'list') return null;
  const links = linksOf(map);
  const graph = new Map<string, ComfyNode>();
  for (const node of nodes.items) {
    const type = textOf(valueAt(node, 'type'));
    const id = numberIn(valueAt(node, 'id'));
    if (node.kind !== 'map' || type === null || id === null || isOff(node)) continue;
    const inputs = new Map<string, ComfyInput>();
    const values = valueAt(node, 'widgets_values');
    if (values?.kind === 'list') {
      widgetsOf(type).forEach((name, i) => {
        const input = values.items[i] === undefined ? null : plainInput(values.items[i]);
        if (input !== null && name !== '-') inputs.set(name, input);
      });
    } else if (values?.kind === 'map') {
      for (const { key, value } of values.members) {
        const input = plainInput(value);
        if (input !== null) inputs.set(key, input);
      }
    }
    const slots = valueAt(node, 'inputs');
    for (const slot of slots?.kind === 'list' ? slots.items : []) {
      const name = textOf(valueAt(slot, 'name'));
      const from = links.get(numberIn(valueAt(slot, 'link')) ?? NaN);
      // A value that comes over a link is not the one that is saved.
      if (name !== null && from !== undefined) inputs.set(name, { kind: 'link', node: from });
    }
    graph.set(String(id), { id: String(id), type, inputs, span: node.span });
  }
  return graph;
}

/** A number of a node; null where it comes over a link or is not there. */
export const numberInput = (node: ComfyNode | undefined, name: string): number | null => {
  const input = node?.inputs.get(name);
  if (input?.kind === 'number') return input.value;
  return input?.kind === 'text' && /^\d+(?:\.\d+)?$/.test(input.text) ? Number(input.text) : null;
};

/** The node that a link leads to. */
export const linkedNode = (graph: ComfyGraph, node: ComfyNode | undefined, name: string): ComfyNode | undefined => {
  const input = node?.inputs.get(name);
  return input?.kind === 'link' ? graph.get(input.node) : undefined;
};
