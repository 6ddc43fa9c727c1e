/** POML as a stream of tags and texts with their places, read with a tokenizer of XML that takes any text. */
import { Tokenizer } from 'htmlparser2';
import type { Span } from '../model.js';
import { tagsIn } from '../prompt/mustaches.js';

export interface Attribute {
  readonly value: string;
  readonly span: Span;
}

export interface PomlSink {
  open(name: string, nameSpan: Span, attributes: ReadonlyMap<string, Attribute>, span: Span, isEmpty: boolean): void;
  close(name: string, span: Span): void;
  text(start: number, end: number): void;
}

/** Code units between two pauses. */
const SLICE_LENGTH = 100_000;

/** Expressions may hold `<` and `>`, which are no markup: a copy, as long as the text, in which they are letters. */
function masked(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of tagsIn(text, 0, text.length, ['{{'])) {
    if (start < from) continue;
    parts.push(text.slice(from, start), 'x'.repeat(end - start));
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join('');
}

/** Reads `text` from start to end. A tag that is not finished is being typed, and is left out. */
export function* pomlEvents(text: string, sink: PomlSink): Generator<void, void> {
  const source = masked(text);
  let name = '';
  let nameSpan: Span = { start: 0, end: 0 };
  let attributes = new Map<string, Attribute>();
  let attribute = '';
  let value: Span | null = null;
  const opened = (end: number, isEmpty: boolean): void => {
    sink.open(name, nameSpan, attributes, { start: nameSpan.start - 1, end: end + 1 }, isEmpty);
  };
  const tokenizer = new Tokenizer(
    { xmlMode: true, decodeEntities: false },
    {
      onopentagname(start, end) {
        name = text.slice(start, end);
        nameSpan = { start, end };
        attributes = new Map();
      },
      onattribname(start, end) {
        attribute = text.slice(start, end);
        value = null;
      },
      onattribdata(start, end) {
        value = { start: value?.start ?? start, end };
      },
      onattribend(_quote, end) {
        const span = value ?? { start: end, end };
        attributes.set(attribute, { value: text.slice(span.start, span.end), span });
      },
      onopentagend: (end) => opened(end, false),
      onselfclosingtag: (end) => opened(end, true),
      onclosetag(start, end) {
        const past = text.indexOf('>', end);
        sink.close(text.slice(start, end), { start: start - 2, end: past < 0 ? end : past + 1 });
      },
      ontext(start, end) {
        // A tag that ends in its slash at the end of the text comes as text from nowhere.
        if (start >= 0) sink.text(start, end);
      },
      oncdata: (start, end, endOffset) => sink.text(start, end - endOffset),
      oncomment() {},
      ondeclaration() {},
      onprocessinginstruction() {},
      onattribentity() {},
      ontextentity() {},
      onend() {},
    },
  );
  for (let at = 0; at < source.length; at += SLICE_LENGTH) {
    tokenizer.write(source.slice(at, at + SLICE_LENGTH));
    if (at > 0) yield;
  }
  tokenizer.end();
}
