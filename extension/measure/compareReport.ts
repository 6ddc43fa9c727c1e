/** A comparison in words: what will be sent, and what was found. Pure: no `vscode` here. */
import type { CompareResult } from '../../server/protocol/history.js';
import type { Sides } from './chooseSides.js';
import type { Endpoint } from './endpoint.js';

/** What a comparison runs: the settings of `joulelens.compare`. */
export interface CompareSettings {
  readonly pairs: number;
  readonly stopEarly: boolean;
}

/** Requests in all, the two that go before included. */
export const requestsOf = ({ pairs }: CompareSettings): number => 2 * Math.max(2, 2 * Math.ceil(pairs / 2)) + 2;

/** What will be sent, and where; a few lines. */
export function compareAnnouncement(endpoint: Endpoint, { a, b }: Sides, settings: CompareSettings): string {
  return [
    `A: ${a.label}\nB: ${b.label}`,
    `Sent: up to ${requestsOf(settings)} requests to ${endpoint.url}${endpoint.apiKey === undefined ? ', without a key' : ', with your key for this origin'}: each prompt once to warm up, then in turn (A B, B A, …).`,
  ].join('\n\n');
}

/** The lines for the output channel. */
export function comparisonLines({ comparison, warnings, raw }: CompareResult): string[] {
  const { a, b, texts, verdict, notes, at, provenance, pairs } = comparison;
  return [
    `${at}  A/B, ${provenance}, ${pairs} pairs`,
    `  A: ${a.label}: ${texts.a}, predicted ${texts.predictedA}; tokens in ${Math.round(a.tokensIn)}, out ${Math.round(a.tokensOut)}`,
    `  B: ${b.label}: ${texts.b}, predicted ${texts.predictedB}; tokens in ${Math.round(b.tokensIn)}, out ${Math.round(b.tokensOut)}`,
    `  ${verdict}`,
    ...notes.map((note) => `  ${note}`),
    ...warnings.map((warning) => `  warning: ${warning}`),
    '  raw payload:',
    ...raw.map((line) => `    ${line}`),
    '',
  ];
}
