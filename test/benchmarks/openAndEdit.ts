/** First open and edit in the language server: CPU time of its process and wall time over the connection. */
import { performance } from 'node:perf_hooks';
import type { Row } from './figures.js';
import { percentile, time } from './figures.js';
import type { Editor } from './languageServer.js';
import { rest, startEditor } from './languageServer.js';
import { sizes, transcript } from './transcripts.js';

/** CPU time of the server in milliseconds while `work` runs and until it rests. */
async function cpuOf(editor: Editor, work: () => Promise<void>): Promise<number> {
  const before = await rest(editor);
  await work();
  return (await rest(editor)).cpuMs - before.cpuMs;
}

async function wallOf(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Lines of the JSON at which a turn's content stands, `count` of them spread over the document. */
function placesToEdit(json: string, count: number): number[] {
  const lines = json.split('\n');
  const contents = lines.flatMap((line, i) => (line.trimStart().startsWith('"content"') ? [i] : []));
  return Array.from({ length: count }, (_, i) => contents[Math.floor(((i + 0.5) / count) * contents.length)]!);
}

/** Edits that are averaged; each types one character into another turn. */
const edits = 25;

/** Opens a transcript of each size in a server whose tokenizer is warm, then types into it. */
export async function openAndEdit(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, size] of Object.entries(sizes)) {
    const editor = await startEditor();
    try {
      // Another text of 1 MB loads the vocabulary and lets the compiler settle.
      await editor.open('file:///warm-up.json', transcript({ ...sizes['1 MB'], seed: 1 }).json);
      editor.close('file:///warm-up.json');
      const uri = `file:///${size.turns}.json`;
      const { json } = transcript({ ...size, seed: 2 });
      const open = { cpuMs: 0, wallMs: 0 };
      open.cpuMs = await cpuOf(editor, async () => {
        open.wallMs = await wallOf(() => editor.open(uri, json));
      });
      const wall: number[] = [];
      // Asking for the CPU time costs some too, so it is asked for all edits together.
      const cpuMs = await cpuOf(editor, async () => {
        for (const line of placesToEdit(json, edits)) {
          wall.push(await wallOf(() => editor.insert(uri, { line, character: 40 }, 'x')));
        }
      });
      const editMs = cpuMs / edits;
      const { peakMb } = await editor.usage();
      const megabytes = json.length / 1e6;
      rows.push({
        what: `${name}: first open`,
        figure: `${time(open.cpuMs)} CPU, ${time(open.wallMs)} wall, ${(megabytes / (open.wallMs / 1000)).toFixed(1)} MB/s`,
      });
      rows.push({
        what: `${name}: edit`,
        figure: `${time(editMs)} CPU, ${time(percentile(wall, 0.5))} wall (95 %: ${time(percentile(wall, 0.95))})`,
        ...(name === '1 MB'
          ? { ratio: { actual: editMs / open.cpuMs, limit: 1 / 50, of: 'CPU of an edit to that of the first open' } }
          : {}),
      });
      rows.push({ what: `${name}: peak memory of the server`, figure: `${Math.round(peakMb)} MB` });
    } finally {
      await editor.stop();
    }
  }
  return rows;
}
