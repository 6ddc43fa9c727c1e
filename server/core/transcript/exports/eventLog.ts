/** The adapter of logs in JSON Lines whose lines are events of one session. Read-only. */
import { JsonReader, readJsonNow } from '../json/reader.js';
import { NextIndex, skipBlank } from '../json/blank.js';
import type { JsonNode } from '../json/node.js';
import type { Source } from '../json/pieces.js';
import type { Wanted } from '../json/strictReader.js';
import type { FileHint, FormatAdapter, ParsedTranscript, Problem } from '../model.js';
import type { ExportedConversation } from './jsonExport.js';

/** What a log says of itself, and how its events are read. */
export interface EventLog extends Omit<FormatAdapter, 'writable' | 'detect' | 'parse' | 'update' | 'insertReply'> {
  /** Whether a line is an event of this log beyond doubt. */
  recognises(text: string, event: JsonNode): boolean;
  /** The members that reading events looks at, all where absent; the others may be left out. */
  readonly wanted?: Wanted;
  /** Reads the events one by one; `end` gives the conversations. */
  reader(source: Source): { event(node: JsonNode): void; end(): ExportedConversation[] };
}

/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;
/** Lines that detection looks at: the first ones of a log may be of kinds that say little. */
const LINES_LOOKED_AT = 12;
const NAMES = /\.(?:jsonl|ndjson)$/i;

function* linesOf(text: string): Generator<readonly [start: number, end: number], void> {
  const [lineFeed, carriageReturn] = [new NextIndex(text, '\n'), new NextIndex(text, '\r')];
  for (let start = 0; start < text.length;) {
    const end = Math.min(lineFeed.at(start), carriageReturn.at(start));
    if (skipBlank(text, start, end) < end) yield [start, end];
    start = end + 1;
  }
}

function mayBeLog({ path, languageId }: FileHint): boolean {
  return NAMES.test(path) || languageId === 'jsonl' || (!/\.[^./]+$/.test(path) && languageId === undefined);
}

export function eventLog(log: EventLog): FormatAdapter {
  const { recognises, wanted, reader: makeReader, ...described } = log;
  return {
    ...described,
    writable: false,
    detect(hint, head) {
      if (!mayBeLog(hint)) return null;
      let looked = 0;
      for (const [start, end] of linesOf(head)) {
        const line = head.slice(start, end);
        const [event] = line.startsWith('{') ? readJsonNow(line).roots : [];
        // The name of a log does not tell whose it is, its lines do: before JSON Lines of conversations.
        if (event && recognises(line, event)) return 'name';
        if (++looked === LINES_LOOKED_AT) break;
      }
      return null;
    },
    *parse(text): Generator<void, ParsedTranscript> {
      const json = new JsonReader(text, wanted);
      const problems: Problem[] = [];
      const source: Source = { text, problems, broken: false };
      const session = makeReader(source);
      let paused = 0;
      for (const [start, end] of linesOf(text)) {
        json.begin(start, end);
        while (!json.run(SLICE_LENGTH)) yield;
        const { roots, problems: found } = json.result();
        problems.push(...found);
        const [event] = roots;
        if (event?.kind === 'object') session.event(event);
        if (end - paused < SLICE_LENGTH) continue;
        paused = end;
        yield;
      }
      const kept = session.end().filter(({ turns }) => turns.length > 0);
      return { conversations: kept.map((each, index) => ({ ...each, id: each.id ?? String(index) })), problems };
    },
  };
}
