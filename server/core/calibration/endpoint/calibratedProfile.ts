/** The profile that a calibration makes of the one that it started from. */
import type { Batch, Calibration, Profile } from '../../energy/types.js';
import type { Observation } from './observations.js';

const DEPLOYMENT = ['gpu', 'gpus', 'engine', 'precision', 'tp', 'ep', 'pp'] as const;
/** A profile's batch is kept where what was measured holds it, give or take this factor. */
const BATCH_SLACK = 1.5;

/**
 * @param batch concurrent requests to figure with from now on; default: the base's where measured, else what was measured
 */
export function calibratedProfile(
  name: string,
  base: Profile,
  observations: readonly Observation[],
  calibration: Calibration,
  batch?: Batch,
): Profile {
  const { name: _name, calibration: _old, description, ...assumptions } = base;
  // What the base leaves open and no row states stays open: other models choose their own.
  const stated = DEPLOYMENT.filter(
    (key) => base[key] !== undefined || observations.some(({ request }) => request.deployment[key] !== undefined),
  );
  return {
    name,
    description: name === base.name && description !== undefined ? description : describe(calibration),
    ...assumptions,
    ...Object.fromEntries(stated.map((key) => [key, calibration[key]])),
    batch: batch ?? batchFor(base.batch, calibration),
    calibration,
  };
}

const describe = ({ models, measured, gpus, gpu, engine }: Calibration): string =>
  `Calibrated on ${measured.n} measurements of ${models.join(', ')} on ${gpus} x ${gpu}, ${engine}.`.slice(0, 500);

function batchFor(wanted: Batch, { measured }: Calibration): Batch {
  const [lo, hi] = measured.batch;
  const [from, to] = typeof wanted === 'number' ? [wanted, wanted] : wanted;
  if (from >= lo / BATCH_SLACK && to <= hi * BATCH_SLACK) return wanted;
  return lo === hi ? lo : [lo, hi];
}
