/** Clips of ComfyUI workflows: the node with the size, the samplers that start from it, and the model they run. */
import { comfyGraphs, isLatentNode, linkedNode, numberInput, type ComfyGraph, type ComfyNode } from './comfyGraph.js';
import { videoModelNamed } from './modelNames.js';
import type { AskedSettings, NamedVideoModel, VideoRequest } from './model.js';
import type { Value } from './values.js';

const SAMPLERS = new Set(['KSampler', 'KSamplerAdvanced', 'SamplerCustomAdvanced', 'SamplerCustom', 'WanVideoSampler']);
const LOADED = ['unet_name', 'ckpt_name', 'model_name', 'model'];
/** Inputs that lead from a sampler towards where its latents began. */
const LATENT_INPUTS = ['latent_image', 'latent', 'samples', 'image_embeds', 'positive', 'embeds'];
const MOST_HOPS = 64;

/** Clips of every graph of a JSON text's values. */
export const comfyRequests = (roots: readonly Value[]): VideoRequest[] =>
  roots.flatMap((root) => comfyGraphs(root)).flatMap((graph) => graphRequests(graph));

function graphRequests(graph: ComfyGraph): VideoRequest[] {
  const nodes = [...graph.values()];
  const latents = nodes.filter(({ type }) => isLatentNode(type));
  const samplers = nodes.filter(({ type }) => SAMPLERS.has(type));
  return latents.map((latent) => {
    const own = samplers.filter((sampler) => startsFrom(graph, sampler, latent));
    // Unclear links (a subgraph's own inputs): with one size in the graph, all samplers run at it.
    const used = own.length > 0 || latents.length > 1 ? own : samplers;
    return requestOf(graph, latent, used);
  });
}

/** Whether a sampler's latents come from a node, also through another sampler. */
function startsFrom(graph: ComfyGraph, sampler: ComfyNode, latent: ComfyNode): boolean {
  const seen = new Set<string>();
  const queue: ComfyNode[] = [sampler];
  for (let node = queue.pop(); node !== undefined && seen.size < MOST_HOPS; node = queue.pop()) {
    if (node.id === latent.id) return true;
    if (seen.has(node.id)) continue;
    seen.add(node.id);
    for (const name of LATENT_INPUTS) {
      const next = linkedNode(graph, node, name);
      if (next !== undefined) queue.push(next);
    }
  }
  return false;
}

/** The model at the end of a sampler's chain of `model` links. */
function modelOf(graph: ComfyGraph, sampler: ComfyNode): NamedVideoModel {
  let node: ComfyNode | undefined = linkedNode(graph, sampler, 'model') ?? linkedNode(graph, sampler, 'guider');
  for (let hop = 0; hop < MOST_HOPS && node !== undefined; hop++) {
    for (const name of LOADED) {
      const input = node.inputs.get(name);
      if (input?.kind === 'text') return { id: videoModelNamed(input.text), name: input.text };
    }
    node = linkedNode(graph, node, 'model');
  }
  return { id: null, name: null };
}

/** The model that a graph loads, where a sampler's links do not lead to it. */
function anyModel(graph: ComfyGraph): NamedVideoModel {
  let named: NamedVideoModel = { id: null, name: null };
  for (const node of graph.values()) {
    for (const name of LOADED) {
      const input = node.inputs.get(name);
      if (input?.kind !== 'text') continue;
      const id = videoModelNamed(input.text);
      if (id !== null) return { id, name: input.text };
      if (name !== 'model') named = { id: null, name: input.text };
    }
  }
  return named;
}

function requestOf(graph: ComfyGraph, latent: ComfyNode, samplers: readonly ComfyNode[]): VideoRequest {
  const asked: AskedSettings = {};
  const notes: string[] = [];
  const [width, height] = [numberInput(latent, 'width'), numberInput(latent, 'height')];
  const frames = numberInput(latent, 'length') ?? numberInput(latent, 'num_frames');
  if (width !== null) asked.width = width;
  if (height !== null) asked.height = height;
  if (frames !== null) asked.frames = frames;
  const steps = samplers.map((sampler) => stepsOf(graph, sampler));
  if (steps.length > 0 && steps.every((each) => each !== null)) {
    asked.steps = steps.reduce((sum, each) => sum + each, 0);
    if (steps.length > 1) notes.push(`${steps.length} samplers, ${steps.join(' + ')} steps`);
  }
  const guidance = samplers.map((sampler) => guidanceOf(graph, sampler)).filter((each) => each !== null);
  if (guidance.length > 0) asked.guidance = Math.max(...guidance);
  if (samplers.length === 0) notes.push('no sampler leads to this size: steps are the model’s default');
  const named = samplers.map((sampler) => modelOf(graph, sampler)).find(({ name }) => name !== null);
  return {
    kind: 'comfyui',
    span: latent.span,
    anchor: latent.span,
    model: named !== undefined && named.id !== null ? named : anyModel(graph),
    asked,
    clips: Math.max(1, Math.round(numberInput(latent, 'batch_size') ?? 1)),
    isSingleStage: true,
    notes,
  };
}

/** Steps that a sampler runs; those between its first and last where it runs a part. */
function stepsOf(graph: ComfyGraph, sampler: ComfyNode): number | null {
  const scheduler = linkedNode(graph, sampler, 'sigmas');
  const of = scheduler ?? sampler;
  const steps = numberInput(of, 'steps');
  if (steps === null) return null;
  if (sampler.type === 'KSamplerAdvanced') {
    const from = Math.min(steps, numberInput(sampler, 'start_at_step') ?? 0);
    const to = Math.min(steps, numberInput(sampler, 'end_at_step') ?? steps);
    return Math.max(0, to - from);
  }
  const denoise = numberInput(of, 'denoise') ?? 1;
  // ComfyUI runs the steps that are asked for, of a longer schedule that is not begun; a scheduler node likewise.
  return denoise > 0 ? steps : 0;
}

function guidanceOf(graph: ComfyGraph, sampler: ComfyNode): number | null {
  const guider = linkedNode(graph, sampler, 'guider');
  // A basic guider runs the positive prompt alone.
  if (guider !== undefined) return guider.type === 'BasicGuider' ? 1 : numberInput(guider, 'cfg');
  return numberInput(sampler, 'cfg');
}
