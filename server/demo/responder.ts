/** Writes the reply: a few rules and the prompt's own words. The same prompt gives the same reply. */
import { hashText, seededRandom } from './random.js';

const commonWords = new Set(
  (
    'about after again also because been before being between both could does doing down each from have having here ' +
    'into just know like make many more most much need only other over please same should some such tell than that ' +
    'their them then there these they this those through under until very want what when where which while will with ' +
    'would write your yours give show explain'
  ).split(' '),
);

const greetings = /^\s*(hi|hello|hey|good (morning|afternoon|evening))\b/i;

/** Endings of an answer about `a` and `b`. */
const thoughts: readonly ((a: string, b: string) => string)[] = [
  (a, b) => `Start from ${a}, and say which part of ${b} depends on it.`,
  (a) => `A small example of ${a} helps more than a long definition.`,
  (a, b) => `Where ${a} and ${b} pull in different directions, write down which one wins.`,
  (a) => `Check ${a} against one case that you know by heart before you trust it on new ones.`,
  (a, b) => `It is worth separating what you know about ${a} from what you assume about ${b}.`,
  (a) => `Measure ${a} twice: once as it is, once with a single thing changed.`,
  (a, b) => `If ${b} is what matters in the end, keep ${a} as short as it can be.`,
  (a) => `Most questions about ${a} become easier when the units are written next to the numbers.`,
  (a, b) => `A table with ${a} in the rows and ${b} in the columns would show it at a glance.`,
  (a) => `Write the first version of ${a} quickly, then remove what nobody would miss.`,
];

const opening = 'This is the demo endpoint of Joule Lens: no language model runs here, and its meter is simulated.';

/** The reply to the last message of the user. */
export function respond(lastUserText: string): string {
  // A client that defeats prefix caching writes a mark first; it is no part of the question.
  const text = lastUserText.replace(/^\[[0-9a-f]{4,32}\]\s*/i, '');
  const random = seededRandom(hashText(text));
  const [first = 'your question', second = 'its context'] = keywords(text);
  const hello = greetings.test(text) ? 'Hello! ' : '';
  const chosen = draw(thoughts, 3 + Math.floor(random() * 4), random);
  const body = chosen.map((thought, index) => (index % 2 === 0 ? thought(first, second) : thought(second, first)));
  const about = text.trim() === '' ? 'You sent no text, so here is some.' : `You wrote about ${first} and ${second}.`;
  return `${hello}${opening} ${about} ${body.join(' ')}`;
}

/** The words that stand out: long and frequent first, in a fixed order. */
function keywords(text: string): string[] {
  const counts = new Map<string, number>();
  for (const [word] of text
    .slice(0, 20_000)
    .toLowerCase()
    .matchAll(/\p{L}{4,20}/gu)) {
    if (!commonWords.has(word)) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([word, count]) => ({ word, weight: count * Math.min(word.length, 10) }))
    .sort((a, b) => b.weight - a.weight || (a.word < b.word ? -1 : 1))
    .slice(0, 2)
    .map(({ word }) => word);
}

/** `count` different items in random order. */
function draw<T>(items: readonly T[], count: number, random: () => number): T[] {
  const rest = [...items];
  const drawn: T[] = [];
  while (drawn.length < count && rest.length > 0) {
    drawn.push(...rest.splice(Math.floor(random() * rest.length), 1));
  }
  return drawn;
}
