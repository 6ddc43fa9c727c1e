/** The measurements that the constants are fitted on and judged by, as cases of the energy equation. */
import measurements from '../data/measurements.json';
import { errorClass } from '../energy/errorModel.js';
import { createCatalogue, type ModelCatalogue } from '../energy/catalogue.js';
import type { Architecture } from '../energy/architecture.js';
import { gpuById } from '../energy/gpus.js';
import type { Deployment, RequestShape } from '../energy/physics.js';
import type { EngineId, PrecisionId } from '../energy/types.js';

/** One measured configuration: a model served at a steady batch. All GPUs of the replica together. */
export interface MeasuredRow {
  readonly source: 'mlenergy_v3' | 'mlenergy_v2';
  readonly task: string;
  readonly model: string;
  /** Models of equal or nearly equal architecture share a group, and are left out together. */
  readonly group: string;
  readonly precision: PrecisionId;
  readonly gpus: number;
  readonly ep: number;
  readonly batch: number;
  /** Prompt tokens, assumed by the source's reference: not published. */
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** Median seconds between tokens; null where not measured. */
  readonly interTokenSeconds: number | null;
  readonly tokensPerSecond: number;
  readonly joulesPerToken: number;
  readonly kind: 'dense' | 'hybrid' | 'moe';
  readonly arch: Architecture;
  readonly deployment: Deployment;
  readonly shape: RequestShape;
}

type Cell = string | number | null;
/** The generated data file: columns of `data/h100_llm_decode.csv` that are used. */
interface MeasurementsFile {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const ENGINES: Readonly<Record<string, EngineId>> = { mlenergy_v3: 'vllm-0.11', mlenergy_v2: 'vllm-0.5' };

/** Columns that the generated data file keeps. */
export const MEASUREMENT_COLUMNS = [
  'source',
  'task',
  'model',
  'group',
  'precision',
  'num_gpus',
  'ep',
  'batch',
  'n_in_assumed',
  'n_out_mean',
  'median_itl_ms',
  'throughput_tok_s',
  'measured_j_per_out_token',
] as const;

/** Reads the generated data file. @throws Error naming the model that the catalogue lacks. */
export function readMeasurements(
  file: MeasurementsFile = measurements as unknown as MeasurementsFile,
  catalogue: ModelCatalogue = createCatalogue(),
): MeasuredRow[] {
  const at = (name: (typeof MEASUREMENT_COLUMNS)[number]): number => file.columns.indexOf(name);
  const index = Object.fromEntries(MEASUREMENT_COLUMNS.map((name) => [name, at(name)])) as Record<
    (typeof MEASUREMENT_COLUMNS)[number],
    number
  >;
  return file.rows.map((cells) => {
    const text = (name: (typeof MEASUREMENT_COLUMNS)[number]): string => String(cells[index[name]]);
    const number = (name: (typeof MEASUREMENT_COLUMNS)[number]): number => Number(cells[index[name]]);
    const match = catalogue.find(text('model'));
    if (!match.ok) throw new Error(`measurements: ${match.error}`);
    const { arch } = match.model;
    const itl = cells[index.median_itl_ms];
    const gpus = number('num_gpus');
    // 16 GPUs were two nodes of tensor parallel 8 in a pipeline.
    const pp = gpus > 8 ? gpus / 8 : 1;
    const deployment: Deployment = {
      gpu: gpuById('h100-sxm'),
      gpus,
      tp: gpus / pp,
      ep: number('ep'),
      pp,
      engine: ENGINES[text('source')]!,
      precision: text('precision') as PrecisionId,
      batch: number('batch'),
    };
    const tokensIn = number('n_in_assumed');
    const tokensOut = number('n_out_mean');
    return {
      source: text('source') as MeasuredRow['source'],
      task: text('task'),
      model: text('model'),
      group: text('group'),
      precision: deployment.precision,
      gpus,
      ep: deployment.ep,
      batch: deployment.batch,
      tokensIn,
      tokensOut,
      interTokenSeconds: typeof itl === 'number' ? itl / 1000 : null,
      tokensPerSecond: number('throughput_tok_s'),
      joulesPerToken: number('measured_j_per_out_token'),
      kind: errorClass(arch),
      arch,
      deployment,
      shape: { tokensIn, tokensCached: 0, tokensOut },
    };
  });
}
