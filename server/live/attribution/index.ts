/** Shares a counter out over the requests of a server. Pure: no clock, no network. */
export { Activity, type Outcome } from './activity.js';
export { defaultLimits, Ledger, type Account, type Entry, type LedgerLimits, type Totals } from './ledger.js';
export { shareWindow, type Share, type SharedWindow, type Window } from './share.js';
export { startingWeights, type Terms } from './weights.js';
