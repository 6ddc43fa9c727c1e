/** The JSON schema of `joulelens.json`, made from the one form that checks it. */
import { z } from 'zod';
import { configSchema } from './configFile.js';

/** Content of `schemas/joulelens.schema.json`. */
export function configJsonSchema(): object {
  const made = z.toJSONSchema(configSchema, { target: 'draft-7', io: 'input' });
  return {
    ...made,
    title: 'Joule Lens',
    description: 'Assumptions for the energy figures of a workspace. Endpoints, meters and keys are never set here.',
  };
}
