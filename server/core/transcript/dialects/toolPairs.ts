/** Tool calls and their results belong together: APIs refuse a result that answers no call. */
import { report, type Source } from '../json/pieces.js';
import type { Span } from '../model.js';

/** A call or a result: the id that pairs them, null where none is given: then they pair in their order. */
export interface ToolEnd {
  readonly id: string | null;
  /** Where a problem is shown. */
  readonly span: Span;
}

/** What one turn has of both, in the order of reading. */
export interface ToolEnds {
  readonly calls: readonly ToolEnd[];
  readonly results: readonly ToolEnd[];
}

export const NO_TOOLS: ToolEnds = { calls: [], results: [] };

/** Takes the call that has waited longest: where results name none, they come in the order of the calls. */
function shiftOldest(open: Map<string, ToolEnd[]>): ToolEnd | undefined {
  for (const calls of open.values()) {
    const call = calls.shift();
    if (call) return call;
  }
  return undefined;
}

/**
 * Reports results without a call (a warning: refused), and calls that later turns leave without a result (a hint: a
 * transcript may be cut there). Calls of the last turn are still to be answered.
 *
 * @param hasPast whether turns before these are kept elsewhere: then results may answer a call there
 */
export function reportToolPairs(source: Source, turns: readonly ToolEnds[], hasPast = false): void {
  if (turns.every((turn) => turn === NO_TOOLS)) return;
  /** Open calls by id, and those without one. */
  const open = new Map<string, ToolEnd[]>();
  const nameless: ToolEnd[] = [];
  const answered = new Set<string>();
  let hasNameless = false;
  const last = new Set(turns.at(-1)?.calls);
  for (const { calls, results } of turns) {
    for (const call of calls) {
      if (call.id === null) nameless.push(call);
      else open.set(call.id, [...(open.get(call.id) ?? []), call]);
    }
    for (const result of results) {
      hasNameless ||= result.id === null;
      const same = result.id === null ? nameless : open.get(result.id);
      if (same?.shift()) {
        if (result.id !== null) answered.add(result.id);
        continue;
      }
      // A result may be given in parts; and of a result without an id, or calls without, nobody can tell.
      if (hasPast || (result.id !== null && answered.has(result.id))) continue;
      if (result.id === null ? shiftOldest(open) !== undefined || open.size > 0 : nameless.shift()) continue;
      const which = result.id === null ? '' : ` "${result.id.slice(0, 40)}"`;
      const message = `This tool result answers no call${which} before it: the API refuses that. Put the call before it, or remove it.`;
      report(source, 'warning', 'result-without-call', result.span, message);
    }
  }
  // One result without an id may answer several calls without.
  for (const call of [...(hasNameless ? [] : nameless), ...[...open.values()].flat()]) {
    if (last.has(call)) continue;
    const message = 'No result follows this tool call: requests that go on after it are refused.';
    report(source, 'hint', 'call-without-result', call.span, message);
  }
}
