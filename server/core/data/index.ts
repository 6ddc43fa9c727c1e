/** All data that the core works with, as one object. `createJouleService` takes it; tests may pass their own. */
import profileData from './profiles.json';
import { COEFFICIENTS, type Coefficients } from '../energy/coefficients.js';
import { createCatalogue, type ModelCatalogue } from '../energy/catalogue.js';
import { replyLengthTable, type ReplyLengthTable } from '../energy/replyLength.js';
import { profileSchema } from '../energy/profileSchema.js';
import type { Profile } from '../energy/types.js';
import { z } from 'zod';

export interface CoreData {
  readonly models: ModelCatalogue;
  /** Built-in profiles, the default first. */
  readonly profiles: readonly Profile[];
  readonly lengths: ReplyLengthTable;
  readonly coefficients: Coefficients;
}

/** Name of the profile that holds where nobody chose one. */
export const DEFAULT_PROFILE = 'shared-server';

/** Hugging Face id of the model that holds where nobody named one. */
export const DEFAULT_MODEL = 'meta-llama/Llama-3.1-8B-Instruct';

/** The built-in profiles, checked. */
export const BUILT_IN_PROFILES = z.array(profileSchema.extend({ name: z.string() })).parse(profileData) as readonly Profile[];

/** Reads and checks the data files. Costs some milliseconds; do it once. */
export function loadCoreData(): CoreData {
  return {
    models: createCatalogue(),
    profiles: BUILT_IN_PROFILES,
    lengths: replyLengthTable(),
    coefficients: COEFFICIENTS,
  };
}
