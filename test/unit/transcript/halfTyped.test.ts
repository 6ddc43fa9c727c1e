/**
 * Half-typed files are normal: every prefix of every fixture parses and keeps the turns before the break exact, and one
 * raw line break or quote in a text loses nothing but that text.
 */
import assert from 'node:assert/strict';
import type { FormatAdapter, ParsedTranscript, Turn } from '../../../server/core/transcript/model.js';
import { FIXTURES, parse, type Fixture } from '../../support/transcript/fixtures.js';
import { assertSound } from '../../support/transcript/sound.js';
import { seededRandom } from '../../support/tokens/random.js';

/** Fixtures up to this length are cut everywhere; longer ones at line ends and at this many other places. */
const CUT_EVERYWHERE = 700;
const CUTS_ELSEWHERE = 120;

/**
 * Formats in which the next turn tells where a turn ends. Elsewhere a turn is whole once its own end is there: a closing
 * bracket, an end token, less indentation.
 */
const ENDED_BY_THE_NEXT: Readonly<Record<string, string>> = {
  'agent-skill': 'the description is a turn of its own once the front matter has its end',
  baml: 'a role marker half typed is text, and so is half of what closes a prompt',
  dotprompt: 'a role marker half typed is text',
  'json-lines': 'a row may be tagged text',
  'openai-responses': 'items of one reply are one turn, and an item is part of it until its role is there',
  poml: 'a tag half typed is text, and neighbours of one speaker are one turn',
  'preference-pairs': 'a row may be tagged text',
  prompty: 'a role line half typed is text',
  'tagged-prompt': 'a tag half typed is text',
  'tagged-text': 'a tag half typed is text',
  'text-transcript': 'a marker half typed is text',
};

/** Fixtures of which no prefix can keep every turn: what comes later says what a turn is. */
const TOLD_LATER: Readonly<Record<string, string>> = {
  'chatgpt-export/branches/conversations-001.json': 'which branch is current stands at the end',
  'claude-export/branches/conversations.json': 'an answer that is given again stands behind the first',
  'claude-export/split-results.json': 'results of tools are a turn between two halves of a reply',
  'copilot-cli-log/subagent/events.jsonl': 'whose an event is stands behind what it says',
  'rendered-template/vicuna.txt': 'the end token of the first reply tells the markup from line labels',
  'text-transcript/llm-log.md': 'the headings of a log are told from others by those that follow',
  'text-transcript/names.md': 'a name is a speaker once it comes again',
};

/** Every turn once, in source order: candidates of a preference pair share those of the prompt. */
function turnsOf({ conversations }: ParsedTranscript): Turn[] {
  const byPlace = new Map<string, Turn>();
  for (const { turns } of conversations) {
    for (const turn of turns) byPlace.set(`${turn.span.start} ${turn.span.end} ${turn.role}`, turn);
  }
  return [...byPlace.values()].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}

/** What a turn is, without its number: a turn that is read first may stand below. */
const essence = ({ role, roleRaw, roleSpan, pieces }: Turn): string =>
  JSON.stringify([role, roleRaw, roleSpan, pieces.map(({ kind, spans, text }) => [kind, spans, text])]);

/** Where a fixture is cut. */
function cutsOf({ name, text }: Fixture): number[] {
  if (text.length <= CUT_EVERYWHERE) return Array.from({ length: text.length + 1 }, (_, at) => at);
  const random = seededRandom([...name].reduce((sum, char) => sum * 31 + char.charCodeAt(0), 7));
  const lineEnds = [...text.matchAll(/[\r\n]/g)].flatMap(({ index }) => [index, index + 1]);
  const others = Array.from({ length: CUTS_ELSEWHERE }, () => random.int(text.length + 1));
  return [...new Set([0, ...lineEnds, ...others, text.length])].sort((a, b) => a - b);
}

/** Whether a turn of the whole file must be in what is left of it up to `cut`. */
function isBeforeTheBreak({ adapter, name }: Fixture, turn: Turn, next: Turn | undefined, cut: number): boolean {
  if (turn.span.end > cut) return false;
  // Where brackets or quotes are missing, what follows tells where a text ends.
  if (ENDED_BY_THE_NEXT[adapter.id] === undefined && !name.includes('broken')) return true;
  return next !== undefined && (next.pieces[0]?.spans[0]?.start ?? next.span.end) < cut;
}

const syntaxProblems = ({ problems }: ParsedTranscript): number =>
  problems.filter(({ code }) => code === 'json-syntax').length;

describe('every prefix of every fixture', () => {
  for (const fixture of FIXTURES) {
    const { name, adapter, text } = fixture;
    it(`${name}: is read, and has the turns before the break`, () => {
      const whole = turnsOf(parse(adapter, text, name));
      for (const cut of cutsOf(fixture)) {
        const prefix = text.slice(0, cut);
        const parsed = parse(adapter, prefix, name);
        assertSound(prefix, parsed);
        // One break is one problem, or two where it leaves a number or a list half said as well.
        if (isJson(text)) assert.ok(syntaxProblems(parsed) <= 2, `cut at ${cut}`);
        if (name in TOLD_LATER) continue;
        const found = turnsOf(parsed);
        const there = new Set(found.map(essence));
        const before = whole.filter((turn, at) => isBeforeTheBreak(fixture, turn, whole[at + 1], cut));
        for (const turn of before) {
          assert.ok(there.has(essence(turn)), `cut at ${cut}: lost the ${turn.role} turn at ${turn.span.start}`);
        }
        const begun = whole.filter((turn) => turn.span.start < cut).length;
        // Something half typed may read as a turn that it will not be: a marker's label, a key.
        assert.ok(found.length <= begun + 2, `cut at ${cut}: ${found.length} turns where ${begun} have begun`);
      }
    });
  }

  it('is an exception only where a fixture needs it', () => {
    const ids = new Set(FIXTURES.map(({ adapter }) => adapter.id));
    for (const id of Object.keys(ENDED_BY_THE_NEXT)) assert.ok(ids.has(id), id);
    for (const name of Object.keys(TOLD_LATER))
      assert.ok(
        FIXTURES.some((fixture) => fixture.name === name),
        name,
      );
  });
});

describe('one raw line break or quote in a text', () => {
  for (const { name, adapter, text } of FIXTURES.filter(isValidJson)) {
    it(`${name}: all that stands in other texts is as it was`, () => {
      const isLines = name.endsWith('.jsonl');
      for (const source of isLines ? [text] : [text, JSON.stringify(JSON.parse(text))]) {
        const whole = turnsOf(parse(adapter, source, name));
        for (const { start, end } of textsOf(source)) {
          if (!whole.some((turn) => touches(turn, start, end))) continue;
          for (const at of [start, (start + end) >> 1, end]) {
            if (/\\(?:u[0-9a-fA-F]{0,3})?$/.test(source.slice(start, at))) continue;
            for (const raw of ['\n', '"']) {
              // In a list of texts nothing tells a quote before a comma from the end of one.
              if (raw === '"' && at < end && source[at] === ',') continue;
              // A line of JSON Lines is one row, whatever breaks it.
              const [from, to] = isLines && raw === '\n' ? lineAround(source, at) : [start, end];
              const kept = said(whole.filter((turn) => !touches(turn, from, to)));
              const broken = source.slice(0, at) + raw + source.slice(at);
              const found = said(turnsOf(parse(adapter, broken, name)));
              assert.deepEqual(
                missing(kept, found),
                [],
                `${JSON.stringify(raw)} at ${at}: ${broken.slice(at - 20, at + 20)}`,
              );
            }
          }
        }
      }
    });
  }
});

/** What turns say, piece by piece in source order: without the turn between them, two replies are one. */
const said = (turns: readonly Turn[]): string[] =>
  turns
    .flatMap(({ role, pieces }) => pieces.map((piece) => ({ role, ...piece })))
    .sort((a, b) => (a.spans[0]?.start ?? 0) - (b.spans[0]?.start ?? 0))
    .map(({ role, kind, text }) => `${role} ${kind}: ${text}`);

/** Whether a turn has content in `[start, end]`. */
const touches = ({ pieces }: Turn, start: number, end: number): boolean =>
  pieces.some(({ spans }) => spans.some((span) => span.start <= end && span.end >= start));

/** What of `wanted` is not in `found` in the same order. */
function missing(wanted: readonly string[], found: readonly string[]): string[] {
  let at = 0;
  return wanted.filter((each) => {
    const place = found.indexOf(each, at);
    if (place >= 0) at = place + 1;
    return place < 0;
  });
}

function lineAround(text: string, at: number): [number, number] {
  const from = Math.max(text.lastIndexOf('\n', at - 1), text.lastIndexOf('\r', at - 1)) + 1;
  const to = /[\r\n]|$/g;
  to.lastIndex = at;
  return [from, to.exec(text)!.index];
}

/** The insides of the texts of valid JSON that are no keys. */
function textsOf(json: string): { start: number; end: number }[] {
  return [...json.matchAll(/"((?:[^"\\]|\\.)*)"(\s*:)?/g)]
    .filter(({ 2: colon }) => colon === undefined)
    .map(({ index, 1: inside }) => ({ start: index + 1, end: index + 1 + inside!.length }));
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

function isValidJson({ name, text }: { name: string; text: string; adapter: FormatAdapter }): boolean {
  if (!name.endsWith('.jsonl')) return isJson(text);
  return text.split(/\r\n|\n|\r/).every((line) => line.trim() === '' || isJson(line));
}
