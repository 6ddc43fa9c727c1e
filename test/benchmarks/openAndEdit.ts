/** First open and edit in the language server: CPU time of its process and wall time over the connection. */
import { performance } from 'node:perf_hooks';
import type { Position } from 'vscode-languageserver-protocol';
import type { Row } from './figures.js';
import { percentile, time } from './figures.js';
import type { Editor } from './languageServer.js';
import { rest, startEditor } from './languageServer.js';
import { sizes, transcript } from './transcripts.js';

/** Server CPU and wall time of a request, in milliseconds: until it is answered, and until all figures are known. */
interface Cost {
  cpuMs: number;
  wallMs: number;
  /** CPU with what follows the answer: the total, the status bar. */
  allCpuMs: number;
}

/** Asking a server for its CPU time costs it some: that of one question, in milliseconds of CPU. */
async function costOfAsking(editor: Editor): Promise<number> {
  const questions = 50;
  const before = await rest(editor);
  for (let i = 1; i < questions; i += 1) await editor.usage();
  return ((await editor.usage()).cpuMs - before.cpuMs) / questions;
}

/** Costs of a change (the one question for CPU time that falls into them taken off), from the message that tells of it to the answered lenses. */
async function cost(editor: Editor, uri: string, line: number, askingMs: number, change: () => void): Promise<Cost> {
  const before = (await rest(editor)).cpuMs;
  const began = performance.now();
  change();
  await editor.lenses(uri, line);
  const wallMs = performance.now() - began;
  const cpuMs = (await editor.usage()).cpuMs - before - askingMs;
  await editor.ready(uri);
  return { cpuMs, wallMs, allCpuMs: (await rest(editor)).cpuMs - before };
}

/** Where in the JSON a word of a turn's content may be typed into, `count` places spread over the document. */
function placesToEdit(json: string, count: number): Position[] {
  const contents = json.split('\n').flatMap((text, line): Position[] => {
    if (!text.trimStart().startsWith('"content"')) return [];
    // Inside a word, never inside an escape: broken JSON is another case.
    return [{ line, character: text.search(/(?<=": ".*[^\\a-z][a-z])[a-z]/) }];
  });
  return Array.from({ length: count }, (_, i) => contents[Math.floor(((i + 0.5) / count) * contents.length)]!);
}

/** Edits that are averaged; each types one character into another turn. */
const edits = 25;

/** Another text of 1 MB, opened and typed into, loads the vocabulary and lets the compiler settle. */
async function warmUp(editor: Editor): Promise<void> {
  const uri = 'file:///warm-up.json';
  const { json } = transcript({ ...sizes['1 MB'], seed: 1 });
  editor.open(uri, json);
  for (const place of placesToEdit(json, edits)) {
    await editor.ready(uri);
    editor.insert(uri, place, 'x');
    await editor.lenses(uri, place.line);
  }
  await editor.ready(uri);
  editor.close(uri);
}

/** Opens a transcript of each size in a warm server, then types into it. */
export async function openAndEdit(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, size] of Object.entries(sizes)) {
    const editor = await startEditor();
    try {
      await warmUp(editor);
      const askingMs = await costOfAsking(editor);
      const uri = `file:///${size.turns}.json`;
      const { json } = transcript({ ...size, seed: 2 });
      const open = await cost(editor, uri, 0, askingMs, () => editor.open(uri, json));
      const costs: Cost[] = [];
      for (const place of placesToEdit(json, edits)) {
        costs.push(await cost(editor, uri, place.line, askingMs, () => editor.insert(uri, place, 'x')));
      }
      const median = (of: (cost: Cost) => number): number => percentile(costs.map(of), 0.5);
      const cpuMs = median((each) => each.cpuMs);
      const { peakMb } = await editor.usage();
      const megabytes = json.length / 1e6;
      rows.push({
        what: `${name}: first open`,
        figure: `${time(open.cpuMs)} CPU, ${time(open.wallMs)} wall, ${(megabytes / (open.wallMs / 1000)).toFixed(1)} MB/s`,
      });
      const slowest = percentile(
        costs.map(({ wallMs }) => wallMs),
        0.95,
      );
      rows.push({
        what: `${name}: edit`,
        figure: `${time(cpuMs)} CPU, ${time(median(({ wallMs }) => wallMs))} wall (95 %: ${time(slowest)})`,
        ...(name === '1 MB'
          ? { ratio: { actual: cpuMs / open.cpuMs, limit: 1 / 50, of: 'CPU of an edit to that of the first open' } }
          : {}),
      });
      const all = median(({ allCpuMs }) => allCpuMs);
      rows.push({
        what: `${name}: edit, with the total after it`,
        figure: `${time(all)} CPU, 1/${(open.allCpuMs / all).toFixed(0)} of the first open's ${time(open.allCpuMs)}`,
      });
      rows.push({ what: `${name}: peak memory of the server`, figure: `${Math.round(peakMb)} MB` });
    } finally {
      await editor.stop();
    }
  }
  return rows;
}
