/** Whether the reply-length distribution covers a model that it was not given. */
import { shortName } from '../energy/nearest.js';
import { replyLengths, type ReplyLengthTable } from '../energy/replyLength.js';
import { mean } from '../statistics/index.js';

/** One model and task left out: what share of its real replies the p10 to p90 predicted from the others holds. */
export interface LengthCoverage {
  readonly model: string;
  readonly task: string;
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
  readonly measuredP50: number;
  /** Percent; 80 if the prediction were exact. */
  readonly heldPercent: number;
}

const PROBABILITIES = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];

const family = (id: string): string => shortName(id).toLowerCase().replace(/-fp8$/, '');

/** Share of replies at most `tokens` long, from published quantiles, log-linear between them, 0 to 1 beyond. */
function share(quantiles: readonly number[], tokens: number): number {
  const y = Math.log(tokens);
  const logs = quantiles.map(Math.log);
  if (y <= logs[0]!) return PROBABILITIES[0]! * Math.exp(y - logs[0]!);
  for (let i = 1; i < logs.length; i++) {
    if (y <= logs[i]!) {
      const t = (y - logs[i - 1]!) / Math.max(1e-9, logs[i]! - logs[i - 1]!);
      return PROBABILITIES[i - 1]! + t * (PROBABILITIES[i]! - PROBABILITIES[i - 1]!);
    }
  }
  return 1 - (1 - PROBABILITIES.at(-1)!) * Math.exp(logs.at(-1)! - y);
}

/** Each model (its FP8 copy with it) left out of the table in turn. */
export function checkReplyLengths(table: ReplyLengthTable): LengthCoverage[] {
  return table.rows.map((row) => {
    const others = { ...table, rows: table.rows.filter((other) => family(other.model) !== family(row.model)) };
    const predicted = replyLengths(others, { modelId: row.model, task: row.task, ownReplies: [] });
    const [p10, p50, p90] = [predicted.quantile(0.1), predicted.quantile(0.5), predicted.quantile(0.9)];
    return {
      model: row.model,
      task: row.task,
      p10,
      p50,
      p90,
      measuredP50: row.quantiles[3]!,
      heldPercent: 100 * (share(row.quantiles, p90) - share(row.quantiles, p10)),
    };
  });
}

/** Mean share held, percent. */
export const meanHeld = (rows: readonly LengthCoverage[]): number => mean(rows.map((r) => r.heldPercent));
