/** The table of GPUs. */
import hardware from '../data/hardware.json';
import type { GpuSpec } from './architecture.js';
import { unknownIdMessage } from './nearest.js';
import type { GpuId } from './types.js';

/** Public figures of every GPU that figures can be made for, each with its source. */
export const GPUS = hardware as readonly GpuSpec[];

const byId = new Map<string, GpuSpec>(GPUS.map((gpu) => [gpu.id, gpu]));

/** The GPU of an id, any case; null if there is none. */
export const findGpu = (id: string): GpuSpec | null => byId.get(id) ?? byId.get(id.trim().toLowerCase()) ?? null;

/** The GPU of a checked id. */
export function gpuById(id: GpuId): GpuSpec {
  const gpu = byId.get(id);
  if (gpu === undefined) throw new Error(unknownGpuMessage(id));
  return gpu;
}

/** One line that names the unknown id and the nearest known ones. */
export const unknownGpuMessage = (id: string): string =>
  unknownIdMessage(
    'GPU',
    id,
    GPUS.map((gpu) => gpu.id),
  );
