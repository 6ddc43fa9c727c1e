/** The groups of formats as people see them: pickers, samples, docs/formats.md. */
import type { FormatAdapter, FormatFamily } from './model.js';

/** Headings, in the order in which they are shown. */
export const FAMILY_TITLES: Readonly<Record<FormatFamily, string>> = {
  'chat-request': 'Chat requests',
  'prompt-file': 'Prompt files',
  'agent-customisation': 'Agent customisation',
  text: 'Text',
  'rendered-template': 'Rendered chat templates',
  dataset: 'Datasets',
  'log-or-export': 'Logs and exports (read-only)',
};

/** The formats family by family, in the order of the headings. */
export function byFamily(
  formats: readonly FormatAdapter[],
): { readonly title: string; readonly formats: readonly FormatAdapter[] }[] {
  return (Object.keys(FAMILY_TITLES) as FormatFamily[])
    .map((family) => ({
      title: FAMILY_TITLES[family],
      formats: formats.filter((format) => format.family === family),
    }))
    .filter((group) => group.formats.length > 0);
}
