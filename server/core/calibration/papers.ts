/**
 * The papers' figures beside what the equation says under the papers' own set-up (Delavande, Pierrard, Luccioni:
 * "Small Talk, Big Impact" and "Understanding Efficiency"). Transformers eager, one H100 SXM.
 */
import type { Coefficients } from '../energy/coefficients.js';
import { createCatalogue, type ModelCatalogue } from '../energy/catalogue.js';
import { gpuById } from '../energy/gpus.js';
import { prepare, type Deployment } from '../energy/physics.js';
import type { PrecisionId } from '../energy/types.js';
import { eagerDeployment, THANK_YOU_FIT } from './eager.js';

/** A published figure and the model's, in one unit. */
export interface PaperRow {
  readonly what: string;
  readonly unit: string;
  /** null where the paper gives a statement instead of a number. */
  readonly published: number | null;
  readonly statement?: string;
  readonly predicted: number;
  readonly note?: string;
}

export interface PaperSection {
  readonly title: string;
  readonly about: string;
  readonly rows: readonly PaperRow[];
}

/** Mean prompt of the study: 1,189.8 tokens for Llama-3.1-8B; assumed for all models. */
const PROMPT_TOKENS = 1190;
const LLAMA_REPLY_TOKENS = 52.3;

/** Mean reply tokens (printed) and mean GPU Wh (read off a figure but for Llama) of a thank-you turn. */
const THANK_YOU: readonly (readonly [model: string, replyTokens: number, gpuWattHours: number])[] = [
  ['Qwen/Qwen2.5-0.5B-Instruct', 23.34, 0.027],
  ['Qwen/Qwen2.5-1.5B-Instruct', 20.69, 0.04],
  ['Qwen/Qwen2.5-3B-Instruct', 38.58, 0.093],
  ['mistralai/Mistral-7B-Instruct-v0.3', 30.46, 0.152],
  ['Qwen/Qwen2.5-7B-Instruct', 43.3, 0.165],
  ['meta-llama/Llama-3.1-8B-Instruct', 52.32, 0.2017],
  ['Qwen/Qwen2.5-14B-Instruct', 58.18, 0.378],
];

/** Static batches of Llama-3.1-8B, FP32: GPU Wh a request, prefill and decode (read off a figure). */
const STATIC_BATCHES: readonly (readonly [batch: number, prefill: number, decode: number])[] = [
  [1, 0.077, 0.125],
  [2, 0.087, 0.089],
  [4, 0.104, 0.0855],
  [8, 0.127, 0.1075],
  [16, 0.123, 0.125],
];

const CPU_WATTS = 45;
const RAM_WATTS = 39;

interface Turn {
  readonly prefillJoules: number;
  readonly decodeJoules: number;
  readonly seconds: number;
}

/** All sections. Throws only if the catalogue lacks one of the papers' models. */
export function reproducePapers(
  coefficients: Coefficients,
  catalogue: ModelCatalogue = createCatalogue(),
): PaperSection[] {
  const turn = (model: string, dep: Deployment, tokensIn: number, tokensOut: number): Turn => {
    const match = catalogue.find(model);
    if (!match.ok) throw new Error(match.error);
    const prepared = prepare(match.model.arch, dep, coefficients);
    const shape = { tokensIn, tokensCached: 0, tokensOut };
    const [prefill, decode] = [prepared.prefill(shape), prepared.decode(shape)];
    return {
      prefillJoules: prefill.joules,
      decodeJoules: decode.joules,
      seconds: prefill.replicaSeconds + decode.replicaSeconds,
    };
  };
  const llama = (precision: PrecisionId, batch = 1, n = PROMPT_TOKENS, m = LLAMA_REPLY_TOKENS): Turn =>
    turn(THANK_YOU_FIT.model, eagerDeployment(precision, batch), n, m);
  const wattHours = (t: Turn): number => (t.prefillJoules + t.decodeJoules) / 3600;
  const paper = llama('fp32');

  return [
    {
      title: 'A thank-you turn, GPU energy by model',
      about: `FP32, batch 1, greedy, whole conversation prefilled (${PROMPT_TOKENS} tokens assumed for every model). The engine was fitted on Llama-3.1-8B alone; the other six are predictions.`,
      rows: THANK_YOU.map(([model, replyTokens, published]) => ({
        what: model,
        unit: 'Wh',
        published,
        predicted: wattHours(turn(model, eagerDeployment(), PROMPT_TOKENS, replyTokens)),
        note: model === THANK_YOU_FIT.model ? 'fitted on this model' : 'predicted',
      })),
    },
    {
      title: 'GPU, CPU and RAM of Llama-3.1-8B',
      about: 'CPU and RAM are time x constant power in the study as well (CodeCarbon: about 45 W and 39 W).',
      rows: [
        { what: 'GPU', unit: 'Wh', published: 0.2017, predicted: wattHours(paper) },
        {
          what: 'GPU, prefill',
          unit: 'Wh',
          published: 0.077,
          predicted: paper.prefillJoules / 3600,
          note: 'published: read off a figure',
        },
        {
          what: 'GPU, decode',
          unit: 'Wh',
          published: 0.125,
          predicted: paper.decodeJoules / 3600,
          note: 'published: read off a figure',
        },
        { what: 'CPU', unit: 'Wh', published: 0.024, predicted: (CPU_WATTS * paper.seconds) / 3600 },
        { what: 'RAM', unit: 'Wh', published: 0.019, predicted: (RAM_WATTS * paper.seconds) / 3600 },
        {
          what: 'together',
          unit: 'Wh',
          published: 0.245,
          predicted: wattHours(paper) + ((CPU_WATTS + RAM_WATTS) * paper.seconds) / 3600,
        },
      ],
    },
    {
      title: 'What input and output length do (Llama-3.1-8B)',
      about:
        'Published: regressions of the ten rows that the authors print; the prefill line has a quadratic part in the model (attention).',
      rows: [
        ...[200, 683, 1190, 2400, 4000].map((n) => ({
          what: `prefill of ${n} tokens`,
          unit: 'J',
          published: THANK_YOU_FIT.prefillJoules(n),
          predicted: llama('fp32', 1, n).prefillJoules,
        })),
        ...[200, 1190, 3300].map((n) => ({
          what: `decode, per token after ${n} tokens`,
          unit: 'J',
          published: THANK_YOU_FIT.decodeJoulesPerToken(n),
          predicted: llama('fp32', 1, n, 50).decodeJoules / 50,
        })),
      ],
    },
    {
      title: 'Precision by phase (Llama-3.1-8B, batch 1)',
      about:
        'Ratios of GPU energy. Only ratios are published; tensorPrefillFactor and the bitsandbytes factors are set by them, so these rows are consistency, not prediction.',
      rows: precisionRows(llama),
    },
    {
      title: 'Static padded batches (Llama-3.1-8B, FP32)',
      about:
        'GPU Wh per request. Padding makes prompts as long as the longest and steps as many as the longest reply: hence the U. Nothing here was fitted on batches above 1. The study counts padding as output for batches above 1, so only energy per request is used.',
      rows: STATIC_BATCHES.flatMap(([batch, prefill, decode]) => {
        const t = llama('fp32', batch);
        return [
          { what: `batch ${batch}, prefill`, unit: 'Wh', published: prefill, predicted: t.prefillJoules / 3600 },
          { what: `batch ${batch}, decode`, unit: 'Wh', published: decode, predicted: t.decodeJoules / 3600 },
        ];
      }),
    },
    servingSection(turn, wattHours(paper)),
  ];
}

function precisionRows(llama: (precision: PrecisionId) => Turn): PaperRow[] {
  const fp32 = llama('fp32');
  const row = (
    what: string,
    precision: PrecisionId,
    phase: 'prefillJoules' | 'decodeJoules',
    isInverse: boolean,
    statement: string,
  ): PaperRow => {
    const ratio = llama(precision)[phase] / fp32[phase];
    return { what, unit: 'x', published: null, statement, predicted: isInverse ? 1 / ratio : ratio };
  };
  return [
    row('prefill, FP32 over bf16', 'bf16', 'prefillJoules', true, 'up to 4'),
    row('prefill, FP32 over int8 (bitsandbytes)', 'int8-bnb', 'prefillJoules', true, 'up to 4'),
    row('decode, bf16 over FP32', 'bf16', 'decodeJoules', false, 'largely invariant'),
    row('decode, int8 (bitsandbytes) over FP32', 'int8-bnb', 'decodeJoules', false, 'often 2 to 3'),
    row('decode, int4 (bitsandbytes) over FP32', 'int4-bnb', 'decodeJoules', false, 'about par'),
  ];
}

/** TGI runs: model and GPUs, delay, seconds for 10,000 requests, GPU joules a request as published, what is wrong with it. */
const TGI_RUNS: readonly (readonly [gpus: 1 | 4, delay: string, seconds: number, joules: number, note: string])[] = [
  [
    1,
    'random, 0 to 0.05 s',
    1340,
    41.9,
    'asked faster than served (250 s of arrivals): requests time out at 30 s and are counted',
  ],
  [1, 'random, 0.05 to 0.3 s', 1772.4, 82.5, ''],
  [1, 'random, 0.3 to 0.5 s', 4011, 199, ''],
  [1, 'fixed, 0.05 s', 508.9, 3.8, 'cannot be right: below the floor of the hardware; 75 W'],
  [1, 'fixed, 0.3 s', 3005.7, 22, 'cannot be right: 73 W is an idle GPU'],
  [1, 'fixed, 0.5 s', 5005.2, 36.3, 'cannot be right: 73 W is an idle GPU'],
  [4, 'random, 0.05 to 0.3 s', 1766.1, 275, ''],
  [4, 'random, 0.3 to 0.5 s', 4013.3, 729.8, ''],
];

/** TGI against Transformers, and the runs that cannot be right. */
function servingSection(
  turn: (model: string, dep: Deployment, tokensIn: number, tokensOut: number) => Turn,
  paperWattHours: number,
): PaperSection {
  const tgi = (batch: number, gpus = 1): Turn => {
    const gpu = gpuById('h100-sxm');
    const dep: Deployment = { gpu, gpus, tp: gpus, ep: 1, pp: 1, engine: 'tgi', precision: 'bf16', batch };
    return turn(
      gpus === 1 ? THANK_YOU_FIT.model : 'meta-llama/Llama-3.1-70B-Instruct',
      dep,
      PROMPT_TOKENS,
      LLAMA_REPLY_TOKENS,
    );
  };
  const joules = (t: Turn): number => t.prefillJoules + t.decodeJoules;
  // Little's law: requests that run together = rate x time of one, which depends on how many run together.
  const batchAt = (perSecond: number, gpus: number): number => {
    let batch = 1;
    for (let i = 0; i < 50; i++) batch = Math.max(1, 0.5 * batch + 0.5 * perSecond * batch * tgi(batch, gpus).seconds);
    return batch;
  };
  const flops = 2 * 8.03e9 * (PROMPT_TOKENS + LLAMA_REPLY_TOKENS);
  const floorJoules = (flops / 989e12) * 700;
  return {
    title: 'TGI, thank-you requests to Llama-3.1-8B and 70B',
    about: `GPU joules per request; the batch follows from the rate of the run by Little's law. The three fixed-delay runs cannot be right: they average 73 to 75 W, which is an idle H100, and 3.8 J a request is below the ${floorJoules.toFixed(0)} J that ${(flops / 1e12).toFixed(0)} TFLOP cost at the bf16 peak and 700 W. Likely an idle GPU was metered, or requests failed and were counted (the script counts them). The published "up to 100 times" rests on these runs, so it is no coefficient here.`,
    rows: [
      ...TGI_RUNS.map(([gpus, delay, seconds, published, note]): PaperRow => {
        const batch = batchAt(10_000 / seconds, gpus);
        return {
          what: `${gpus === 1 ? '8B' : '70B on 4 GPUs'}, delay ${delay}`,
          unit: 'J',
          published,
          predicted: joules(tgi(batch, gpus)),
          note: `batch ${batch.toFixed(1)}${note === '' ? '' : `; ${note}`}`,
        };
      }),
      {
        what: 'Transformers FP32 over TGI at batch 8',
        unit: 'x',
        published: null,
        statement: 'about 12.5 (a change of precision, kernels and batch at once)',
        predicted: (paperWattHours * 3600) / joules(tgi(8)),
      },
    ],
  };
}
