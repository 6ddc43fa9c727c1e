/** Preloaded into a measured process: answers how much CPU time and memory it has used, over its IPC channel. */
import { isMainThread } from 'node:worker_threads';

/** What a process has used since it began, its threads included. */
export interface Usage {
  /** User and system CPU time in milliseconds. */
  cpuMs: number;
  /** Largest resident set in MB (2^20 bytes). */
  peakMb: number;
}

/** The question; anything else on the channel is not ours. */
export const usageQuestion = 'joulelens-usage';

if (isMainThread && process.send) {
  process.on('message', (message) => {
    if (message !== usageQuestion) return;
    const { user, system } = process.cpuUsage();
    const usage: Usage = { cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 };
    process.send?.(usage);
  });
}
