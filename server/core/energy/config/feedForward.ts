/** Parameters of the feed-forward block of one layer: dense, or experts and what stands beside them. */
import { addNote, ConfigError, type ReadConfig } from './schema.js';

/** Feed-forward parameters of one layer. */
export interface MlpSizes {
  readonly dense: number;
  readonly expert: number;
  /** Shared experts and router of a layer with experts. */
  readonly besideExperts: number;
}

/** Feed-forward sizes; zero where the config has no such block. @throws ConfigError that names the missing size. */
export function mlpSizes({ fields, family, notes }: ReadConfig, uses: { dense: boolean; experts: boolean }): MlpSizes {
  const { hidden_size: hidden } = fields;
  const matrix = family.mlpMatrices * hidden;
  let expert = 0;
  let besideExperts = 0;
  if (uses.experts) {
    const experts = fields.experts ?? 0;
    const size = fields.moe_intermediate_size ?? fields.intermediate_size;
    if (size === undefined || size === 0)
      throw new ConfigError('moe_intermediate_size', 'missing, but the model has experts');
    const latent = fields.moe_latent_size;
    expert = latent === undefined ? matrix * size : family.mlpMatrices * latent * size;
    const shared = family.sharedExpertAlways === true ? 1 : (fields.shared_experts ?? 0);
    const sharedWidth = fields.shared_expert_intermediate_size ?? fields.shared_intermediate_size ?? shared * size;
    // Experts that work in a smaller space have a projection down and one up beside them.
    besideExperts = hidden * experts + matrix * sharedWidth + (latent === undefined ? 0 : 2 * hidden * latent);
    if (family.denseBesideExperts === true) besideExperts += matrix * (fields.intermediate_size ?? 0);
  }
  if (!uses.dense) return { dense: 0, expert, besideExperts };
  const width = denseWidth(fields, family.wideMlp === true, notes);
  return { dense: matrix * width, expert, besideExperts };
}

function denseWidth(fields: ReadConfig['fields'], wide: boolean, notes: string[]): number {
  const given =
    fields.intermediate_size_mlp ?? positive(fields.intermediate_size) ?? positive(fields.shared_intermediate_size);
  if (given !== undefined) return given;
  if (!wide) throw new ConfigError('intermediate_size', 'missing (also read: ffn_dim, n_inner)');
  addNote(notes, `intermediate_size is not in the config: 4 x hidden_size, ${4 * fields.hidden_size}`);
  return 4 * fields.hidden_size;
}

const positive = (value: number | undefined): number | undefined => (value === 0 ? undefined : value);
