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

/** Measured by the benchmark; to be written anew after a change that is felt. */
const SPEED = `## Speed

\`npm run bench -- formats\` parses 16 MB of each format, beside Llama 3's tokenizer on the text in it, none of which the
tokenizer has met before. The documents are as people have them: with the metadata that a program writes around each
message, and every event on the branch that is shown. So 16 MB of a Copilot session have 24 % text that is counted, those
of a log or another export 41 to 54 %. Processor time, on a machine with two cores and nothing else to do:

| | of the time of tokenizing | MB of file a second |
|---|---|---|
| rendered templates, Markdown, text, tagged prompts and texts, BAML | 0.1 to 1.3 | 26 to 160 |
| chat requests, data sets, JSON Lines | 0.4 to 1.1 | 34 to 93 |
| exports and logs | 0.4 to 1.8 | 37 to 170 |
| POML | 1.5 | 19 |
| prompts in YAML | 0.3 to 1.3 | 25 to 88 |

YAML as people and programs write it is read by a reader of our own, in about a third of the time that the \`yaml\` package's
tokens take: 16 MB of GitHub Models prompts took 0.67 s instead of 2.06 s, in turns in one process. Documents of 1 MB are
read at 27 to 45 MB/s. The rest (anchors, tags, several documents, CRLF, mistakes) the package reads, at 10 to 30 MB/s; a
prompt is a few kilobytes, which take a millisecond.

Parsing is linear: sixteen documents of 1 MB, four of 4 MB and one of 16 MB take the same time but for the garbage
collector, 0.4 to 2.5 times for one of 16 MB in single runs: what is made on the way is garbage before it is ever moved in
small documents, and is moved in large ones. From 4 MB on nothing grows. The benchmark shows that, and the same for texts of
a few letters, of 1 and 4 MB; of 1/16 MB they take less for each byte, down to a third.

After an edit, chat requests, data sets, JSON Lines and text transcripts are read again where the edit touched them. The
other formats are read again as a whole: 1 MB takes 5 to 20 ms of an export or a log, which nobody edits by hand, up to
25 ms of text with marks, about 45 ms of POML and 20 to 40 ms of YAML (up to 100 ms with what only the package reads), and
files to be edited in those are kilobytes.
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
  `${[INTRO, ...byFamily(formats).map(section), SPEED].join('\n').trimEnd()}\n`;
