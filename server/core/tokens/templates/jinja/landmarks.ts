/** What small conversations tell of a template: its generation prompt, how it ends turns, what it takes of thinking and calls. */
import type { Role } from '../../../transcript/model.js';
import { ChatTemplateError, type Render } from './compile.js';
import { formOf, messageOf, type MessageForm, type TurnShape } from './messages.js';
import { commonStart, planTurns, type Landmarks, type RunPlan } from './plan.js';
import { lastIndexWhere, splitRendering, type Part } from './slots.js';

/** A template as it is known once it was tried on small conversations. */
export interface KnownTemplate {
  readonly render: Render;
  readonly special: RegExp | null;
  readonly form: MessageForm;
  readonly landmarks: Landmarks;
  /** The generation prompt after a tool result, which may be another. */
  readonly afterTool: readonly Part[];
  /** What stands before the content of a first user's turn. */
  readonly userHead: readonly Part[];
  /** How a thought is written in its own reply; null where the template cannot write one. */
  readonly thought: readonly RunPlan[] | null;
}

const shape = (role: Role, more: Partial<TurnShape> = {}): TurnShape => ({
  role,
  name: undefined,
  spoken: true,
  thinks: false,
  calls: [],
  ...more,
});

const USER = shape('user');
const REPLY = shape('assistant');
const TOOL = shape('tool');
const PROBE = 'probe_value';
const ARGUMENTS = `{"key": "${PROBE}"}`;
const CALL = shape('assistant', { spoken: '', calls: [{ name: 'probe', arguments: ARGUMENTS }] });

const NO_LANDMARKS: Landmarks = {
  generation: [],
  answer: [],
  ends: new Set(),
  close: { system: [], user: [], assistant: [], tool: [] },
};

/** Learns a template. @throws {ChatTemplateError} where it renders no plain question and answer. */
export function learnTemplate(source: string, render: Render, special: RegExp | null): KnownTemplate {
  const { thinking, nullContent } = formOf(source);
  let form: MessageForm = { thinking, nullContent, argumentsAsText: false };
  const text = (shapes: readonly TurnShape[], generate: boolean): string =>
    render({ messages: shapes.map((each, at) => messageOf(each, at, form)), generate }).text;
  const parts = (rendering: string): readonly Part[] => splitRendering(rendering, special, () => '').parts;
  const attempt = (shapes: readonly TurnShape[], generate: boolean): string => {
    try {
      return text(shapes, generate);
    } catch {
      return '';
    }
  };
  const tailOf = (rendering: string): readonly Part[] => {
    const all = parts(rendering);
    return all.slice(lastIndexWhere(all, ({ kind }) => kind === 'slot') + 1);
  };
  /** What follows the slot of the turn at `turn`, up to the next slot. */
  const behind = (rendering: string, turn: number): readonly Part[] => {
    const all = parts(rendering);
    const from = lastIndexWhere(all, (part) => part.kind === 'slot' && part.slot.turn === turn) + 1;
    if (from === 0) return [];
    const to = all.findIndex((part, at) => at >= from && part.kind === 'slot');
    return all.slice(from, to === -1 ? all.length : to);
  };
  const generationOf = (shapes: readonly TurnShape[]): readonly Part[] => {
    const without = attempt(shapes, false);
    const withPrompt = attempt(shapes, true);
    return withPrompt.startsWith(without) ? parts(withPrompt.slice(without.length)) : [];
  };

  const question = text([USER], false);
  if (!parts(question).some(({ kind }) => kind === 'slot')) {
    throw new ChatTemplateError('The chat template renders no message: it leaves out the content of a user message.');
  }
  const called = [USER, CALL];
  // Of the ways to pass a call, the first by which its arguments come through.
  const ways = [false, true].flatMap((asText) => [
    { argumentsAsText: asText, nullContent },
    { argumentsAsText: asText, nullContent: false },
  ]);
  for (const way of [...ways, { argumentsAsText: false, nullContent }]) {
    form = { thinking, ...way };
    if (attempt([...called, TOOL], true).includes(PROBE)) break;
  }
  const generation = generationOf([USER]);
  const round = attempt([USER, REPLY, USER], true);
  const close = {
    system: tailOf(question),
    user: tailOf(question),
    assistant: tailOf(attempt([USER, REPLY], false)),
    tool: tailOf(attempt([...called, TOOL], false)),
  };
  const isSpecial = (part: Part): part is Part & { kind: 'special' } => part.kind === 'special';
  const ends = new Set<string>();
  /** The end of a reply is the first special token behind it, and is the same whatever it is followed by. */
  const addFirst = (gap: readonly Part[]): void => {
    const first = gap.find(isSpecial);
    if (first) ends.add(first.text);
  };
  addFirst(close.assistant);
  addFirst(behind(round, 1));
  // A call may have special tokens of its own: its end is the last one.
  const calling = tailOf(attempt(called, false)).filter(isSpecial).at(-1);
  if (calling) ends.add(calling.text);
  const start: Landmarks = { ...NO_LANDMARKS, generation, ends, close };
  const between = behind(round, 0);
  const afterClose = between.slice(commonStart(between, close.user));
  const answer = afterClose.slice(commonStart(afterClose, generation));
  const landmarks: Landmarks = { ...start, answer };
  const thinker = shape('assistant', { thinks: true });
  const thoughtParts = parts(attempt([USER, thinker], false));
  const thoughtPlan = planTurns(thoughtParts, [USER, thinker].map(toPlanned), landmarks, [])[1];
  const thoughts = thoughtPlan?.runs.filter(({ kind }) => kind === 'thinking') ?? [];
  return {
    render,
    special,
    form,
    landmarks,
    afterTool: generationOf([...called, TOOL]),
    userHead: parts(question).slice(
      0,
      parts(question).findIndex(({ kind }) => kind === 'slot'),
    ),
    thought: thoughts.length > 0 ? thoughts : null,
  };
}

const toPlanned = ({ role, calls }: TurnShape) => ({ role, calls: calls.length > 0 });
