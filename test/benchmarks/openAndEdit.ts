/** First open and edit in the language server: CPU time of its process and wall time over the connection. */
import { performance } from 'node:perf_hooks';
import type { Row } from './figures.js';
import { mean, percentile, time } from './figures.js';
import type { Editor } from './languageServer.js';
import { rest, startEditor } from './languageServer.js';
import { sizes, transcript } from './transcripts.js';

interface Cost {
  cpuMs: number;
  wallMs: number;
}

async function cost(editor: Editor, work: () => Promise<void>): Promise<Cost> {
  const before = await rest(editor);
  const began = performance.now();
  await work();
  const wallMs = performance.now() - began;
  return { cpuMs: (await rest(editor)).cpuMs - before.cpuMs, wallMs };
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
      const open = await cost(editor, () => editor.open(uri, json));
      const costs: Cost[] = [];
      for (const line of placesToEdit(json, edits)) {
        costs.push(await cost(editor, () => editor.insert(uri, { line, character: 40 }, 'x')));
      }
      const cpu = costs.map(({ cpuMs }) => cpuMs);
      const wall = costs.map(({ wallMs }) => wallMs);
      const { peakMb } = await editor.usage();
      const megabytes = json.length / 1e6;
      rows.push({
        what: `${name}: first open`,
        figure: `${time(open.cpuMs)} CPU, ${time(open.wallMs)} wall, ${(megabytes / (open.wallMs / 1000)).toFixed(1)} MB/s`,
      });
      rows.push({
        what: `${name}: edit`,
        figure: `${time(mean(cpu))} CPU, ${time(percentile(wall, 0.5))} wall (95 %: ${time(percentile(wall, 0.95))})`,
        ...(name === '1 MB'
          ? { ratio: { actual: mean(cpu) / open.cpuMs, limit: 1 / 50, of: 'CPU of an edit to that of the first open' } }
          : {}),
      });
      rows.push({ what: `${name}: peak memory of the server`, figure: `${Math.round(peakMb)} MB` });
    } finally {
      editor.stop();
    }
  }
  return rows;
}
