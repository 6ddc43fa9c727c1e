/**
 * A chat template from the Jinja text that models are released with.
 *
 * The template is rendered with stand-ins for the contents, so that a rendering is as long as the conversation has
 * turns, whatever they say, and is kept while only contents change. What stands around the stand-ins is each turn's share.
 */
import { pieceText } from '../../../transcript/pieceText.js';
import type { SourceText, Turn } from '../../../transcript/model.js';
import { generic } from '../generic.js';
import { NOTHING, joinMarkup, spokenText, textRun, visibleText } from '../markup.js';
import { parseTools, trimEnds } from '../python.js';
import type { ChatTemplate, ConversationLayout, Markup, TemplateInput, TurnLayout } from '../types.js';
import { compileTemplate } from './compile.js';
import { learnTemplate, type KnownTemplate } from './landmarks.js';
import { contentOf, layoutOf, markupOf } from './layout.js';
import { messageOf, sameShape, shapeOf, type TurnShape } from './messages.js';
import { planTurns, withoutEnd, type RunPlan, type TurnPlan } from './plan.js';
import { lastIndexWhere, splitRendering, standIn, treated, type Part, type SlotKind } from './slots.js';
import { windowsOf, type Window } from './windows.js';

export { ChatTemplateError } from './compile.js';

/** What is known of a template beside its text. */
export interface JinjaOptions {
  readonly id: string;
  readonly title: string;
  /** Special tokens as the template writes them, which are one token each there and plain text in contents. */
  readonly specialTokens: readonly (string | RegExp)[];
  readonly bosToken?: string;
  readonly eosToken?: string;
  /** What else the template reads: `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Stated assumptions, one phrase each. */
  readonly notes?: readonly string[];
  /** False where the template is not the model's own. */
  readonly exact?: boolean;
}

/** Renderings that are kept, the newest first: an edit of a text needs none anew. */
const KEPT_RENDERINGS = 64;

/** A window as it was rendered. */
interface Rendering {
  readonly shapes: readonly TurnShape[];
  readonly tools: string | undefined;
  readonly closed: boolean;
  readonly plans: readonly (TurnPlan | null)[];
  readonly pendingLead: readonly Part[];
  /** Whether definitions of tools were given and stand nowhere. */
  readonly withoutTools: boolean;
  /** What the template objects to. */
  readonly objections: readonly string[];
  /** Turns whose content stands there twice, or whose blank one is written in another way than a text. */
  readonly odd: ReadonlySet<number>;
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A pattern for special tokens, the longest first. */
function specialPattern(tokens: readonly (string | RegExp)[]): RegExp | null {
  const sources = [...tokens]
    .filter((token) => token !== '')
    .sort((a, b) => (typeof b === 'string' ? b.length : 0) - (typeof a === 'string' ? a.length : 0))
    .map((token) => (typeof token === 'string' ? escapeRegExp(token) : token.source));
  return sources.length === 0 ? null : new RegExp(sources.join('|'), 'g');
}

const THOUGHT = /^\s*<think>([^]*?)<\/think>([^]*)$/;

/** How much of a text tells that it does not begin with a thought, as a rule: in code units. */
const HEAD_LENGTH = 256;
const NO_THOUGHT = /^\s*(?!<think>)\S.{7}/s;

/** False where a text does not begin with a thought; told by its head, so that a long one need not be made whole. */
const mayThink = (text: SourceText): boolean =>
  !NO_THOUGHT.test(text.slice(0, HEAD_LENGTH)) && /^\s*<think>/.test(text.toString());

/** A reply whose text begins with a thought in tags, as models write it: the thought apart. */
function thoughtApart(turn: Turn): Turn {
  const [first] = turn.pieces;
  if (turn.role !== 'assistant' || first?.kind !== 'text' || !mayThink(pieceText(first))) return turn;
  const [, thought, rest] = THOUGHT.exec(first.text) ?? [];
  if (thought === undefined || rest === undefined) return turn;
  const pieces = [
    { kind: 'thinking' as const, spans: first.spans, text: trimEnds(thought, 'lineFeeds', 'lineFeeds') },
    { kind: first.kind, spans: first.spans, text: trimEnds(rest, 'lineFeeds', 'none') },
    ...turn.pieces.slice(1),
  ];
  return { ...turn, pieces };
}

const turnsOf = (turns: readonly Turn[], { from, to }: Window): readonly Turn[] =>
  from > 0 && turns[0]?.role === 'system' ? [turns[0], ...turns.slice(from, to + 1)] : turns.slice(from, to + 1);

/** Which special tokens and texts of an input turn's lead are tool definitions, which templates may put before any turn. */
function splitTools(plan: TurnPlan, names: readonly string[], usual: ReadonlySet<string>): [readonly Part[], TurnPlan] {
  const isTool = (part: Part): boolean =>
    part.kind === 'text'
      ? names.some((name) => part.text.includes(name))
      : part.kind === 'special' && !usual.has(part.text);
  const from = plan.lead.findIndex(isTool);
  const to = lastIndexWhere(plan.lead, isTool);
  if (!plan.lead.some((part) => part.kind === 'text' && isTool(part))) return [[], plan];
  const lead = [...plan.lead.slice(0, from), ...plan.lead.slice(to + 1)];
  return [plan.lead.slice(from, to + 1), { ...plan, lead }];
}

function namesOf(tools: readonly unknown[]): string[] {
  return tools.flatMap((tool) => {
    const { function: inner, name } = tool as { function?: { name?: unknown }; name?: unknown };
    const found = inner?.name ?? name;
    return typeof found === 'string' && found !== '' ? [found] : [];
  });
}

const specialsIn = (parts: readonly Part[]): string[] =>
  parts.flatMap((part) => (part.kind === 'special' ? [part.text] : []));

/** Tool definitions are overhead of the first turn, wherever they stand. */
function withToolsFirst(plans: readonly (TurnPlan | null)[], tools: readonly unknown[], known: KnownTemplate) {
  const names = namesOf(tools);
  const usual = new Set(specialsIn([...known.landmarks.close.user, ...known.landmarks.generation, ...known.userHead]));
  const moved: Part[] = [];
  const rest = plans.map((plan, at) => {
    if (!plan || at === 0) return plan;
    const [part, left] = splitTools(plan, names, usual);
    moved.push(...part);
    return left;
  });
  const first = rest[0];
  return first && moved.length > 0 ? [{ ...first, lead: [...moved, ...first.lead] }, ...rest.slice(1)] : plans;
}

/** Thoughts of a reply whose rendering leaves them out: they were written, and later requests do without them. */
const retargeted = (runs: readonly RunPlan[], turn: number): RunPlan[] =>
  runs.map((run) => ({
    ...run,
    pieces: run.pieces.map((piece) =>
      typeof piece === 'string' ? piece : { ...piece, slot: { ...piece.slot, turn } },
    ),
  }));

const hasThought = ({ runs }: TurnPlan): boolean => runs.some(({ kind }) => kind === 'thinking');

const PLAIN_THOUGHT: readonly RunPlan[] = [
  {
    kind: 'thinking',
    before: '',
    pieces: [
      {
        slot: { kind: 'thinking', turn: 0, item: 0 },
        treatment: { start: 'lineFeeds', end: 'lineFeeds', json: false },
      },
      '\n',
    ],
    after: '',
    specials: 0,
  },
];

function withThoughts(plan: TurnPlan | null, shape: TurnShape, at: number, last: boolean, known: KnownTemplate) {
  if (!plan || !shape.thinks || shape.role !== 'assistant') return plan;
  if (!hasThought(plan)) return { ...plan, runs: [...retargeted(known.thought ?? PLAIN_THOUGHT, at), ...plan.runs] };
  // One that still stands in the prompt of a later request is read there like any text.
  return last ? plan : { ...plan, runs: plan.runs.map((run) => ({ ...run, kind: 'text' as const })) };
}

/** A rendering as one string, stand-ins of blank texts filled in. */
const filled = (parts: readonly Part[], shapes: readonly TurnShape[]): string =>
  parts
    .map((part) => {
      if (part.kind !== 'slot') return part.text;
      const { spoken } = shapes[part.slot.turn]!;
      const blank = part.slot.kind === 'text' && spoken !== true;
      return blank ? treated(spoken, part.treatment) : standIn(part.slot);
    })
    .join('');

/** Templates may treat a blank text in another way than the stand-in that marks its turn: both are rendered. */
function checkBlanks(
  { render, form, special }: KnownTemplate,
  parts: readonly Part[],
  shapes: readonly TurnShape[],
  tools: readonly unknown[] | undefined,
  generate: boolean,
): { readonly odd: readonly number[]; readonly more: readonly string[] } {
  const blank = shapes.flatMap(({ spoken, calls }, at) => (spoken !== true && calls.length === 0 ? [at] : []));
  if (blank.length === 0) return { odd: [], more: [] };
  const messages = shapes.map((shape, at) => messageOf(shape, at, form, true));
  const { text, objections } = render({ messages, ...(tools ? { tools } : {}), generate });
  const same = filled(splitRendering(text, special, () => '').parts, shapes) === filled(parts, shapes);
  return { odd: same ? [] : blank, more: objections };
}

function renderWindow(
  known: KnownTemplate,
  turns: readonly Turn[],
  shapes: readonly TurnShape[],
  tools: readonly unknown[] | undefined,
  toolText: string | undefined,
  closed: boolean,
): Rendering {
  const lastRole = shapes.at(-1)!.role;
  const generate = lastRole !== 'assistant';
  const generation = !generate ? [] : lastRole === 'tool' ? known.afterTool : known.landmarks.generation;
  const { text, objections } = known.render({
    messages: shapes.map((shape, at) => messageOf(shape, at, known.form)),
    ...(tools ? { tools } : {}),
    generate,
  });
  const { parts, repeated } = splitRendering(text, known.special, (slot) => contentOf(turns[slot.turn]!, slot));
  const { odd, more } = checkBlanks(known, parts, shapes, tools, generate);
  const planned = shapes.map(({ role, calls }) => ({ role, calls: calls.length > 0 }));
  const bare = planTurns(parts, planned, known.landmarks, generation);
  const whole = tools ? withToolsFirst(bare, tools, known) : bare;
  const plans = whole.map((plan, at) => withThoughts(plan, shapes[at]!, at, at === shapes.length - 1, known));
  const pendingLead = withoutEnd(parts, generation).length < parts.length ? generation : [];
  return {
    shapes,
    tools: toolText,
    closed,
    plans,
    pendingLead,
    withoutTools: tools !== undefined && namesOf(tools).every((name) => !text.includes(name)),
    objections: [...objections, ...more],
    odd: new Set([...odd, ...repeated.map(({ turn }) => turn)]),
  };
}

/** A turn that the template leaves out: what a reply wrote was decoded all the same. */
const leftOut = (turn: Turn): TurnLayout => ({
  lead: NOTHING,
  runs: turn.role === 'assistant' ? [textRun(visibleText(turn))] : [],
  end: NOTHING,
  trail: NOTHING,
  exact: false,
});

/** How many slots of a kind a plan has. */
function slotsOf({ runs }: TurnPlan, kind: SlotKind): number {
  let count = 0;
  for (const { pieces } of runs) {
    for (const piece of pieces) if (typeof piece !== 'string' && piece.slot.kind === kind) count++;
  }
  return count;
}

function turnLayout(rendering: Rendering, at: number, turns: readonly Turn[], shape: TurnShape): TurnLayout {
  const plan = rendering.plans[at];
  const turn = turns[at]!;
  if (!plan) return leftOut(turn);
  const silent = shape.spoken === true && slotsOf(plan, 'text') === 0;
  const uncalled = shape.calls.length > slotsOf(plan, 'callName');
  const exact = rendering.objections.length === 0 && !rendering.odd.has(at) && !silent && !uncalled;
  const layout = layoutOf({ plans: rendering.plans, turns }, at, exact);
  if (turn.role !== 'assistant' || !(silent || uncalled)) return layout;
  // What the template leaves out of later requests, the reply did write.
  const said = silent ? [textRun(spokenText(turn))] : [];
  const called = uncalled ? shape.calls.map((call) => textRun(`${call.name}\n${call.arguments}`)) : [];
  return { ...layout, runs: [...said, ...layout.runs, ...called] };
}

/**
 * Makes a chat template of Jinja text, as it stands in `chat_template.jinja` or `tokenizer_config.json`.
 *
 * Exact where the template takes the conversation and every content stands in its rendering once.
 *
 * @throws {ChatTemplateError} where the text is no Jinja, or renders no message
 */
export function templateFromJinja(source: string, options: JinjaOptions): ChatTemplate {
  const { id, title, bosToken = '', eosToken = '', notes = [], exact = true } = options;
  const variables = { bos_token: bosToken, eos_token: eosToken, ...options.variables };
  const special = specialPattern(options.specialTokens);
  const known = learnTemplate(source, compileTemplate(source, variables), special);
  let kept: Rendering[] = [];

  const renderingOf = (turns: readonly Turn[], tools: TemplateInput['tools'], closed: boolean): Rendering => {
    const shapes = turns.map(shapeOf);
    const found = kept.find(
      (each) =>
        each.tools === tools?.text &&
        each.closed === closed &&
        each.shapes.length === shapes.length &&
        each.shapes.every((shape, at) => sameShape(shape, shapes[at]!)),
    );
    if (found) return found;
    const definitions = tools ? (parseTools(tools.text) ?? undefined) : undefined;
    const rendering = renderWindow(known, turns, shapes, definitions, tools?.text, closed);
    kept = [rendering, ...kept.slice(0, KEPT_RENDERINGS - 1)];
    return rendering;
  };

  const layout = (input: TemplateInput): ConversationLayout => {
    const turns = known.form.thinking === 'none' ? input.turns : input.turns.map(thoughtApart);
    if (turns.length === 0) return { turn: () => leftOut(turns[0]!), pendingLead: NOTHING };
    const windows = windowsOf(turns.map(({ role }) => role));
    const renderings = new Map<number, { rendering: Rendering; own: readonly Turn[]; shift: number } | null>();
    const notes = new Set<string>();
    const windowAt = (index: number) => {
      const at = windows.findIndex(({ to, owned }) => index > owned && index <= to);
      const existing = renderings.get(at);
      if (existing !== undefined) return existing;
      const window = windows[at]!;
      const own = turnsOf(turns, window);
      let made: { rendering: Rendering; own: readonly Turn[]; shift: number } | null = null;
      try {
        const rendering = renderingOf(own, window.from === 0 ? input.tools : undefined, at === windows.length - 1);
        made = { rendering, own, shift: own.length - (window.to - window.from + 1) - window.from };
        for (const objection of rendering.objections) notes.add(`the template objects: ${objection}`);
        if (rendering.withoutTools) notes.add('the template leaves tool definitions out');
      } catch (error) {
        notes.add(`a typical template instead: ${error instanceof Error ? error.message : String(error)}`);
      }
      renderings.set(at, made);
      return made;
    };
    let genericLayout: ConversationLayout | undefined;
    const fallback = (): ConversationLayout => (genericLayout ??= generic.layout(input));
    const turn = (index: number): TurnLayout => {
      const window = windowAt(index);
      if (!window) return fallback().turn(index);
      const at = index + window.shift;
      const layout = turnLayout(window.rendering, at, window.own, window.rendering.shapes[at]!);
      const unread = index === 0 && input.tools && !parseTools(input.tools.text);
      return unread
        ? { ...layout, lead: joinMarkup(layout.lead, { specials: 0, texts: [input.tools!.text] }), exact: false }
        : layout;
    };
    const pending = (): Markup => {
      if (turns.at(-1)!.role === 'assistant') return NOTHING;
      const window = windowAt(turns.length - 1);
      return window ? markupOf(window.rendering.pendingLead) : fallback().pendingLead;
    };
    const basis = (index: number): unknown => windowAt(index)?.rendering;
    return { turn, pendingLead: pending(), basis, notes: () => [...notes] };
  };

  return { id, title, exact, notes, layout };
}
