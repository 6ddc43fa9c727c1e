/** The requests about calibrating an endpoint. */
import { profileSchema } from './core/energy/profileSchema.js';
import type { Profile } from './core/index.js';
import type { ServerDeps } from './deps.js';
import { calibrate, calibrationPlans, type CalibrateContext } from './features/calibrate.js';
import { failure, success } from './features/replies.js';
import type {
  CalibrateParams,
  CalibrateResult,
  CalibrationPlanParams,
  CalibrationPlans,
  MergeProfileParams,
} from './protocol/calibration.js';
import { Method } from './protocol/messages.js';
import type { MeasureProgress, Reply } from './protocol/messages.js';
import { CONFIG_FILE, mergeProfile } from './settings/index.js';
import type { OnAsk } from './tokenRequests.js';
import type { Documents } from './workspace/documents.js';
import type { SettingsStore } from './workspace/settings.js';
import { signalOf } from './workspace/signals.js';

export function serveCalibration(
  onAsk: OnAsk,
  documents: Documents,
  settings: SettingsStore,
  deps: ServerDeps,
  report: (progress: MeasureProgress) => void,
): void {
  const contextOf = async ({ uri }: CalibrationPlanParams): Promise<CalibrateContext> => ({
    settings: await settings.of(uri),
    session: uri === undefined ? undefined : documents.get(uri),
  });
  onAsk(Method.calibrationPlans, async (params: CalibrationPlanParams): Promise<Reply<CalibrationPlans>> =>
    calibrationPlans(params, await contextOf(params), deps.service),
  );
  onAsk(Method.calibrate, async (params: CalibrateParams, token): Promise<Reply<CalibrateResult>> =>
    calibrate(params, await contextOf(params), deps, signalOf(token), report),
  );
  onAsk(Method.mergeProfile, ({ text, name, profile }: MergeProfileParams): Reply<{ text: string }> => {
    const checked = profileSchema.safeParse(profile);
    if (!checked.success) return failure('internal', `The profile is not of the right form: ${checked.error.message}`);
    const merged = mergeProfile(text, { name, ...checked.data } as Profile);
    return merged.ok ? success({ text: merged.text }) : failure('not-writable', `${CONFIG_FILE} ${merged.error}`);
  });
}
