/**
 * A lock between processes, made of a file: the process that creates the file has the lock. It is for economy (two
 * processes should not do the same long work at once) and not for safety: what it guards must also be right when two
 * do. A lock whose holder is dead, or has not shown life for a minute, is broken. Plain JavaScript, as it is needed
 * before our own Node is there.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const BEAT_MS = 5_000;
const DEAD_AFTER_MS = 60_000;

/**
 * @template T
 * @param {string} path of the lock file
 * @param {() => Promise<T>} work done while holding the lock
 * @param {{ onWait?: (holder: string) => void }} [options] onWait is called once when somebody else holds it
 * @returns {Promise<T>}
 */
export async function withLock(path, work, { onWait } = {}) {
  mkdirSync(dirname(path), { recursive: true });
  const me = `${process.pid} ${hostname()}`;
  let told = false;
  while (!create(path, me)) {
    if (isStale(path)) {
      breakLock(path);
      continue;
    }
    if (!told) onWait?.(read(path)?.split(' ')[0] ?? '?');
    told = true;
    await delay(100);
  }
  const beat = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {} // somebody thought us dead; nothing is lost
  }, BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if (read(path) === me) rmSync(path, { force: true });
  }
}

function create(path, text) {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, text);
    closeSync(file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isStale(path) {
  try {
    const age = Date.now() - statSync(path).mtimeMs;
    const [pid, host] = read(path)?.split(' ') ?? [];
    if (pid && host === hostname() && !isAlive(Number(pid))) return true;
    return age > DEAD_AFTER_MS;
  } catch {
    return false; // released meanwhile
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Renaming first: of several processes that find a lock stale, one moves it away. */
function breakLock(path) {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
    rmSync(aside, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
