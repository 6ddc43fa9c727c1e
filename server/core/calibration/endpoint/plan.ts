/**
 * The requests of a calibration: prompts, replies and concurrency that tell the factors apart, within a budget of time
 * and requests. Greedy D-optimal design: each step adds the requests that shrink the volume of what is not known most
 * for their time, with the general fit's widths as what is known before.
 */
import { Matrix, determinant } from 'ml-matrix';
import { deploymentOf, resolveAssumptions } from '../../energy/assumptions.js';
import type { ResolvedModel } from '../../energy/catalogue.js';
import { errorModel } from '../../energy/errorModel.js';
import { prepare } from '../../energy/physics.js';
import type { Profile } from '../../energy/types.js';

export interface PlanBudget {
  /** Predicted seconds of all requests. */
  readonly seconds: number;
  readonly requests: number;
  /** Most requests at once. */
  readonly concurrency: number;
  /** Longest prompt in tokens. */
  readonly tokensIn: number;
  /** Longest reply in tokens. */
  readonly tokensOut: number;
}

export const DEFAULT_BUDGET: PlanBudget = {
  seconds: 300,
  requests: 80,
  concurrency: 8,
  tokensIn: 8192,
  tokensOut: 512,
};

/** Requests of one shape, sent `concurrency` at a time, `rounds` times over. */
export interface PlannedRequests {
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly concurrency: number;
  readonly rounds: number;
}

export interface CalibrationPlan {
  readonly steps: readonly PlannedRequests[];
  readonly requests: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** Predicted, of the GPUs. */
  readonly joules: number;
  /** Predicted, of a server that does nothing else. */
  readonly seconds: number;
}

/** Rounds of one shape: enough to see a bad run, no more. */
const MOST_ROUNDS = 3;
/** Deviations that the design counts with: of one shape, and of a run of it. */
const SHAPE_SIGMA = 0.04;
const RUN_SIGMA = 0.03;
/** What the edges of a counter's steps cost, in seconds of a request: short requests are measured badly. */
const METER_SECONDS = 0.1;
const PRIOR_OF = { exponent: 0.04, request: 0.3 };
/** What a request takes beside the model's own time, in seconds. */
const OVERHEAD_SECONDS = 0.1;

const PROMPTS = [64, 512, 2048, 8192, 32_768];
const REPLIES = [16, 128, 512, 2048];
const CONCURRENCIES = [1, 4, 8, 16, 32];

interface Candidate {
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly concurrency: number;
  readonly joules: number;
  readonly seconds: number;
  /** d ln(joules) by engine, prefill, decode, exponent, request. */
  readonly slopes: readonly number[];
}

/**
 * @throws Error where not one request fits the budget, the model's context and the GPUs.
 */
export function planCalibration(
  profile: Profile,
  model: ResolvedModel,
  budget: PlanBudget = DEFAULT_BUDGET,
): CalibrationPlan {
  const { candidates, information: prior } = candidatesFor(profile, model, budget);
  const rounds = new Map<Candidate, number>();
  let information = prior;
  let [seconds, requests] = [0, 0];
  for (;;) {
    let best: { candidate: Candidate; next: Matrix; worth: number } | null = null;
    for (const candidate of candidates) {
      const done = rounds.get(candidate) ?? 0;
      const fits = seconds + candidate.seconds <= budget.seconds && requests + candidate.concurrency <= budget.requests;
      if (done >= MOST_ROUNDS || !fits) continue;
      const next = Matrix.add(information, gain(candidate, done));
      const cost = candidate.seconds / budget.seconds + candidate.concurrency / budget.requests;
      const worth = Math.log(determinant(next) / determinant(information)) / cost;
      if (best === null || worth > best.worth) best = { candidate, next, worth };
    }
    if (best === null) break;
    rounds.set(best.candidate, (rounds.get(best.candidate) ?? 0) + 1);
    information = best.next;
    seconds += best.candidate.seconds;
    requests += best.candidate.concurrency;
  }
  if (rounds.size === 0) throw new Error('no request fits the budget: allow more seconds or requests');
  return planOf(rounds);
}

/** What one more round of a shape tells: the first the most, as rounds of a shape share most of their error. */
function gain({ slopes, concurrency, seconds }: Candidate, done: number): Matrix {
  const run = Math.hypot(RUN_SIGMA, METER_SECONDS / seconds);
  const weight = (rounds: number): number =>
    rounds === 0 ? 0 : 1 / (SHAPE_SIGMA ** 2 + run ** 2 / (rounds * concurrency));
  const more = weight(done + 1) - weight(done);
  return Matrix.columnVector([...slopes])
    .mmul(Matrix.rowVector([...slopes]))
    .mul(more);
}

function candidatesFor(profile: Profile, model: ResolvedModel, budget: PlanBudget) {
  const { calibration: _own, ...plain } = profile;
  const all: Omit<Candidate, 'slopes'>[] = [];
  const phases: { prefill: number; decode: number }[] = [];
  let sigma = 0.1;
  let prefillSigma = 0.2;
  for (const concurrency of CONCURRENCIES.filter((each) => each <= budget.concurrency)) {
    const deployment = deploymentOf(
      resolveAssumptions(plain, model, { overrides: { batch: concurrency } }),
      concurrency,
    );
    const ready = prepare(model.arch, deployment);
    for (const tokensIn of PROMPTS.filter((each) => each <= budget.tokensIn)) {
      for (const tokensOut of REPLIES.filter((each) => each <= budget.tokensOut)) {
        const shape = { tokensIn, tokensOut, tokensCached: 0 };
        if (tokensIn + tokensOut > (model.arch.maxContextTokens ?? Infinity)) continue;
        try {
          if (ready.effectiveBatch(shape) < concurrency) continue;
        } catch {
          continue; // does not fit the GPUs
        }
        const [prefill, decode] = [ready.prefill(shape), ready.decode(shape)];
        ({ logSigma: sigma, prefillLogSigma: prefillSigma } = errorModel(model.arch, deployment, shape));
        phases.push({ prefill: prefill.joules, decode: decode.joules });
        all.push({
          tokensIn,
          tokensOut,
          concurrency,
          joules: prefill.joules + decode.joules,
          // Prompts that are sent at once wait for each other.
          seconds: OVERHEAD_SECONDS + concurrency * prefill.replicaSeconds + decode.seconds,
        });
      }
    }
  }
  const typical = Math.exp(all.reduce((sum, { joules }) => sum + Math.log(joules), 0) / Math.max(1, all.length));
  const pivot = Math.sqrt(Math.max(1, ...all.map(({ concurrency }) => concurrency)));
  const candidates = all.map((each, i): Candidate => {
    const { prefill, decode } = phases[i]!;
    const slopes = [
      1,
      prefill / each.joules,
      decode / each.joules,
      Math.log(each.concurrency / pivot),
      typical / each.joules,
    ];
    return { ...each, slopes };
  });
  const priors = [sigma, prefillSigma, sigma / 2, PRIOR_OF.exponent, PRIOR_OF.request];
  return { candidates, information: Matrix.diag(priors.map((each) => 1 / each ** 2)) };
}

/** Short ones first, so that an endpoint that cannot be measured is found out soon; concurrency last. */
function planOf(rounds: ReadonlyMap<Candidate, number>): CalibrationPlan {
  const chosen = [...rounds].sort(([a], [b]) => a.concurrency - b.concurrency || a.seconds - b.seconds);
  const total = (of: (candidate: Candidate) => number): number =>
    chosen.reduce((sum, [candidate, times]) => sum + times * of(candidate), 0);
  return {
    steps: chosen.map(([{ tokensIn, tokensOut, concurrency }, times]) => ({
      tokensIn,
      tokensOut,
      concurrency,
      rounds: times,
    })),
    requests: total(({ concurrency }) => concurrency),
    tokensIn: total(({ tokensIn, concurrency }) => tokensIn * concurrency),
    tokensOut: total(({ tokensOut, concurrency }) => tokensOut * concurrency),
    joules: total(({ joules, concurrency }) => joules * concurrency),
    seconds: total(({ seconds }) => seconds),
  };
}
