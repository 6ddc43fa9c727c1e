/**
 * One character typed into the middle of a turn of 1 MB: applying the edit, reading the turn again (unescaping and offset
 * map included) and counting, beside doing all of it anew. In this thread, without a server around it.
 */
import * as path from 'node:path';
import { performance } from 'node:perf_hooks';
import { createJouleService, type AnalysisSettings, type DocumentAnalysis } from '../../server/core/index.js';
import { BUILT_IN_PROFILES } from '../../server/core/data/index.js';
import { drain } from '../../server/core/transcript/parseTranscript.js';
import { createInlineCounter } from '../../server/runtime/inlineCounter.js';
import { OpenText } from '../../server/workspace/openText.js';
import { percentile, time, type Row } from './figures.js';
import { root } from './languageServer.js';
import { seeded, turnText } from './transcripts.js';

const LENGTH = 1_000_000;
const EDITS = 200;
const WARM_UP = 50;

const settings: AnalysisSettings = { profile: BUILT_IN_PROFILES[0]!, model: 'llama-3.1-8b' };

async function bring(analysis: DocumentAnalysis): Promise<void> {
  drain(analysis.parseSlices());
  await analysis.count(settings);
}

/** Medians in milliseconds of a full count and of one after an edit in the middle of the turn. */
async function measure(content: string): Promise<{ fullMs: number; editMs: number }> {
  const counter = createInlineCounter(path.join(root, 'assets/vocabularies'));
  const service = createJouleService({ counter });
  const json = `${JSON.stringify({ messages: [{ role: 'user', content }] }, null, 2)}\n`;
  const full: number[] = [];
  let analysis = service.openDocument({ path: 'chat.json' }, json);
  for (let round = 0; round < 9; round++) {
    const began = performance.now();
    analysis = service.openDocument({ path: 'chat.json' }, json);
    await bring(analysis);
    full.push(performance.now() - began);
  }
  const text = new OpenText({ uri: 'file:///chat.json', languageId: 'json', version: 0, text: json });
  const edits: number[] = [];
  for (let edit = 0; edit < WARM_UP + EDITS; edit++) {
    const position = text.positionAt(json.length / 2 + edit);
    const change = { range: { start: position, end: position }, text: 'x' };
    const began = performance.now();
    const applied = text.apply([change], edit + 1)!;
    analysis.edit(text.source, applied);
    await bring(analysis);
    if (edit >= WARM_UP) edits.push(performance.now() - began);
  }
  return { fullMs: percentile(full.slice(3), 0.5), editMs: percentile(edits, 0.5) };
}

/** Rows of `npm run bench -- tokenEdit`. */
export async function tokenEdit(): Promise<Row[]> {
  const prose = turnText(seeded(3), LENGTH);
  const run = `${prose.slice(0, 1000)} ${'a'.repeat(200_000)} ${prose.slice(1000, 2000)}`;
  const [inProse, inRun] = [await measure(prose), await measure(run)];
  return [
    {
      what: 'edit in a turn of 1 MB of prose',
      figure: `${time(inProse.editMs)}, full count ${time(inProse.fullMs)}`,
      ratio: { actual: inProse.editMs / inProse.fullMs, limit: 1 / 1000, of: 'of a full count' },
    },
    {
      what: 'edit inside one pre-token of 200 kB',
      figure: `${time(inRun.editMs)}, full count ${time(inRun.fullMs)}`,
      ratio: { actual: inRun.editMs / inRun.fullMs, limit: 1, of: 'of a full count' },
    },
  ];
}
