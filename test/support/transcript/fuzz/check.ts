/** What must hold of any document whatever, and what does not hold of one. */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import type { FormatAdapter, ParsedTranscript, SourceEdit } from '../../../../server/core/transcript/model.js';
import { drain } from '../../../../server/core/transcript/parseTranscript.js';
import { adapterById, FORMATS } from '../../../../server/core/transcript/registry.js';
import { plain } from '../fixtures.js';
import { assertSound } from '../sound.js';
import type { FuzzCase } from './cases.js';

/** Where it went wrong, and how. */
export interface Failure {
  readonly stage: 'detect' | 'parse' | 'sound' | 'branches' | 'update' | 'reply' | 'slow';
  readonly message: string;
}

export interface CheckOptions {
  /** Milliseconds that reading a document may take; none by default, because tests are not timed. */
  readonly budgetMilliseconds?: number;
}

/** Thrown inside `check` alone. */
class Found extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

function stage<T>(name: Failure['stage'], work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const where = error instanceof assert.AssertionError ? '' : `\n${stack ?? ''}`;
    throw new Found({ stage: name, message: message + where });
  }
}

/** The best of three, so that what else the machine does weighs little. */
function budgeted<T>(work: () => T, { budgetMilliseconds = Infinity }: CheckOptions): T {
  let shortest = Infinity;
  for (let attempt = 0; ; attempt++) {
    const began = performance.now();
    const result = work();
    shortest = Math.min(shortest, performance.now() - began);
    if (shortest <= budgetMilliseconds) return result;
    if (attempt === 2) throw new Found({ stage: 'slow', message: `${shortest.toFixed(0)} ms to read it` });
  }
}

/** The first thing that does not hold of a document; null for a sound one. */
export function check({ format, path, text, edit }: FuzzCase, options: CheckOptions = {}): Failure | null {
  const adapter = adapterById(format);
  assert.ok(adapter, `unknown format ${format}`);
  const head = text.slice(0, 65_536);
  try {
    stage('detect', () => FORMATS.forEach((each) => each.detect({ path }, head)));
    const read = (source: string, branches: 'current' | 'all' = 'current'): ParsedTranscript =>
      drain(adapter.parse(source, { path, branches }));
    const parsed = budgeted(() => stage('parse', () => read(text)), options);
    stage('sound', () => assertSound(text, parsed));
    if (adapter.family === 'log-or-export') stage('branches', () => assertSound(text, read(text, 'all')));
    stage('update', () => checkUpdate(adapter, text, parsed, edit, read));
    stage('reply', () => checkReply(adapter, text, parsed, read));
    return null;
  } catch (error) {
    if (error instanceof Found) return error.failure;
    throw error;
  }
}

/** An update, where there is one, equals a full parse. */
function checkUpdate(
  adapter: FormatAdapter,
  text: string,
  before: ParsedTranscript,
  { start, oldEnd, insert }: FuzzCase['edit'],
  read: (source: string) => ParsedTranscript,
): void {
  if (!adapter.update) return;
  const after = text.slice(0, start) + insert + text.slice(oldEnd);
  const edit: SourceEdit = { start, oldEnd, newEnd: start + insert.length };
  const updated = adapter.update(before, after, edit);
  if (updated) assert.deepEqual(plain(after, updated), plain(after, read(after)));
}

/** A reply is put inside the document, which is then still one that can be read. */
function checkReply(
  adapter: FormatAdapter,
  text: string,
  { conversations }: ParsedTranscript,
  read: (source: string) => ParsedTranscript,
): void {
  const conversation = conversations.at(-1);
  if (!conversation || !adapter.insertReply) return;
  const reply = adapter.insertReply(text, conversation, conversation.turns.length - 1, 'Yes.\n"No" <so>: {{x}}');
  if (!reply) return;
  const { offset, insert } = reply;
  assert.ok(offset >= 0 && offset <= text.length, `a reply at ${offset} of ${text.length}`);
  const after = text.slice(0, offset) + insert + text.slice(offset);
  assertSound(after, read(after));
}
