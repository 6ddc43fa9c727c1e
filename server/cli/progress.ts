/** A progress bar on one line of a terminal; nothing anywhere else. */
import type { CliIo } from './io.js';

const BAR_CELLS = 24;

export interface Progress {
  /** @param fraction 0..1 */
  update(fraction: number, label: string): void;
  done(): void;
}

/** Draws on stderr at most once per percent, and only when it is a terminal. */
export function createProgress(io: CliIo): Progress {
  if (!io.isTerminal) return { update: () => undefined, done: () => undefined };
  let last = -1;
  return {
    update(fraction, label) {
      const percent = Math.floor(100 * Math.min(1, Math.max(0, fraction)));
      if (percent === last) return;
      last = percent;
      const filled = Math.round((BAR_CELLS * percent) / 100);
      io.stderr.write(`\r${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)} ${percent} % ${label}\u001b[K`);
    },
    done() {
      if (last >= 0) io.stderr.write('\r\u001b[K');
    },
  };
}
