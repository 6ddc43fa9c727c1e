/** Preloaded into a measured process: sends its Usage over its IPC channel when its work is done. */
import { isMainThread } from 'node:worker_threads';
import type { Usage } from './probe.js';

if (isMainThread && process.send) {
  process.channel?.unref();
  process.once('beforeExit', () => {
    const { user, system } = process.cpuUsage();
    const usage: Usage = { cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 };
    process.send?.(usage, () => process.disconnect());
  });
}
