/** docs/formats.md, from what the adapters say of themselves. */
import { byFamily, type FormatAdapter } from '../../server/core/index.js';

const INTRO = `# Formats

What Joule Lens reads as a transcript or a prompt. Which format a file has is told by your own choice first
(\`Joule Lens: Treat as Transcript\`, or \`--format\` on the command line), then by its name, then by its text; a file that
is none of these is left alone. Any file can be read in any format by choosing it.

Half-typed files are read as far as they go, and what is wrong with one is a diagnostic at the place. Roles are
system, user, assistant and tool; \`developer\` reads as system, \`function\` as tool, \`model\`, \`gpt\` and \`ai\` as assistant.
*Reply* says whether a measured reply can be written back in place.

This page is made from the adapters in \`server/core/transcript/formats/\` by \`npm run formats\`.
`;

/** A text in a table's cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

const code = (text: string): string => `\`${text}\``;

function row({ id, title, files, writable, sample }: FormatAdapter): string {
  const names = files.length === 0 ? 'only when chosen' : files.map(code).join(' ');
  const cells = [
    title,
    code(id),
    names,
    writable ? 'yes' : 'no',
    `[${sample.split('/').at(-1)!}](../samples/${sample})`,
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
}

const details = ({ title, description, notes }: FormatAdapter): string =>
  [`**${title}.** ${description}`, ...(notes.length > 0 ? ['', ...notes.map((note) => `- ${note}`)] : [])].join('\n');

const section = ({ title, formats }: { title: string; formats: readonly FormatAdapter[] }): string =>
  [
    `## ${title}`,
    '',
    '| Format | `--format` | Files | Reply | Sample |',
    '|---|---|---|---|---|',
    ...formats.map(row),
    '',
    formats.map(details).join('\n\n'),
    '',
  ].join('\n');

/** The whole page, as Markdown. */
export const formatsPage = (formats: readonly FormatAdapter[]): string =>
  `${[INTRO, ...byFamily(formats).map(section)].join('\n').trimEnd()}\n`;
