/**
 * Factors of one endpoint over the general fit, in logarithms: Gauss-Newton on robust residuals with the general fit as
 * the prior. Deterministic.
 *
 *     joules = engine x (batch / at)^exponent x (prefill x P + decode x D) + request joules
 */
import { Matrix, inverse } from 'ml-matrix';
import type { Observation } from './observations.js';

/** Share of the general fit's variance that is the engine's and so common to both phases; the rest is decode's own. */
const COMMON_SHARE = 0.75;
/** Prior of the batch exponent: rms of the slopes that 25 held-out series of the calibration data show is 0.043. */
const BATCH_SIGMA = 0.04;
/** Prior of the joules per request, over the typical request. */
const REQUEST_SIGMA = 0.3;
/** Degrees of freedom of the prior: as heavy in the tails as the error model's. */
const PRIOR_DEGREES = 6;
/**
 * Deviation of a row before the rows say it: within held-out series it is 0.037; twice that for a session of another
 * laboratory. It counts as so many rows.
 */
const ROW_SIGMA = 0.08;
const ROW_SIGMA_WEIGHT = 4;
/** Rows of one shape share most of their error: n of them count as n / (1 + (n - 1) x this). */
const SHAPE_CORRELATION = 0.8;
/** Huber: a row counts less beyond this many deviations. */
const ROBUST_DEVIATIONS = 1.5;
const ROUNDS = 40;
/** What joules per request must gain in twice the log-likelihood to be kept. */
const WORTHWHILE = 6;
/** Distinct shapes, and ratio of largest to smallest prediction, without which they cannot be told apart. */
const SHAPES_FOR_REQUEST = 5;
const SPAN_FOR_REQUEST = 4;

/** A fit: logarithms of the factors, the exponent, and joules per request. */
export interface FactorFit {
  readonly engine: number;
  readonly prefill: number;
  readonly decode: number;
  readonly exponent: number;
  readonly requestJoules: number;
  /** Batch where the exponent's factor is 1. */
  readonly at: number;
  /** Standard deviations of the above after the fit. */
  readonly sigmas: { engine: number; prefill: number; decode: number; exponent: number; requestJoules: number };
  /** Of what decode is multiplied by (engine and decode together), of the same of prefill, and of prefill over decode. */
  readonly levelSigma: number;
  readonly prefillLevelSigma: number;
  readonly prefillOverDecodeSigma: number;
  /** Deviation of a row from the fit. */
  readonly rowSigma: number;
  /** Rows that count less than half, as far off as they are. */
  readonly outliers: readonly Observation[];
}

/** A term of a row that a residual is of: the whole request, or one phase where the row tells them apart. */
interface Point {
  readonly row: number;
  readonly prefill: number;
  readonly decode: number;
  /** 1 where the request's fixed joules are in it. */
  readonly request: number;
  readonly joules: number;
  readonly logBatch: number;
  readonly weight: number;
}

const ENGINE = 0;
const PREFILL = 1;
const DECODE = 2;
const EXPONENT = 3;
const REQUEST = 4;
const PARAMETERS = 5;

/** @throws Error for no observations. */
export function fitFactors(observations: readonly Observation[]): FactorFit {
  if (observations.length === 0) throw new Error('no measurement to fit');
  const at = geometricMean(observations.map(({ batch }) => batch));
  const scale = geometricMean(observations.map((o) => o.prefillJoules + o.decodeJoules));
  const points = pointsOf(observations, at);
  const general = rms(observations.map(({ logSigma }) => logSigma));
  const prior = [
    Math.sqrt(COMMON_SHARE) * general,
    rms(observations.map(({ prefillLogSigma }) => prefillLogSigma)),
    Math.sqrt(1 - COMMON_SHARE) * general,
    BATCH_SIGMA,
    REQUEST_SIGMA,
  ];
  const without = likelier(solve(points, prior, scale, false), solve(points, prior, scale, false, startAt(points)));
  const chosen = canTellRequest(observations)
    ? better(without, solve(points, prior, scale, true, without.theta, without.sigma))
    : without;
  const { theta, covariance, sigma } = chosen;
  const sd = (j: number): number => Math.sqrt(Math.max(0, covariance.get(j, j)));
  const pair = (i: number, j: number, sign: 1 | -1): number =>
    Math.sqrt(Math.max(0, covariance.get(i, i) + covariance.get(j, j) + 2 * sign * covariance.get(i, j)));
  const rowWeights = new Map<number, number>();
  points.forEach(({ row }, k) => rowWeights.set(row, Math.min(rowWeights.get(row) ?? 1, chosen.robust[k]!)));
  return {
    engine: theta[ENGINE]!,
    prefill: theta[PREFILL]!,
    decode: theta[DECODE]!,
    exponent: theta[EXPONENT]!,
    requestJoules: theta[REQUEST]! * scale,
    at,
    sigmas: {
      engine: sd(ENGINE),
      prefill: sd(PREFILL),
      decode: sd(DECODE),
      exponent: sd(EXPONENT),
      requestJoules: chosen.hasRequest ? sd(REQUEST) * scale : 0,
    },
    levelSigma: pair(ENGINE, DECODE, 1),
    prefillLevelSigma: pair(ENGINE, PREFILL, 1),
    prefillOverDecodeSigma: pair(PREFILL, DECODE, -1),
    rowSigma: sigma,
    outliers: observations.filter((_, row) => (rowWeights.get(row) ?? 1) < 0.5),
  };
}

/** Joules of an observation by a fit. */
export function fittedJoules(fit: FactorFit, { prefillJoules, decodeJoules, batch }: Observation): number {
  const all = Math.exp(fit.engine) * Math.pow(batch / fit.at, fit.exponent);
  return all * (Math.exp(fit.prefill) * prefillJoules + Math.exp(fit.decode) * decodeJoules) + fit.requestJoules;
}

function pointsOf(observations: readonly Observation[], at: number): Point[] {
  const counts = new Map<string, number>();
  for (const { shapeKey, request } of observations) {
    counts.set(shapeKey, (counts.get(shapeKey) ?? 0) + request.repeats);
  }
  return observations.flatMap((o, row): Point[] => {
    const { request, prefillJoules, decodeJoules } = o;
    const weight = request.repeats / (1 + (counts.get(o.shapeKey)! - 1) * SHAPE_CORRELATION);
    const logBatch = Math.log(o.batch / at);
    const { prefillJoules: ownPrefill, decodeJoules: ownDecode } = request;
    if (ownPrefill !== undefined && ownDecode !== undefined && ownPrefill > 0 && ownDecode > 0 && decodeJoules > 0) {
      const half = { row, logBatch, weight: weight / 2 };
      return [
        { ...half, prefill: prefillJoules, decode: 0, request: 1, joules: ownPrefill },
        { ...half, prefill: 0, decode: decodeJoules, request: 0, joules: ownDecode },
      ];
    }
    return [
      { row, prefill: prefillJoules, decode: decodeJoules, request: 1, joules: request.joules, logBatch, weight },
    ];
  });
}

interface Solution {
  readonly theta: readonly number[];
  readonly covariance: Matrix;
  readonly sigma: number;
  readonly robust: readonly number[];
  readonly hasRequest: boolean;
  /** Of residuals and prior, at a deviation of rows. */
  cost(sigma: number): number;
  /** Minus twice the logarithm of the posterior, the deviation of rows included. */
  readonly misfit: number;
}

/**
 * Rows far outside a narrow prior have two explanations: they are bad, or the endpoint is far from the general fit. Both are
 * followed to their end, and the likelier one is taken: for many rows that agree it is the second.
 */
const likelier = (atPrior: Solution, atRows: Solution): Solution => (atRows.misfit < atPrior.misfit ? atRows : atPrior);

/** Factors of one, but for the engine's: the weighted median of measured over predicted. */
function startAt(points: readonly Point[]): number[] {
  const sorted = points
    .map(({ joules, prefill, decode, weight }) => ({ log: Math.log(joules / (prefill + decode)), weight }))
    .sort((a, b) => a.log - b.log);
  const half = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let sum = 0;
  const middle = sorted.find(({ weight }) => (sum += weight) >= half)!;
  return [middle.log, 0, 0, 0, 0];
}

/** Joules per request are kept only where the rows clearly want them. */
function better(without: Solution, withRequest: Solution): Solution {
  if (withRequest.theta[REQUEST]! <= 0) return without;
  // At the larger fit's deviation of rows, so that both are judged alike.
  const gain = without.cost(withRequest.sigma) - withRequest.cost(withRequest.sigma);
  return gain > WORTHWHILE ? withRequest : without;
}

function canTellRequest(observations: readonly Observation[]): boolean {
  const joules = observations.map((o) => o.prefillJoules + o.decodeJoules);
  const shapes = new Set(observations.map(({ shapeKey }) => shapeKey)).size;
  return shapes >= SHAPES_FOR_REQUEST && Math.max(...joules) / Math.min(...joules) >= SPAN_FOR_REQUEST;
}

/** Residual and its derivatives: ln(measured / fitted), and d ln(fitted) by each parameter. */
function evaluate(point: Point, theta: readonly number[], scale: number): { residual: number; slopes: number[] } {
  const all = Math.exp(theta[ENGINE]! + theta[EXPONENT]! * point.logBatch);
  const prefill = all * Math.exp(theta[PREFILL]!) * point.prefill;
  const decode = all * Math.exp(theta[DECODE]!) * point.decode;
  const phases = prefill + decode;
  const fitted = phases + point.request * theta[REQUEST]! * scale;
  return {
    residual: Math.log(point.joules / fitted),
    slopes: [
      phases / fitted,
      prefill / fitted,
      decode / fitted,
      (point.logBatch * phases) / fitted,
      (point.request * scale) / fitted,
    ],
  };
}

function solve(
  points: readonly Point[],
  prior: readonly number[],
  scale: number,
  hasRequest: boolean,
  from: readonly number[] = new Array<number>(PARAMETERS).fill(0),
  fromSigma = ROW_SIGMA,
): Solution {
  let theta = [...from];
  if (hasRequest) theta[REQUEST] = 0.05;
  let sigma = fromSigma;
  let robust = points.map(() => 1);
  let covariance = Matrix.eye(PARAMETERS);
  for (let round = 0; round < ROUNDS; round++) {
    const at = points.map((point) => evaluate(point, theta, scale));
    robust = at.map(({ residual }) => huberWeight(residual / sigma));
    sigma = rowSigma(points, at.map(({ residual }) => residual), robust); // prettier-ignore
    const information = Matrix.zeros(PARAMETERS, PARAMETERS);
    const gradient = new Array<number>(PARAMETERS).fill(0);
    points.forEach(({ weight }, k) => {
      const { residual, slopes } = at[k]!;
      const w = (weight * robust[k]!) / (sigma * sigma);
      for (let i = 0; i < PARAMETERS; i++) {
        gradient[i]! += w * slopes[i]! * residual;
        for (let j = 0; j < PARAMETERS; j++) information.set(i, j, information.get(i, j) + w * slopes[i]! * slopes[j]!);
      }
    });
    for (let j = 0; j < PARAMETERS; j++) {
      const firm = priorWeight(theta[j]! / prior[j]!) / prior[j]! ** 2;
      information.set(j, j, information.get(j, j) + firm);
      gradient[j]! -= firm * theta[j]!;
    }
    if (!hasRequest) pin(information, gradient, REQUEST);
    covariance = inverse(information);
    const step = covariance.mmul(Matrix.columnVector(gradient)).to1DArray();
    // A long first step of logarithms is cut, so that a far-off start comes home.
    const size = Math.max(...step.map(Math.abs));
    const cut = Math.min(1, 0.7 / Math.max(size, 1e-12));
    theta = theta.map((value, j) => value + cut * step[j]!);
    theta[REQUEST] = Math.max(0, theta[REQUEST]!);
    if (size < 1e-9) break;
  }
  const residuals = points.map((point) => evaluate(point, theta, scale).residual);
  const cost = (deviation: number): number => {
    const ofRows = points.reduce((sum, { weight }, k) => sum + weight * huberLoss(residuals[k]! / deviation), 0);
    return ofRows + theta.reduce((sum, value, j) => sum + priorLoss(value / prior[j]!), 0);
  };
  const rows = points.reduce((sum, { weight }) => sum + weight, ROW_SIGMA_WEIGHT);
  const misfit = cost(sigma) + ROW_SIGMA_WEIGHT * (ROW_SIGMA / sigma) ** 2 + 2 * rows * Math.log(sigma);
  return { theta, covariance, sigma, robust, hasRequest, cost, misfit };
}

/** Takes a parameter out: its row and column say nothing of the others. */
function pin(information: Matrix, gradient: number[], j: number): void {
  for (let i = 0; i < PARAMETERS; i++) {
    information.set(i, j, 0);
    information.set(j, i, 0);
  }
  information.set(j, j, 1);
  gradient[j] = 0;
}

function rowSigma(points: readonly Point[], residuals: readonly number[], robust: readonly number[]): number {
  let sum = ROW_SIGMA_WEIGHT * ROW_SIGMA ** 2;
  let weight = ROW_SIGMA_WEIGHT;
  points.forEach((point, k) => {
    sum += point.weight * robust[k]! * residuals[k]! ** 2;
    weight += point.weight;
  });
  return Math.sqrt(sum / weight);
}

const huberWeight = (z: number): number => (Math.abs(z) <= ROBUST_DEVIATIONS ? 1 : ROBUST_DEVIATIONS / Math.abs(z));
const huberLoss = (z: number): number =>
  Math.abs(z) <= ROBUST_DEVIATIONS ? z * z : ROBUST_DEVIATIONS * (2 * Math.abs(z) - ROBUST_DEVIATIONS);
/** Of a Student t: a factor far from 1 is improbable, not impossible. */
const priorWeight = (z: number): number => (PRIOR_DEGREES + 1) / (PRIOR_DEGREES + z * z);
const priorLoss = (z: number): number => (PRIOR_DEGREES + 1) * Math.log(1 + (z * z) / PRIOR_DEGREES);

const rms = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
