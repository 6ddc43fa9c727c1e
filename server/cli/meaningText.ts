/** What a conversation is beside its turns, in lines for a terminal. */
import { formatInterval, formatJoules } from '../core/energy/units.js';
import type { ConversationJson } from '../core/index.js';

/** One line for each thing that a reader of the figures must know; none where nothing applies. */
export function meaningLines(file: string, conversation: ConversationJson): string[] {
  const { hidden = [], lowerBound, standing, template, otherBranches } = conversation;
  const bound = lowerBound ? '≥ ' : '';
  const lines = hidden.map(
    ({ what, range }) => `not counted: ${what} (${file}:${range.start.line + 1}:${range.start.character + 1})`,
  );
  if (lines.length > 0) lines.unshift('≥: lower bounds, as more is sent than the file holds');
  if (standing) {
    const priced =
      'joulesPer1000Requests' in standing
        ? `, ${standing.tokens} tokens each time: ${bound}${formatJoules(standing.joulesPer1000Requests)} ` +
          `${formatInterval(standing.interval90)} per 1,000 requests` +
          (standing.cached
            ? `, ${formatJoules(standing.cached.joulesPer1000Requests)} ${formatInterval(standing.cached.interval90)} with a warm prefix cache`
            : '')
        : '';
    lines.push(`standing prompt, ${standing.note}${priced}`);
  }
  if (template) {
    const { syntax, variables, filled } = template;
    const names = variables.length === 0 ? 'no variables' : variables.join(', ');
    lines.push(
      `template (${syntax}): ${names}; ${filled === 'as written' ? 'counted as written' : `filled in from ${filled}`}`,
    );
  }
  lines.push(...conversation.turns.flatMap(usageLine));
  if (otherBranches !== undefined) lines.push(`branches not shown: ${otherBranches} (--branches all shows them)`);
  return lines;
}

/** `turn 3: the file states 1234 tokens in (1000 cached), 320 out; counted here 1200 (-34), 318 (-2)`. */
function usageLine({ index, reported }: ConversationJson['turns'][number]): string[] {
  if (!reported) return [];
  const { input, cached, output, counted, difference } = reported;
  const theirs = [
    ...(input === undefined ? [] : [`${input} tokens in${cached === undefined ? '' : ` (${cached} cached)`}`]),
    ...(output === undefined ? [] : [`${output} out`]),
  ];
  const ours = [
    ...(difference.input === undefined ? [] : [`${counted.input} in (${signed(difference.input)})`]),
    ...(difference.output === undefined ? [] : [`${counted.output} out (${signed(difference.output)})`]),
  ];
  return [`turn ${index}: the file states ${theirs.join(', ')}; counted here ${ours.join(', ')}`];
}

const signed = (difference: number): string => (difference > 0 ? `+${difference}` : String(difference));
