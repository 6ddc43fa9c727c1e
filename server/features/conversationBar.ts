/** A picture for the hover: the conversation's joules as one bar, a segment a turn, the turn at hand in full colour. */
import type { ConversationFigures, Role } from '../core/index.js';

const WIDTH = 420;
const HEIGHT = 16;
/** Above this many turns a segment would be thinner than a pixel: what stands before and after becomes one each. */
const MOST_SEGMENTS = 120;

/** Middle tones, to be read on light and on dark themes. */
const COLOURS: Readonly<Record<Role, string>> = {
  system: '#8a8f98',
  user: '#3d86c6',
  assistant: '#d0892b',
  tool: '#4f9d69',
};

interface Segment {
  readonly joules: number;
  readonly colour: string;
  readonly own: boolean;
}

function segmentsOf({ conversation, energy }: ConversationFigures, turn: number): Segment[] {
  const each = conversation.turns.map(({ role }, index) => ({
    joules: energy?.turn(index)?.joules ?? 0,
    colour: COLOURS[role],
    own: index === turn,
  }));
  if (each.length <= MOST_SEGMENTS) return each;
  const sum = (part: readonly Segment[]): Segment => ({
    joules: part.reduce((all, { joules }) => all + joules, 0),
    colour: COLOURS.system,
    own: false,
  });
  return [sum(each.slice(0, turn)), each[turn]!, sum(each.slice(turn + 1))];
}

/** Markdown of the bar with its share in words; null where there is nothing to show. */
export function conversationBar(figures: ConversationFigures, turn: number): string | null {
  const total = figures.energy?.total.energy.joules ?? 0;
  const own = figures.energy?.turn(turn)?.joules ?? 0;
  if (!(total > 0) || figures.conversation.turns.length < 2) return null;
  let at = 0;
  const bars = segmentsOf(figures, turn).map(({ joules, colour, own: isOwn }) => {
    const width = (WIDTH * joules) / total;
    const bar = `<rect x="${at.toFixed(1)}" y="${isOwn ? 0 : 3}" width="${Math.max(0.3, width - 1).toFixed(1)}" height="${isOwn ? HEIGHT : HEIGHT - 6}" fill="${colour}"${isOwn ? '' : ' opacity="0.4"'}/>`;
    at += width;
    return bar;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">${bars.join('')}</svg>`;
  const percent = (100 * own) / total;
  const share = percent < 1 ? 'under 1 %' : `${Math.round(percent)} %`;
  const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  return `![${share} of the conversation's joules](${source})\n\n${share} of the conversation's joules so far`;
}
