// One set-up at a time, also across clones and processes.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from './failure.mjs';

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Process that holds the lock; undefined where it has just been given back. */
function ownerOf(file) {
  try {
    return Number(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Removes a dead owner's lock, and puts back one that another process took meanwhile. */
function dropLockOf(owner, file) {
  const aside = `${file}.${process.pid}.old`;
  try {
    fs.renameSync(file, aside);
    if (ownerOf(aside) !== owner) fs.linkSync(aside, file);
  } catch {
    // Another waiter was quicker.
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

function takeLock(file) {
  try {
    // Written beside and linked into place, so that a lock is never seen without its owner.
    const mine = `${file}.${process.pid}`;
    fs.writeFileSync(mine, String(process.pid));
    try {
      fs.linkSync(mine, file);
    } finally {
      fs.rmSync(mine, { force: true });
    }
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

/** Runs `work` while holding the lock `file`; a lock whose owner has died is taken over. */
export async function withLock(file, work, { waitSeconds = 600 } = {}) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const end = Date.now() + waitSeconds * 1000;
  while (!takeLock(file)) {
    const owner = ownerOf(file);
    if (owner === undefined) continue;
    if (!isAlive(owner)) dropLockOf(owner, file);
    else if (Date.now() > end)
      throw new Failure(`another set-up (process ${owner}) holds ${file}; end it or delete that file`);
    else await sleep(300);
  }
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}
