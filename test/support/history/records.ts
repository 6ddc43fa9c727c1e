/** A history record for tests. */
import type { HistoryRecord } from '../../../server/core/history/index.js';

/** A record with everything in it; `more` over it. */
export function historyRecord(more: Partial<HistoryRecord> = {}): HistoryRecord {
  return {
    version: 1,
    id: 'one',
    at: '2026-05-04T10:00:00.000Z',
    file: 'prompts/chat.json',
    folder: 'first',
    conversation: 0,
    replyTurn: 4,
    requestHash: 'a'.repeat(64),
    length: 120,
    endpoint: 'http://127.0.0.1:8000',
    model: 'meta-llama/Llama-3.1-8B-Instruct',
    endpointModel: 'llama',
    keepCache: false,
    assumptions: { profile: 'shared-server', gpu: 'h100-sxm', batch: [8, 128] },
    measured: {
      joules: 52.3,
      ci95: 1.1,
      n: 2,
      provenance: 'measured',
      scope: 'gpu-window',
      method: 'nvml',
      tokensIn: 214,
      tokensOut: 327,
      seconds: 2.5,
    },
    predicted: { joules: 50, interval90: [24, 139] },
    ratio: 1.046,
    runs: [
      { joules: 52.2, provenance: 'measured', tokensIn: 214, tokensOut: 327, seconds: 2.5 },
      { joules: 52.4, provenance: 'measured', tokensIn: 214, tokensOut: 327, seconds: 2.5 },
    ],
    warningCount: 0,
    stopped: null,
    extensionVersion: '0.1.0',
    ...more,
  };
}
