/** Which model a conversation's figures are for: the file's, else the setting's, else the default. */
import { DEFAULT_MODEL } from '../data/index.js';
import type { ModelCatalogue, ResolvedModel } from '../energy/catalogue.js';
import { tokensOfModel, type ModelTokens } from '../tokens/catalog.js';
import { ownTokenizerOf, withOwnTokenizer, type OwnTokenizer } from '../tokens/ownTokenizers.js';
import { asWritten } from '../tokens/templates/asWritten.js';
import type { Conversation, Problem } from '../transcript/model.js';

export type ModelSource = 'file' | 'setting' | 'default';

export interface ModelChoice {
  readonly model: ResolvedModel;
  readonly source: ModelSource;
  readonly tokens: ModelTokens;
  /** `unknown-model`, at the place in the file that names it. */
  readonly problems: readonly Problem[];
}

export interface ModelSettings {
  /** Id from the settings or `--model`; empty for the default. */
  readonly model: string;
  /** True where `model` overrides what files say (`--model` on the command line). */
  readonly overrideFile?: boolean;
  /** Models the user brought as a config.json, by id. */
  readonly ownModels?: ReadonlyMap<string, ResolvedModel>;
  /** Tokenizers the user brought, in the order of precedence. */
  readonly ownTokenizers?: readonly OwnTokenizer[];
}

/** Never fails: an unknown model in the file is a problem at its place, and the next source is used. */
export function chooseModel(
  catalogue: ModelCatalogue,
  conversation: Pick<Conversation, 'model' | 'rendered'>,
  settings: ModelSettings,
): ModelChoice {
  const inFile = settings.overrideFile && settings.model !== '' ? undefined : conversation.model;
  const problems: Problem[] = [];
  if (inFile) {
    const match = findModel(catalogue, inFile.id, settings);
    if (match.ok) return choice(match.model, 'file', [], conversation, settings, [inFile.id]);
    const message = `${match.error}. Figures are for the model in the settings meanwhile.`;
    problems.push({ code: 'unknown-model', severity: 'warning', message, span: inFile.span });
  }
  const set = settings.model === '' ? undefined : findModel(catalogue, settings.model, settings);
  // A model that only its tokenizer is known of is counted with that.
  const named = inFile ? [inFile.id] : [];
  if (set?.ok) return choice(set.model, 'setting', problems, conversation, settings, [...named, settings.model]);
  const fallback = catalogue.find(DEFAULT_MODEL);
  if (!fallback.ok) throw new Error(fallback.error);
  return choice(fallback.model, 'default', problems, conversation, settings, named);
}

/** A model by id: the user's own first, then the catalogue's. */
export function findModel(catalogue: ModelCatalogue, id: string, settings: Pick<ModelSettings, 'ownModels'>) {
  const own = settings.ownModels?.get(id);
  return own ? ({ ok: true, model: own } as const) : catalogue.find(id);
}

const choice = (
  model: ResolvedModel,
  source: ModelSource,
  problems: readonly Problem[],
  { rendered }: Pick<Conversation, 'rendered'>,
  { ownTokenizers }: ModelSettings,
  names: readonly string[],
): ModelChoice => {
  const brought = ownTokenizerOf(ownTokenizers, [...names, model.id]);
  const own = brought ? withOwnTokenizer(tokensOfModel(model.id), brought) : tokensOfModel(model.id);
  // The file has the markup: no other template is laid over it.
  const tokens = rendered ? { ...own, template: asWritten(rendered.markup, model.id) } : own;
  return { model, source, tokens, problems };
};
