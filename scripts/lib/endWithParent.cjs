// Preloaded into the servers that scripts start: a process whose parent has died, even by SIGKILL, ends too.
'use strict';
if (require('node:worker_threads').isMainThread) {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && process.exit(0), 1000).unref();
}
