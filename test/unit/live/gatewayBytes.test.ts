import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EventStream } from '../../../server/live/gateway/eventStream.js';
import { closingBrace } from '../../../server/live/gateway/insertion.js';
import { JsonScanner } from '../../../server/live/gateway/jsonScanner.js';
import { LineStream } from '../../../server/live/gateway/lineStream.js';
import { WholeBody } from '../../../server/live/gateway/wholeBody.js';

const energy = '{"joules":1.5,"settled":false}';
const comment = ': energy {"energy_joules":1.5}';

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length));
}

function stream(pieces: readonly Buffer[], asked = true): Buffer {
  const hasUsage = (json: unknown): boolean =>
    typeof json === 'object' &&
    json !== null &&
    typeof (json as { usage?: unknown }).usage === 'object' &&
    (json as { usage: unknown }).usage !== null;
  const through = new EventStream({
    onData: (json) => (asked && hasUsage(json) ? ['usage'] : null),
    energy: () => energy,
    comment: () => comment.slice(': energy '.length),
  });
  return Buffer.concat([...pieces.map((piece) => through.push(piece)), through.end()]);
}

const latin = (bytes: Buffer): string => bytes.toString('latin1');

/** What the gateway added, taken out again. */
const without = (bytes: Buffer): string =>
  latin(bytes)
    .replaceAll(`,"energy":${energy}`, '')
    .replaceAll(`"energy":${energy}`, '')
    .replace(new RegExp(`${comment.replace(/[{}]/g, '\\$&')}\\n\\n?`), '');

const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
const line = fc.oneof(
  fc.json().map((json) => `data: ${json}`),
  fc.json().map((json) => `data:${json}`),
  fc
    .record({ prompt_tokens: fc.nat(), nested: fc.jsonValue() })
    .map((usage) => `data: ${JSON.stringify({ choices: [], usage })}`),
  fc.constantFrom(
    '',
    '',
    ': ping',
    'event: message',
    'id: 7',
    'data',
    'data: [DON',
    'dat',
    'da',
    ': energy {"by":"upstream"}',
  ),
  fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n]/g, ' ')),
);

describe('an event stream through the gateway', () => {
  it('keeps every byte however it is cut, but for what is added', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(line, lineEnd)),
        fc.constantFrom('data: [DONE]\n\n', 'data: [DONE]', 'data:[DONE]\r\n\r\n', ''),
        fc.array(fc.nat(), { maxLength: 30 }),
        fc.uint8Array({ maxLength: 5 }),
        (lines, tail, places, junk) => {
          const text = lines.map(([content, end]) => content + end).join('');
          const bytes = Buffer.concat([
            Buffer.from(text),
            Buffer.from(junk).map((byte) => byte | 0x80),
            Buffer.from(`\n\n${tail}`),
          ]);
          const whole = stream([bytes]);
          assert.equal(latin(stream(cut(bytes, places))), latin(whole));
          assert.equal(without(whole), latin(bytes));
          const hasOwn = /^: energy /m.test(text.replace(/\r/g, '\n'));
          if (tail !== '') assert.equal(latin(whole).split(comment).length, hasOwn ? 1 : 2);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('hands on each event at once, the usage with its energy, the comment before the end', () => {
    const through = new EventStream({
      onData: (json) => ('usage' in (json as object) ? ['usage'] : null),
      energy: () => energy,
      comment: () => '{"energy_joules":1.5}',
    });
    const push = (text: string): string => through.push(Buffer.from(text)).toString();
    assert.equal(push('data: {"a":1}\n\n'), 'data: {"a":1}\n\n');
    assert.equal(push('data: {"usage":{"n":{}} }\r\n\r\n'), `data: {"usage":{"n":{},"energy":${energy}} }\r\n\r\n`);
    assert.equal(push('data: {"usage":{ }}\n\n'), `data: {"usage":{ "energy":${energy}}}\n\n`);
    assert.equal(push(': ping'), ': ping');
    assert.equal(push('\n\ndata: [DO'), '\n\n');
    assert.equal(push('NE]\n'), `${comment}\n\ndata: [DONE]\n`);
    assert.equal(push('\n'), '\n');
    assert.equal(through.end().toString(), '');
  });

  it('puts the comment at the end where no [DONE] comes, and nowhere into an event that is not complete', () => {
    assert.equal(stream([Buffer.from('data: {"a":1}\n\n')]).toString(), `data: {"a":1}\n\n${comment}\n\n`);
    assert.equal(stream([Buffer.from('data: {"a":1}\n')]).toString(), 'data: {"a":1}\n');
    assert.equal(
      stream([Buffer.from('event: end\ndata: [DONE]\n\n')]).toString(),
      `event: end\n${comment}\ndata: [DONE]\n\n`,
    );
    assert.equal(stream([Buffer.from('<html>')]).toString(), '<html>');
  });

  it('leaves it at the figure of a server that reports one itself', () => {
    const own = 'data: {"usage":{"energy":{"joules":3}}}\n\n: energy {"joules":3}\n\ndata: [DONE]\n\n';
    assert.equal(stream([Buffer.from(own)]).toString(), own);
    const commented = ': energy {"joules":3}\n\ndata: {"usage":{}}\n\ndata: [DONE]\n\n';
    assert.equal(stream(cut(Buffer.from(commented), [1, 2, 3, 5, 9])).toString(), commented);
  });

  it('does not hold a line that is longer than any event', () => {
    const through = new EventStream({ onData: () => ['usage'], energy: () => energy, comment: () => null });
    const piece = Buffer.from(`data: "${'x'.repeat(700_000)}`);
    assert.equal(through.push(piece).length, 0);
    assert.equal(through.push(piece).length, 2 * piece.length);
    assert.equal(
      through.push(Buffer.from('"}\ndata: {"usage":{}}\n')).toString(),
      `"}\ndata: {"usage":{"energy":${energy}}}\n`,
    );
  });
});

describe('a JSON body through the gateway', () => {
  const filter = (pieces: readonly Buffer[], path = ['usage']): Buffer => {
    const body = new WholeBody({ onMembers: () => undefined, energy: () => energy }, path);
    return Buffer.concat(pieces.map((piece) => body.push(piece)));
  };

  it('gains usage.energy and nothing else, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { maxKeys: 4 }),
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.constantFrom(undefined, 1, '\t'),
        fc.array(fc.nat(), { maxLength: 20 }),
        (before, usage, after, indent, places) => {
          const object = { ...before, usage, ...after };
          object.usage = usage;
          const bytes = Buffer.from(JSON.stringify(object, null, indent));
          const whole = filter([bytes]);
          assert.equal(filter(cut(bytes, places)).toString(), whole.toString());
          assert.equal(without(whole), latin(bytes));
          const seen = JSON.parse(whole.toString()) as { usage: { energy: unknown } };
          assert.deepEqual(seen.usage.energy, JSON.parse(energy));
        },
      ),
    );
  });

  it('gains a member of its own where its form has no usage, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { maxKeys: 4 }),
        fc.constantFrom(undefined, 1, '\t'),
        fc.array(fc.nat(), { maxLength: 20 }),
        (object, indent, places) => {
          fc.pre(!('energy' in object));
          const bytes = Buffer.from(JSON.stringify(object, null, indent));
          const whole = filter([bytes], []);
          assert.equal(filter(cut(bytes, places), []).toString(), whole.toString());
          const sent = JSON.parse(bytes.toString()) as object;
          assert.deepEqual(JSON.parse(whole.toString()), { ...sent, energy: JSON.parse(energy) as unknown });
          assert.equal(without(whole), latin(bytes));
        },
      ),
    );
    for (const text of ['{"energy":{"joules":3},"a":1}', '[{"a":1}]', '{"a":1', '7']) {
      assert.equal(filter([Buffer.from(text)], []).toString(), text);
    }
  });

  it('passes anything that is no such object as it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        fc.array(fc.nat()),
        (junk, places) => {
          const bytes = Buffer.from(junk);
          fc.pre(!latin(bytes).includes('usage'));
          assert.equal(latin(filter(cut(bytes, places))), latin(bytes));
        },
      ),
    );
    for (const text of [
      '{"usage":{"energy":{"joules":3}}}',
      '{"usage":null}',
      '{"usage":7,"x":{"usage":{}}}',
      '[{"usage":{}}]',
      '{"a":"\\"usage\\":{}"}',
      '{"usage":[1]',
    ]) {
      assert.equal(filter([Buffer.from(text)]).toString(), text);
    }
  });

  it('finds the end of an object inside an object, and of no other', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('usage', 'response', 'a'), { maxLength: 3 }),
        fc.jsonValue(),
        fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }),
        fc.constantFrom(undefined, 2),
        (path, inner, beside, indent) => {
          const object = path.reduceRight<unknown>((value, name) => ({ ...beside, [name]: value }), inner);
          const bytes = Buffer.from(JSON.stringify(object, null, indent));
          const place = closingBrace(bytes, path);
          const isObject = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
          assert.equal(place !== null, isObject);
          if (place !== null) {
            const mark = Buffer.from(`${Object.keys(inner as object).length === 0 ? '' : ','}"a mark of ours":1`);
            const marked = Buffer.concat([bytes.subarray(0, place), mark, bytes.subarray(place)]);
            const found = path.reduce<unknown>(
              (value, name) => (value as Record<string, unknown>)[name],
              JSON.parse(marked.toString()),
            );
            assert.equal((found as Record<string, unknown>)['a mark of ours'], 1);
          }
        },
      ),
    );
  });

  it('finds members by name without reading into values', () => {
    const members = new JsonScanner(new Set(['model'])).push(
      Buffer.from(' {"messages":[{"model":"no"},"}{"], "model" : "a\\"b" ,"n":1}'),
    );
    assert.deepEqual(
      members.map(({ key, value }) => [key, value]),
      [
        ['messages', undefined],
        ['model', 'a"b'],
        ['n', undefined],
      ],
    );
  });
});

describe('JSON lines through the gateway', () => {
  const lines = (pieces: readonly Buffer[]): Buffer => {
    const through = new LineStream({
      onLine: (json) => (typeof json === 'object' && json !== null && Reflect.get(json, 'done') === true ? [] : null),
      energy: () => energy,
    });
    return Buffer.concat([...pieces.map((piece) => through.push(piece)), through.end()]);
  };

  it('keep every byte however they are cut, but for the energy in the last', () => {
    const one = fc.oneof(
      fc.json(),
      fc
        .dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { maxKeys: 3 })
        .map((object) => JSON.stringify({ ...object, done: true })),
      fc.constantFrom('', '{"done":true', '{"done":true,"energy":null}', 'no json', '{"done":false}'),
    );
    fc.assert(
      fc.property(
        fc.array(one, { maxLength: 6 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.array(fc.nat()),
        (texts, end, isEnded, places) => {
          const bytes = Buffer.from(texts.join(end) + (isEnded ? end : ''));
          const whole = lines([bytes]);
          assert.equal(latin(lines(cut(bytes, places))), latin(whole));
          assert.equal(without(whole), latin(bytes));
          const added = whole.toString().split(`"energy":${energy}`).length - 1;
          const expected = texts.filter((text) => {
            try {
              const json = JSON.parse(text) as unknown;
              return (
                typeof json === 'object' && json !== null && Reflect.get(json, 'done') === true && !('energy' in json)
              );
            } catch {
              return false;
            }
          });
          assert.equal(added, expected.length);
        },
      ),
    );
  });

  it('do not hold a line that is longer than any', () => {
    const through = new LineStream({ onLine: () => [], energy: () => energy });
    const piece = Buffer.from(`{"a":"${'x'.repeat(700_000)}`);
    assert.equal(through.push(piece).length, 0);
    assert.equal(through.push(piece).length, 2 * piece.length);
    assert.equal(through.push(Buffer.from('"}\n{"b":1}\n')).toString(), `"}\n{"b":1,"energy":${energy}}\n`);
  });
});
