/** Which documents the server is told of: languages whose files may be transcripts, and names of prompt files. Pure. */

/**
 * Languages of which any file may be a transcript, a prompt or a request for video; the server decides by name and text. Those of other
 * extensions are named so that their files are found; none is contributed here, so none of theirs is replaced.
 */
export const languages: readonly string[] = [
  'json',
  'jsonc',
  'jsonl',
  'markdown',
  'plaintext',
  'yaml',
  // Calls of a pipeline that makes video.
  'python',
  // Built into VS Code for agent customisation: *.prompt.md, *.instructions.md, *.agent.md, SKILL.md.
  'prompt',
  'instructions',
  'chatagent',
  'chatmode',
  'skill',
  // Of other extensions.
  'handlebars',
  'jinja',
  'jinja-md',
  'jinja-yaml',
  'mdc',
  'prompty',
  'poml',
  'promptl',
  'dotprompt',
  'baml',
];

/** Prompt files by name, in whatever language: another extension may have given them one that is not named above. */
export const promptFiles = '**/*.{prompty,prompt,poml,promptl,mdc,baml,ndjson}';

/** Languages that are woken up for, although only some of their files (by name) are of interest: XML for POML. */
export const wakingLanguages: readonly string[] = [...languages, 'xml'];

const schemes = ['file', 'untitled'];

/** A filter of documents, as VS Code and the language client take it. */
export interface DocumentFilter {
  readonly scheme: string;
  readonly language?: string;
  readonly pattern?: string;
}

export const selector: readonly DocumentFilter[] = schemes.flatMap((scheme) => [
  ...languages.map((language) => ({ scheme, language })),
  { scheme, pattern: promptFiles },
]);

/** A filter for one document of any kind. `?` stands for what would mean something in a pattern. */
export function filterOf(document: { readonly scheme: string; readonly path: string; readonly languageId: string }) {
  const pattern = document.path.replace(/[*?{}[\]!,]/g, '?');
  return { scheme: document.scheme, language: document.languageId, pattern };
}
