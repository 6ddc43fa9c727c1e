/**
 * Other predictors, on the same rows: what tools in use today say, from their published formulas. GPU joules per output
 * token, all GPUs together.
 */
import { weightBytes } from '../energy/terms/precision.js';
import type { MeasuredRow } from './rows.js';

export interface Baseline {
  readonly name: string;
  /** Formula and origin, one line. */
  readonly source: string;
  joulesPerToken(row: MeasuredRow): number;
}

const billions = (params: number): number => params / 1e9;
const H100_WATTS = 700;
const H100_FLOPS = 989e12;

/** EcoLogits 0.9.1: watt-hours per output token and GPU from active parameters and batch, `ecologits/impacts/llm.py`. */
const ecoLogits = (activeBillions: number, batch: number, gpus: number): number =>
  3600 * gpus * (1.1665e-6 * Math.exp(-0.011206 * batch) * activeBillions + 4.0529e-5);

/** EcoLogits' own GPU count: 16-bit weights x 1.2 on 80 GB cards, to a power of two. */
const ecoLogitsGpus = (totalBillions: number): number =>
  Math.pow(2, Math.ceil(Math.log2(Math.ceil((1.2 * totalBillions * 16) / 8 / 80))));

/** All baselines, in the order of the table. */
export const BASELINES: readonly Baseline[] = [
  {
    name: 'EcoLogits as shipped',
    source: 'EcoLogits 0.9.1: batch fixed at 64, its own GPU count',
    joulesPerToken: ({ arch }) => ecoLogits(billions(arch.activeParams), 64, ecoLogitsGpus(billions(arch.totalParams))),
  },
  {
    name: 'EcoLogits, true batch and GPUs',
    source: 'the same formula, told the batch and the GPUs',
    joulesPerToken: ({ arch, batch, gpus }) => ecoLogits(billions(arch.activeParams), batch, gpus),
  },
  {
    name: 'FLOP roofline at TDP',
    source: '2 FLOPs per active parameter at the bf16 peak, 700 W',
    joulesPerToken: ({ arch }) => ((2 * arch.activeParams) / H100_FLOPS) * H100_WATTS,
  },
  {
    name: 'Epoch recipe',
    source: 'Epoch AI 2025: 10 % of peak FLOP/s, 0.7 x 1275 W per GPU (its PUE left out)',
    joulesPerToken: ({ arch }) => ((2 * arch.activeParams) / (0.1 * H100_FLOPS)) * 0.7 * 1275,
  },
  {
    name: 'Weights / bandwidth x TDP',
    source: 'all weights read once a step at 3.35 TB/s, 700 W, shared by the batch',
    joulesPerToken: ({ arch, precision, batch }) => {
      const { shared, experts } = weightBytes(arch, precision);
      return (((shared + experts) / 3.35e12) * H100_WATTS) / batch;
    },
  },
];
