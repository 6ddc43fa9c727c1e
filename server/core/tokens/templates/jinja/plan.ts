/** From a rendering in its stretches to what each turn owns of it; see `TurnTokens` for who owns what. */
import type { Role } from '../../../transcript/model.js';
import type { Part, Slot, Treatment } from './slots.js';

/** A stretch of a turn's own text: fixed strings and contents, in order. */
export interface RunPlan {
  readonly kind: 'text' | 'thinking';
  readonly before: string;
  readonly pieces: readonly (string | { readonly slot: Slot; readonly treatment: Treatment })[];
  readonly after: string;
  readonly specials: number;
  /** The turn whose last run has nothing but `before` between itself and this; absent for none. */
  readonly joined?: number;
}

/** A turn's share of a rendering. Parts are special tokens and texts. */
export interface TurnPlan {
  readonly lead: readonly Part[];
  readonly runs: readonly RunPlan[];
  readonly end: readonly Part[];
  readonly trail: readonly Part[];
}

/** What is known of a template from small conversations. */
export interface Landmarks {
  /** The generation prompt. */
  readonly generation: readonly Part[];
  /** What a reply writes before its answer: Harmony's channel. */
  readonly answer: readonly Part[];
  /** Special tokens that end a reply. */
  readonly ends: ReadonlySet<string>;
  /** What stands after the content of a last turn, by role. */
  readonly close: Readonly<Record<Role, readonly Part[]>>;
}

/** A turn as planning sees it. */
export interface PlannedTurn {
  readonly role: Role;
  readonly calls: boolean;
}

const isSame = (a: Part | undefined, b: Part | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.kind === b.kind &&
  a.kind !== 'slot' &&
  b.kind !== 'slot' &&
  a.text === b.text;

/** How many parts at the start of `parts` are those of `known`. */
export function commonStart(parts: readonly Part[], known: readonly Part[]): number {
  let count = 0;
  while (count < known.length && isSame(parts[count], known[count])) count++;
  return count;
}

/** The stretches before, between and after the slots of different turns. */
interface Segment {
  readonly turn: number;
  readonly parts: readonly Part[];
}

/** Slots of one turn with what stands between them, and the gap in front of each such segment; the last gap ends it all. */
function segmentsOf(parts: readonly Part[]): { segments: Segment[]; gaps: Part[][] } {
  const segments: Segment[] = [];
  const gaps: Part[][] = [[]];
  for (const part of parts) {
    if (part.kind !== 'slot') {
      gaps.at(-1)!.push(part);
      continue;
    }
    const last = segments.at(-1);
    if (last && last.turn === part.slot.turn) {
      segments[segments.length - 1] = { turn: last.turn, parts: [...last.parts, ...gaps.pop()!, part] };
      gaps.push([]);
      continue;
    }
    segments.push({ turn: part.slot.turn, parts: [part] });
    gaps.push([]);
  }
  return { segments, gaps };
}

/** A gap split between the turn before and the turn after: the reply's own rest, its trail, the lead of the next. */
interface Cut {
  /** What a reply goes on with after its last slot, its end included. */
  readonly rest: readonly Part[];
  readonly trail: readonly Part[];
  readonly lead: readonly Part[];
}

function cutAfterReply(gap: readonly Part[], { ends }: Landmarks, last: boolean): Cut {
  const end = gap.findIndex((part) => part.kind === 'special' && ends.has(part.text));
  if (end === -1) return last ? { rest: gap, trail: [], lead: [] } : { rest: [], trail: [], lead: gap };
  const after = gap[end + 1];
  // A text up to the next special token, or to the end, closes the line; one that touches the next content opens it.
  const closes = after?.kind === 'text' && (last || end + 2 < gap.length) ? 1 : 0;
  const past = last ? gap.length : end + 1 + closes;
  return { rest: gap.slice(0, end + 1), trail: gap.slice(end + 1, past), lead: gap.slice(past) };
}

function cutAfterInput(gap: readonly Part[], close: readonly Part[]): Cut {
  const past = commonStart(gap, close);
  const whole = textAt(gap[past]);
  const closing = textAt(close[past]);
  const trail = gap.slice(0, past);
  const lead = gap.slice(past);
  if (!WORD_END.test(closing) || !whole.startsWith(`${closing} `)) return { rest: [], trail, lead };
  // What closes the turn is the start of a text that opens the next: Mistral's first brackets are no special tokens.
  const opening: Part = { kind: 'text', text: whole.slice(closing.length) };
  return { rest: [], trail: [...trail, close[past]!], lead: [opening, ...lead.slice(1)] };
}

const WORD_END = /\S$/;

/** What a reply's lead takes of a gap: the generation prompt as far as it stands there; then what the model writes. */
function cutLead(gap: readonly Part[], generation: readonly Part[]): { lead: readonly Part[]; rest: readonly Part[] } {
  const count = commonStart(gap, generation);
  const lead = gap.slice(0, count);
  const rest = gap.slice(count);
  const next = generation[count];
  const text = textAt(rest[0]);
  if (count === 0 || next?.kind !== 'text' || !text.startsWith(next.text)) return { lead, rest };
  // The model goes on inside a stretch of text.
  const written: Part = { kind: 'text', text: text.slice(next.text.length) };
  return { lead: [...lead, next], rest: [written, ...rest.slice(1)] };
}

const textAt = (part: Part | undefined): string => (part?.kind === 'text' ? part.text : '');

const toPiece = (part: Part) => (part.kind === 'slot' ? { slot: part.slot, treatment: part.treatment } : part.text);

/** Runs of an input turn: its contents, with the fixed text on either side, which the markup counts too. */
function inputRuns(
  parts: readonly Part[],
  before: string,
  after: string,
): { readonly runs: RunPlan[]; readonly between: readonly Part[] } {
  const runs = parts.flatMap((part, at): RunPlan[] => {
    if (part.kind !== 'slot') return [];
    return [
      {
        kind: 'text',
        before: at === 0 ? before : textAt(parts[at - 1]),
        pieces: [toPiece(part)],
        after: at === parts.length - 1 ? after : textAt(parts[at + 1]),
        specials: 0,
      },
    ];
  });
  return { runs, between: parts.filter(({ kind }) => kind !== 'slot') };
}

const isThought = (part: Part): boolean => part.kind === 'slot' && part.slot.kind === 'thinking';

/** Consecutive texts and slots as one run; `before` stands in front of the first. */
function stretches(parts: readonly Part[], kind: RunPlan['kind'], before: string): RunPlan[] {
  const runs: RunPlan[] = [];
  let pieces: RunPlan['pieces'][number][] = [];
  let specials = 0;
  let front = before;
  const push = (): void => {
    if (pieces.length > 0 || specials > 0) runs.push({ kind, before: front, pieces, after: '', specials });
    pieces = [];
    specials = 0;
    front = '';
  };
  for (const part of parts) {
    if (part.kind === 'special') {
      if (pieces.length > 0) push();
      specials++;
      front = '';
    } else {
      pieces.push(toPiece(part));
    }
  }
  push();
  return runs;
}

const hasSlot = (run: RunPlan): boolean => run.pieces.some((piece) => typeof piece !== 'string');

/** What a reply writes: thoughts first, then the rest; fixed text apart from contents is the template's. */
function replyRuns(
  parts: readonly Part[],
  before: string,
  calls: boolean,
  answer: readonly Part[],
): { runs: RunPlan[]; end: Part[] } {
  let thought = -1;
  parts.forEach((part, at) => {
    if (isThought(part)) thought = at;
  });
  let past = 0;
  if (thought >= 0) {
    // What follows a thought closes it, as far as it does not open the answer as it does without a thought.
    const next = parts.findIndex((part, at) => at > thought && part.kind === 'slot');
    past = next === -1 ? parts.length : next;
    past -= parts.slice(thought + 1, past).length - withoutEnd(parts.slice(thought + 1, past), answer).length;
  }
  const thoughts = stretches(parts.slice(0, past), 'thinking', before);
  const rest = parts.slice(past);
  const seam = past > 0 ? textAt(parts[past - 1]) : before;
  const written = stretches(rest, 'text', seam);
  if (calls) return { runs: [...thoughts, ...written], end: [] };
  const end: Part[] = [];
  const runs: RunPlan[] = [];
  for (const run of written) {
    for (let count = 0; count < run.specials; count++) end.push({ kind: 'special', text: '' });
    const text = run.pieces.join('');
    if (hasSlot(run)) runs.push({ ...run, specials: 0 });
    else if (text !== '') end.push({ kind: 'text', text });
  }
  return { runs: [...thoughts, ...runs], end };
}

/** What each turn owns of a rendering; null for a turn that it leaves out. `tail` is what follows the last turn. */
export function planTurns(
  parts: readonly Part[],
  turns: readonly PlannedTurn[],
  landmarks: Landmarks,
  generation: readonly Part[],
): readonly (TurnPlan | null)[] {
  const { segments, gaps } = segmentsOf(parts);
  const plans: (TurnPlan | null)[] = turns.map(() => null);
  let head: readonly Part[] = gaps[0]!;
  /** The turn in front where `head` is all that stands between, and is plain text. */
  let joined: number | undefined;
  segments.forEach(({ turn, parts: own }, at) => {
    const { role, calls } = turns[turn]!;
    const isReply = role === 'assistant';
    const isLast = at === segments.length - 1;
    const gap = isLast ? withoutEnd(gaps[at + 1]!, generation) : gaps[at + 1]!;
    const close = landmarks.close[role];
    const cut = isReply ? cutAfterReply(gap, landmarks, isLast) : cutAfterInput(gap, isLast ? gap : close);
    const begun = plans[turn];
    const add = (plan: TurnPlan): void => {
      plans[turn] = begun
        ? {
            lead: [...begun.lead, ...plan.lead],
            runs: [...begun.runs, ...plan.runs],
            end: [...begun.end, ...plan.end],
            trail: [...begun.trail, ...plan.trail],
          }
        : plan;
    };
    if (isReply) {
      const { lead, rest } = cutLead(head, landmarks.generation);
      const written = [...rest, ...own, ...cut.rest];
      const { runs, end } = replyRuns(written, textAt(lead.at(-1)), calls, landmarks.answer);
      // The token that ends it is no content, whatever stands before it.
      const ended = calls && runs.length > 0 && cut.rest.length > 0;
      const kept = ended ? withoutEndToken(runs) : followedBy(runs, cut.rest.length === 0 ? textAt(gap[0]) : '');
      add({
        lead,
        runs: joinedFirst(kept, rest.length === 0 ? joined : undefined),
        end: ended ? [{ kind: 'special', text: '' }] : end,
        trail: cut.trail,
      });
    } else {
      const { runs, between } = inputRuns(own, textAt(head.at(-1)), textAt(cut.trail[0] ?? gap[0]));
      const end = cut.trail.filter(({ kind }) => kind === 'special');
      const trail = cut.trail.filter(({ kind }) => kind !== 'special');
      add({ lead: [...head, ...between], runs: joinedFirst(runs, joined), end, trail });
    }
    head = cut.lead;
    const isPlain = cut.rest.length + cut.trail.length === 0 && head.length === 1 && head[0]!.kind === 'text';
    joined = isPlain ? turn : undefined;
  });
  return plans;
}

const joinedFirst = (runs: readonly RunPlan[], joined: number | undefined): readonly RunPlan[] =>
  joined !== undefined && runs.length > 0 ? [{ ...runs[0]!, joined }, ...runs.slice(1)] : runs;

/** Runs whose last one is followed by a text that may merge with it. */
const followedBy = (runs: readonly RunPlan[], after: string): readonly RunPlan[] =>
  after === '' || runs.length === 0 ? runs : [...runs.slice(0, -1), { ...runs.at(-1)!, after }];

/** The last special token of a reply's runs goes: it stands behind them as a run of its own. */
function withoutEndToken(runs: readonly RunPlan[]): RunPlan[] {
  const last = runs.at(-1)!;
  const specials = last.specials - 1;
  if (specials < 0) return [...runs];
  return specials === 0 && last.pieces.length === 0 ? runs.slice(0, -1) : [...runs.slice(0, -1), { ...last, specials }];
}

/** `parts` less `end`, where they end in it. */
export function withoutEnd(parts: readonly Part[], end: readonly Part[]): readonly Part[] {
  const from = parts.length - end.length;
  if (end.length === 0 || from < 0 || commonStart(parts.slice(from), end) < end.length) return parts;
  return parts.slice(0, from);
}
