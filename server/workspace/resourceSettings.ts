/** What holds for one document: the assumptions of its figures, and how they are shown. */
import type { AnalysisSettings, Profile } from '../core/index.js';

/** Code units of a document that are read where no setting says otherwise. */
export const defaultMaxSourceLength = 32_000_000;

export interface ResourceSettings {
  /** A new object for every change: figures under an old one are old. */
  readonly analysis: AnalysisSettings;
  /** Name of the profile in force. */
  readonly profile: string;
  /** Id of the model where a file names none. */
  readonly model: string;
  /** All profiles to choose from, with where each comes from. */
  readonly profiles: readonly { readonly profile: Profile; readonly source: string }[];
  readonly display: 'codeLens' | 'inlayHints' | 'off';
  /** Whether a lens says what its turn's tokens cost later. */
  readonly showLater: boolean;
  /** Code units of a document that are read; the rest is cut with a notice. */
  readonly maxSourceLength: number;
  /** One clear line for each wrong setting. */
  readonly messages: readonly string[];
}
