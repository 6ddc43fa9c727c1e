/** How long a hover takes while a 20 MB transcript is being counted, and when nothing is. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from './figures.js';
import { percentile, time } from './figures.js';
import { rest, startEditor } from './languageServer.js';
import type { Editor } from './languageServer.js';
import { sizes, transcript } from './transcripts.js';

/** Hovers are sent at a steady pace, answered or not, so that a pause of the server is felt by all that fall into it. */
const everyMs = 20;
const idleHovers = 300;

async function hoverLatencies(editor: Editor, uri: string, until: (sent: number) => boolean): Promise<number[]> {
  const pending: Promise<number>[] = [];
  for (let sent = 0; !until(sent); sent += 1) {
    const began = performance.now();
    const line = 3 + (sent % 8) * 4;
    pending.push(editor.hover(uri, { line, character: 20 }).then(() => performance.now() - began));
    await sleep(everyMs);
  }
  return Promise.all(pending);
}

/** Hovers in a small transcript beside the large one. */
export async function hoverWhileCounting(): Promise<Row[]> {
  const editor = await startEditor();
  try {
    const small = 'file:///small.json';
    const large = 'file:///large.json';
    editor.open('file:///warm-up.json', transcript({ ...sizes['1 MB'], seed: 1 }).json);
    editor.open(small, transcript({ ...sizes['10 kB'], seed: 3 }).json);
    await Promise.all([editor.ready('file:///warm-up.json'), editor.ready(small)]);
    await rest(editor);
    if (!(await editor.hover(small, { line: 3, character: 20 }))) throw new Error('no hover in the small transcript');
    await hoverLatencies(editor, small, (sent) => sent >= 50);
    const idle = await hoverLatencies(editor, small, (sent) => sent >= idleHovers);
    const { json } = transcript({ ...sizes['20 MB'], seed: 4 });
    editor.open(large, json);
    // Receiving the one message that a document comes in holds any server: until it is parsed, hovers have their own row.
    const receiving = await hoverLatencies(editor, small, () => editor.isKnown(large));
    const busy = await hoverLatencies(editor, small, () => editor.isReady(large));
    const [calm, under] = [percentile(idle, 0.95), percentile(busy, 0.95)];
    return [
      { what: 'hover, idle, 95th percentile', figure: `${time(calm)} (${idle.length} hovers)` },
      {
        what: 'hover while 20 MB arrive and are parsed, longest',
        figure: `${time(Math.max(...receiving))} (${receiving.length} hovers)`,
      },
      {
        what: 'hover while 20 MB are counted, 95th percentile',
        figure: `${time(under)} (${busy.length} hovers; longest ${time(Math.max(...busy))})`,
        ratio: { actual: under / calm, limit: 5, of: 'hover while counting to idle' },
      },
    ];
  } finally {
    await editor.stop();
  }
}
