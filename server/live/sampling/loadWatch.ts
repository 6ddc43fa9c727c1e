/** Collects what the engine's gauges show around one request, and judges whether we were alone. Pure but for the readings. */
import type { Load } from './loadProbe.js';

/** Looks at the engine before, during and after one request. */
export interface LoadWatch {
  /** Before we send, or long after: nobody may be there. */
  before(load: Load | null): void;
  /** Our own are among those under way. */
  during(load: Load | null): void;
  /** Why the request was not alone, in a sentence; null where nothing speaks against it. `ownTokens`: the reply's, by its usage. */
  verdict(ownTokens: number | null): string | null;
}

/** Counting differs by a token or two between engines (end of turn); a share covers longer replies. */
const tokenTolerance = { tokens: 2, share: 0.02 };

/** Starts a watch. @param requests of our own that run at once */
export function createLoadWatch(requests = 1): LoadWatch {
  let others = 0;
  let waiting = 0;
  let first: number | null = null;
  let last: number | null = null;
  const look = (load: Load | null, own: number): void => {
    if (load !== null) {
      others = Math.max(others, load.running - own);
      // Of several of our own some may wait for the prompts of the others.
      waiting = Math.max(waiting, own > 1 ? load.running + load.waiting - own : load.waiting);
      first ??= load.generatedTokens;
      last = load.generatedTokens ?? last;
    }
  };
  return {
    before: (load) => look(load, 0),
    during: (load) => look(load, requests),
    verdict(ownTokens) {
      if (others > 0 || waiting > 0) {
        const who = [
          ...(others > 0 ? [`${others} other request${others === 1 ? '' : 's'} under way`] : []),
          ...(waiting > 0 ? [`${waiting} waiting`] : []),
        ];
        return `the engine also served others: ${who.join(', ')}`;
      }
      const generated = first === null || last === null ? null : last - first;
      const allowed = ownTokens === null ? 0 : Math.max(tokenTolerance.tokens, tokenTolerance.share * ownTokens);
      return generated !== null && ownTokens !== null && generated > ownTokens + allowed
        ? `the engine also served others: it generated ${generated} tokens, this reply has ${ownTokens}`
        : null;
    },
  };
}
