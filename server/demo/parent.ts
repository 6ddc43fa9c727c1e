/** Notices that the process which started this one is gone, so that no endpoint is left running. */
import { fstatSync } from 'node:fs';

/** How often the parent's id is looked at, in milliseconds. */
const checkMilliseconds = 1000;

/** Calls `stop` once: when the channel or the pipe from the parent closes, or another process has become the parent. */
export function onParentGone(stop: () => void): void {
  let called = false;
  const once = (): void => {
    if (!called) {
      called = true;
      stop();
    }
  };
  process.once('disconnect', once);
  if (isPipe(0)) {
    process.stdin.once('end', once).once('close', once).on('error', once);
    process.stdin.resume();
  }
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) {
      once();
    }
  }, checkMilliseconds).unref();
}

/** Whether a file descriptor is held open by another process; a terminal or /dev/null says nothing of the parent. */
function isPipe(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}
