/** Tokenizers that the user points at: where their files are, whether they can be used, and the chat template beside them. */
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import type { TokenizerInspector, TokenizerReport } from '../core/index.js';
import { fileVocabulary } from '../core/tokens/fileVocabulary.js';
import type { OwnTokenizer } from '../core/tokens/ownTokenizers.js';
import { ChatTemplateError, templateFromJinja } from '../core/tokens/templates/jinja/templateFromJinja.js';
import type { ChatTemplate } from '../core/tokens/templates/types.js';
import type { TokenizerSetting } from './resolve.js';

const TOKENIZER = 'tokenizer.json';
/** Meta's list of ranks. */
const RANKS = 'tokenizer.model';
const TOKENIZER_CONFIG = 'tokenizer_config.json';
const TEMPLATE = 'chat_template.jinja';
/** Files whose change may change a count. */
export const TOKENIZER_FILES: readonly string[] = [TOKENIZER, RANKS, TOKENIZER_CONFIG, TEMPLATE];

/** Largest file with a chat template that is read, in bytes. */
const MOST_TEMPLATE_BYTES = 4_000_000;

/** Something wrong with one of them. */
export interface TokenizerProblem {
  readonly setting: TokenizerSetting;
  /** One line: the file, what is wrong, what is done meanwhile. */
  readonly message: string;
}

export interface OwnTokenizers {
  readonly own: readonly OwnTokenizer[];
  readonly problems: readonly TokenizerProblem[];
}

interface FoundTemplate {
  readonly template: ChatTemplate | null;
  readonly problem: string | null;
}

const token = z.union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)]);
const templates = z.union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))]);
const configForm = z.object({
  chat_template: templates.nullish().catch(null),
  bos_token: token.nullish().catch(null),
  eos_token: token.nullish().catch(null),
});

/** Looks files up, again each time it is asked; what did not change since then is not read again. */
export class TokenizerFinder {
  readonly #inspector: TokenizerInspector;
  readonly #reports = new Map<string, Promise<TokenizerReport>>();
  readonly #templates = new Map<string, { readonly key: string; readonly found: FoundTemplate }>();

  constructor(inspector: TokenizerInspector) {
    this.#inspector = inspector;
  }

  /**
   * @param settings in the order of precedence
   * @param folder what relative paths are relative to; null where there is no such folder
   */
  async find(settings: readonly TokenizerSetting[], folder: string | null): Promise<OwnTokenizers> {
    const problems: TokenizerProblem[] = [];
    const own: OwnTokenizer[] = [];
    for (const setting of settings) {
      const { use, problem } = await this.#look(setting, folder);
      own.push({ pattern: setting.pattern, path: setting.path, use });
      if (problem !== null) problems.push({ setting, message: problem });
    }
    return { own, problems };
  }

  async #look(
    setting: TokenizerSetting,
    folder: string | null,
  ): Promise<{ use: OwnTokenizer['use']; problem: string | null }> {
    const standIn = 'A stand-in counts meanwhile.';
    const path = absolute(setting, folder);
    if ('error' in path) return { use: null, problem: `${path.error}. ${standIn}` };
    const { file, modified, size } = await tokenizerFile(path.file);
    const vocabulary = fileVocabulary(file, modified, size);
    const report = await this.#report(file, vocabulary);
    if (!report.ok) return { use: null, problem: `${report.error}. ${standIn}` };
    const { template, problem } = await this.#template(file, vocabulary, report);
    return { use: { vocabulary, exact: report.exact, notes: report.notes, template }, problem };
  }

  #report(file: string, vocabulary: string): Promise<TokenizerReport> {
    let report = this.#reports.get(vocabulary);
    if (!report) {
      for (const other of this.#reports.keys()) if (other.startsWith(`file:${file}#`)) this.#reports.delete(other);
      report = this.#inspector.inspect(vocabulary);
      this.#reports.set(vocabulary, report);
      // A thread that crashed says nothing of the file, and the next one may not.
      report.catch(() => this.#reports.delete(vocabulary));
    }
    return report.catch((error: unknown) => ({ ok: false, error: `${file}: cannot be read (${String(error)})` }));
  }

  async #template(
    file: string,
    vocabulary: string,
    report: Extract<TokenizerReport, { ok: true }>,
  ): Promise<FoundTemplate> {
    const sources = [TEMPLATE, TOKENIZER_CONFIG].map((name) => join(dirname(file), name));
    const states = await Promise.all(sources.map(stateOf));
    const key = JSON.stringify([vocabulary, states]);
    const known = this.#templates.get(file);
    if (known?.key === key) return known.found;
    const found = await readTemplate(sources[0]!, sources[1]!, report);
    this.#templates.set(file, { key, found });
    return found;
  }
}

/** Where a setting points. */
function absolute({ path, source }: TokenizerSetting, folder: string | null): { file: string } | { error: string } {
  const written = path.trim();
  if (source === 'joulelens.json' && /^[\\/]{2}/.test(written)) {
    return { error: `${written}: a file of another machine, which joulelens.json may not name` };
  }
  if (/^~[\\/]/.test(written)) return { file: join(homedir(), written.slice(2)) };
  if (isAbsolute(written)) return { file: written };
  if (folder === null) return { error: `${written}: a relative path, and no folder is open; expected an absolute one` };
  return { file: resolve(folder, written) };
}

interface FileState {
  readonly modified: number;
  readonly size: number;
}

/** When a file changed last; zeros where it is no file that can be seen. */
async function stateOf(file: string): Promise<FileState> {
  try {
    const { mtimeMs, size } = await stat(file);
    return { modified: mtimeMs, size };
  } catch {
    return { modified: 0, size: 0 };
  }
}

/** The file itself, or the one in a folder. */
async function tokenizerFile(path: string): Promise<FileState & { readonly file: string }> {
  const isFolder = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!isFolder) return { file: path, ...(await stateOf(path)) };
  const [json, ranks] = [join(path, TOKENIZER), join(path, RANKS)];
  const state = await stateOf(json);
  // Many folders have both; a list of ranks is looked at where there is nothing else.
  if (state.modified > 0 || (await stateOf(ranks)).modified === 0) return { file: json, ...state };
  return { file: ranks, ...(await stateOf(ranks)) };
}

/** The text of a small regular file; null where there is none. */
async function smallText(file: string): Promise<string | null> {
  try {
    const stats = await stat(file);
    if (!stats.isFile() || stats.size > MOST_TEMPLATE_BYTES) return null;
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch {
    return null;
  }
}

async function readTemplate(
  templateFile: string,
  configFile: string,
  { specialTokens, templateNotes }: Extract<TokenizerReport, { ok: true }>,
): Promise<FoundTemplate> {
  const configText = await smallText(configFile);
  let config: z.infer<typeof configForm> = {};
  let problem: string | null = null;
  if (configText !== null) {
    try {
      config = configForm.parse(JSON.parse(configText));
    } catch {
      problem = `${configFile}: no valid JSON; expected an object with a chat_template. Its chat template is not used.`;
    }
  }
  const own = await smallText(templateFile);
  const inConfig = config.chat_template;
  const named = Array.isArray(inConfig)
    ? (inConfig.find(({ name }) => name === 'default') ?? inConfig[0])?.template
    : inConfig;
  const source = own ?? named ?? null;
  if (source === null) return { template: null, problem };
  const file = own === null ? configFile : templateFile;
  try {
    const template = templateFromJinja(source, {
      id: 'own',
      title: `the chat template of ${file}`,
      specialTokens: [...specialTokens],
      ...(config.bos_token ? { bosToken: config.bos_token } : {}),
      ...(config.eos_token ? { eosToken: config.eos_token } : {}),
      notes: [`the chat template of ${file}`, ...templateNotes],
      exact: templateNotes.length === 0,
    });
    return { template, problem };
  } catch (error) {
    if (!(error instanceof ChatTemplateError)) throw error;
    return { template: null, problem: `${file}: ${error.message}. Another chat template is assumed meanwhile.` };
  }
}
