/** From measurements of one endpoint to its calibration, with the error on measurements that it never saw. */
import { scenarioJoules, nodeJoules } from '../../energy/energyFigure.js';
import { interval90 } from '../../energy/intervals.js';
import { createPricer } from '../../energy/pricer.js';
import type { Calibration, HeldBackError, Interval90 } from '../../energy/types.js';
import { coveragePercent, halfWidthPercent, quantile, summarizeErrors, type ErrorSummary } from '../metrics.js';
import { fitFactors, fittedJoules, type FactorFit } from './fitFactors.js';
import { servedOf, type Observation } from './observations.js';

/** Shapes without which nothing can be held back. */
const SHAPES_TO_JUDGE = 3;
/** Up to so many shapes each is left out by itself; beyond, in as many folds. */
const MOST_FOLDS = 10;
/** Spread that is assumed of held-back rows before they say it, and how many shapes it counts for. */
const ASSUMED_SIGMA = 0.08;
const ASSUMED_WEIGHT = 1;
/** 95th percentile of the standard normal distribution. */
const Z95 = 1.6449;

/** A figure for a measured request and its 90 % interval, in joules. */
export interface Figure {
  readonly joules: number;
  readonly interval90: Interval90;
}

/** A measurement that a calibration never saw, beside both predictions. */
export interface HeldBackRow {
  readonly observation: Observation;
  /** By the profile without calibration. */
  readonly before: Figure;
  /** By a calibration to the other shapes. */
  readonly after: Figure;
}

/** Errors of one predictor on held-back rows. */
export interface Judged extends ErrorSummary {
  readonly coveragePercent: number;
  /** Median half-width of the 90 % intervals, in percent. */
  readonly halfWidthPercent: number;
}

export interface EndpointCalibration {
  readonly calibration: Calibration;
  readonly fit: FactorFit;
  readonly heldBack: readonly HeldBackRow[];
  /** Null where the shapes are too few to hold any back. */
  readonly before: Judged | null;
  readonly after: Judged | null;
}

/**
 * Calibrates on rows of one deployment.
 * @throws Error for no rows, or for rows of several deployments.
 */
export function calibrateEndpoint(observations: readonly Observation[]): EndpointCalibration {
  const deployments = new Set(observations.map((one) => JSON.stringify(servedOf(one))));
  if (deployments.size !== 1)
    throw new Error(`measurements of ${deployments.size} deployments cannot be one calibration`);
  const heldBack = holdBack(observations);
  const [before, after] =
    heldBack.length === 0
      ? [null, null]
      : [judged(heldBack, (row) => row.before), judged(heldBack, (row) => row.after)];
  const { calibration, fit } = calibrationOf(observations);
  const measured = { ...calibration.measured, ...(before && after ? { heldBack: errorsOf(before, after) } : {}) };
  return { calibration: { ...calibration, measured }, fit, heldBack, before, after };
}

function errorsOf(before: Judged, after: Judged): HeldBackError {
  const of = (judged: Judged) => ({
    mapePercent: digits(judged.mapePercent),
    medianPercent: digits(judged.medianPercent),
    coveragePercent: digits(judged.coveragePercent),
  });
  return { n: after.n, ...of(after), uncalibrated: of(before) };
}

/** The fit and its interval; the interval's width comes from fits that left each shape out. */
function calibrationOf(observations: readonly Observation[]): { calibration: Calibration; fit: FactorFit } {
  const fit = fitFactors(observations);
  const { measured, models } = extentOf(observations);
  const { engine, prefill, decode, exponent, requestJoules, at, sigmas } = fit;
  const factor = (log: number, sigma: number) => ({ factor: digits(Math.exp(log)), logSigma: digits(sigma) });
  const calibration: Calibration = {
    models,
    ...servedOf(observations[0]!),
    factors: {
      engine: factor(engine, sigmas.engine),
      prefill: factor(prefill, sigmas.prefill),
      decode: factor(decode, sigmas.decode),
      batch: { exponent: digits(exponent), sigma: digits(sigmas.exponent), at: digits(at) },
      request: { joules: digits(requestJoules), sigma: digits(sigmas.requestJoules) },
    },
    interval: {
      logSigma: digits(widthOf(observations, fit)),
      prefillLogSigma: digits(fit.prefillOverDecodeSigma),
    },
    measured,
  };
  return { calibration, fit };
}

/**
 * Log sigma of the interval: what is not known of the level, and how far rows lie from fits that never saw their shape.
 * Of a mixed request the spread of prefill alone is counted apart, as it is when figures are made.
 */
function widthOf(observations: readonly Observation[], fit: FactorFit): number {
  const folds = foldsOf(observations);
  const ofRows = (sigma: number, shapes: number): number =>
    Math.sqrt(
      fit.levelSigma ** 2 + (ASSUMED_WEIGHT * ASSUMED_SIGMA ** 2 + shapes * sigma ** 2) / (ASSUMED_WEIGHT + shapes),
    );
  if (folds.length === 0) return ofRows(0, 0);
  const residuals = folds.flatMap(({ rest, own }) => {
    const without = fitFactors(rest);
    return own.map((one) => {
      const share = one.prefillJoules / (one.prefillJoules + one.decodeJoules);
      const apart = Z95 * share * without.prefillOverDecodeSigma;
      const residual = Math.log(one.request.joules / fittedJoules(without, one));
      return { shape: one.shapeKey, size: Math.sqrt(Math.max(0, residual ** 2 - apart ** 2)) };
    });
  });
  const shapes = new Set(residuals.map(({ shape }) => shape)).size;
  const conformal = (quantile(evenly(residuals), 0.9) / Z95) * (1 + 0.7 / Math.max(3, shapes));
  return ofRows(conformal, shapes);
}

/** Each shape to the same number of values, by quantiles of its own: the next request is drawn from shapes, not rows. */
function evenly(residuals: readonly { readonly shape: string; readonly size: number }[]): number[] {
  const byShape = new Map<string, number[]>();
  for (const { shape, size } of residuals) byShape.set(shape, [...(byShape.get(shape) ?? []), size]);
  const most = Math.max(...[...byShape.values()].map(({ length }) => length));
  return [...byShape.values()].flatMap((own) =>
    Array.from({ length: most }, (_, i) => quantile(own, (i + 0.5) / most)),
  );
}

interface FoldOfShapes {
  readonly own: readonly Observation[];
  readonly rest: readonly Observation[];
}

/** Every shape is in one fold, whole: a row is never predicted by a fit that saw it or its like. Empty for too few. */
export function foldsOf(observations: readonly Observation[]): FoldOfShapes[] {
  const shapes = [...new Set(observations.map(({ shapeKey }) => shapeKey))].sort();
  if (shapes.length < SHAPES_TO_JUDGE) return [];
  const count = Math.min(MOST_FOLDS, shapes.length);
  const foldOf = new Map(shapes.map((shape, i) => [shape, i % count]));
  return Array.from({ length: count }, (_, fold) => ({
    own: observations.filter(({ shapeKey }) => foldOf.get(shapeKey) === fold),
    rest: observations.filter(({ shapeKey }) => foldOf.get(shapeKey) !== fold),
  }));
}

/** Every row by a whole calibration to the other folds, its interval included: nothing of a row is in what judges it. */
function holdBack(observations: readonly Observation[]): HeldBackRow[] {
  return foldsOf(observations).flatMap(({ own, rest }) => {
    const { calibration } = calibrationOf(rest);
    return own.map((observation) => ({
      observation,
      before: figureOf(observation),
      after: figureOf(observation, calibration),
    }));
  });
}

/** The figure that the product would show for a measured request. */
export function figureOf({ assumptions, model, shape, coefficients }: Observation, calibration?: Calibration): Figure {
  const under = calibration === undefined ? assumptions : { ...assumptions, calibration };
  const pricer = createPricer(under, model, coefficients);
  const joules = pricer.central.prefill(shape).joules + pricer.central.decode(shape).joules;
  return { joules, interval90: interval90(scenarioJoules(pricer, [nodeJoules(pricer, shape)]), joules) };
}

/** Errors and coverage of one of the two figures of held-back rows. */
export function judged(rows: readonly HeldBackRow[], figure: (row: HeldBackRow) => Figure): Judged {
  const pairs = rows.map((row) => ({ predicted: figure(row).joules, measured: row.observation.request.joules }));
  const intervals = rows.map((row) => {
    const [lo, hi] = figure(row).interval90;
    return { lo, hi, measured: row.observation.request.joules };
  });
  return {
    ...summarizeErrors(pairs),
    coveragePercent: coveragePercent(intervals),
    halfWidthPercent: quantile(
      intervals.map(({ lo, hi }) => halfWidthPercent(lo, hi)),
      0.5,
    ),
  };
}

/** What the rows span and where they come from. */
function extentOf(observations: readonly Observation[]): Pick<Calibration, 'models' | 'measured'> {
  const range = (of: (one: Observation) => number): [number, number] => {
    const all = observations.map(of);
    return [Math.min(...all), Math.max(...all)];
  };
  const days = observations.flatMap(({ request: { day } }) => (day === undefined ? [] : [day])).sort();
  const meters = [...new Set(observations.flatMap(({ request: { meter } }) => (meter === undefined ? [] : [meter])))];
  const [from, to] = [days[0], days.at(-1)];
  const [lowBatch, highBatch] = range(({ batch }) => batch);
  return {
    models: [...new Set(observations.map(({ model }) => model.id))],
    measured: {
      n: observations.reduce((sum, { request }) => sum + request.repeats, 0),
      shapes: new Set(observations.map(({ shapeKey }) => shapeKey)).size,
      tokensIn: range(({ shape }) => shape.tokensIn),
      tokensOut: range(({ shape }) => shape.tokensOut),
      batch: [digits(lowBatch), digits(highBatch)],
      ...(from === undefined || to === undefined ? {} : { from, to }),
      ...(meters.length === 0 ? {} : { meter: meterText(meters) }),
      scope: [...new Set(observations.map(({ request }) => withoutUrls(request.scope)))].join(', ').slice(0, 200),
    },
  };
}

/** Meters say in words how a figure was made, with the figures of each request in it: the first words are enough. */
function meterText(meters: readonly string[]): string {
  const kinds = [...new Set(meters.map((meter) => meter.split(/[:;,(]/)[0]!.trim()))].filter((kind) => kind !== '');
  return kinds.slice(0, 4).join(', ').slice(0, 200);
}

/** A calibration names no endpoint. */
const withoutUrls = (text: string): string => text.replace(/\w+:\/\/\S+/g, '');

/** Four significant digits: a profile is read by people. */
const digits = (value: number): number => Number(value.toPrecision(4));
