import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FormatAdapter } from '../../../server/core/transcript/model.js';
import { adapterById } from '../../../server/core/transcript/registry.js';
import {
  applyPlan,
  chatJson,
  chatLines,
  DIALECT_JSON,
  editPlan,
  textChat,
  type EditPlan,
  runs,
} from '../../support/transcript/arbitraries.js';
import { FIXTURES, parse, plain } from '../../support/transcript/fixtures.js';

/** Edits a text again and again, as typing does; returns how often the update did without a full parse. */
function editAlong(adapter: FormatAdapter, source: string, plans: readonly EditPlan[]): number {
  let text = source;
  let before = parse(adapter, text);
  let updates = 0;
  for (const plan of plans) {
    const { after, edit } = applyPlan(text, plan);
    const full = parse(adapter, after);
    const updated = adapter.update!(before, after, edit);
    if (updated) {
      assert.deepEqual(plain(after, updated), plain(after, full));
      updates++;
    }
    before = updated ?? full;
    text = after;
  }
  return updates;
}

/** The same plans, each inside a content, where most typing is. */
function typeAlong(adapter: FormatAdapter, source: string, plans: readonly EditPlan[]): number {
  const contents = parse(adapter, source)
    .conversations.flatMap(({ turns }) => turns.flatMap(({ pieces }) => pieces))
    .filter(({ spans }) => spans.length === 1 && spans[0]!.end > spans[0]!.start);
  if (contents.length === 0) return 0;
  const { start, end } = contents[Math.floor(plans[0]!.at * (contents.length - 1))]!.spans[0]!;
  const inside = plans.map((plan) => ({
    ...plan,
    at: (start + plan.at * (end - start)) / source.length,
    remove: Math.min(plan.remove, 1),
  }));
  return editAlong(adapter, source, inside);
}

const FORMATS = [
  ['openai-chat', chatJson],
  ['json-lines', chatLines],
  ['text-transcript', textChat],
  // The pieces of tagged text are parts of a string, which is always read whole.
  ...DIALECT_JSON.filter(([id]) => id !== 'tagged-text'),
] as const;

describe('update after an edit', () => {
  for (const [id, document] of FORMATS) {
    it(`${id}: equals a full parse of what was edited`, () => {
      let updates = 0;
      fc.assert(
        fc.property(document, fc.array(editPlan, { minLength: 1, maxLength: 4 }), (text, plans) => {
          const adapter = adapterById(id)!;
          updates += editAlong(adapter, text, plans) + typeAlong(adapter, text, plans);
        }),
        runs(160, 7),
      );
      assert.ok(updates > 15, `only ${updates} incremental updates: the property tests too little`);
    });
  }

  it('equals a full parse for every fixture', () => {
    const fixture = fc.constantFrom(...FIXTURES.filter(({ adapter }) => adapter.update));
    fc.assert(
      fc.property(fixture, fc.array(editPlan, { minLength: 1, maxLength: 3 }), ({ adapter, text }, plans) => {
        editAlong(adapter, text, plans);
      }),
      runs(120, 11),
    );
  });

  // Found by fuzzing.
  const found: readonly (readonly [what: string, format: string, text: string, plans: EditPlan[]])[] = [
    [
      'a rule at the top that an edit far below makes front matter',
      'text-transcript',
      '---\n\nUSER:\n\r\naaaa\n\n---\n\nUSER:\nb\n',
      [
        { at: 15 / 38, remove: 4, insert: '' },
        { at: 0, remove: 0, insert: 'a' },
      ],
    ],
  ];
  for (const [what, format, text, plans] of found) it(what, () => void editAlong(adapterById(format)!, text, plans));

  it('keeps the very strings of the turns around, and moves only their places', () => {
    for (const name of ['openai-chat/support.json', 'json-lines/fineTuning.jsonl', 'text-transcript/lineLabels.txt']) {
      const { adapter, text } = FIXTURES.find((fixture) => fixture.name === name)!;
      const before = parse(adapter, text);
      const turn = before.conversations[0]!.turns[1]!;
      const at = turn.pieces[0]!.spans[0]!.start + 3;
      const after = `${text.slice(0, at)}xyz${text.slice(at)}`;
      const updated = adapter.update!(before, after, { start: at, oldEnd: at, newEnd: at + 3 });
      assert.ok(updated, name);
      assert.equal(
        updated.conversations[0]!.turns[0],
        before.conversations[0]!.turns[0],
        'the turn before is the same object',
      );
      const last = updated.conversations.at(-1)!.turns.at(-1)!;
      const lastBefore = before.conversations.at(-1)!.turns.at(-1)!;
      assert.equal(last.span.start, lastBefore.span.start + 3);
      assert.equal(last.pieces[0]!.text, lastBefore.pieces[0]!.text);
    }
  });

  it('typing inside a turn never needs a full parse', () => {
    for (const { name, adapter, text } of FIXTURES.filter((fixture) =>
      /support|toolCalls|fineTuning|headings|lineLabels/.test(fixture.name),
    )) {
      for (const turn of parse(adapter, text).conversations.flatMap(({ turns }) => turns)) {
        for (const piece of turn.pieces) {
          const { start, end } = piece.spans[0]!;
          if (end - start < 4) continue;
          // After a word's letter, so that no escape is cut and no line begins there.
          const at = start + 1 + text.slice(start + 1, end).search(/[a-z]/) + 1;
          const after = `${text.slice(0, at)}e${text.slice(at)}`;
          const updated = adapter.update!(parse(adapter, text), after, { start: at, oldEnd: at, newEnd: at + 1 });
          assert.ok(updated, `${name} at ${at}: ${JSON.stringify(after.slice(at - 10, at + 10))}`);
        }
      }
    }
  });
});
