import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ClusterError } from '../cluster-error.ts';
import { isAlive, pinPid, type PinnedPid } from './pinned-pid.ts';

export interface LockOptions {
  readonly timeoutMs: number;
  readonly onWait?: (holder: PinnedPid) => void;
}

function holderOf(path: string): PinnedPid | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as PinnedPid;
  } catch {
    return undefined; // just released, or its owner died between creating and writing it
  }
}

function tryTake(path: string): boolean {
  const self = pinPid(process.pid);
  try {
    writeFileSync(path, JSON.stringify(self), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/** Runs `work` while holding a lock file; a lock whose owner died is taken over, by rename so that only one wins. */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const deadline = Date.now() + options.timeoutMs;
  let announced = false;
  let unreadable = 0;
  while (!tryTake(path)) {
    const holder = holderOf(path);
    unreadable = holder === undefined ? unreadable + 1 : 0;
    if (holder === undefined ? unreadable > 10 : !isAlive(holder)) {
      const stale = `${path}.stale-${process.pid}`;
      try {
        renameSync(path, stale);
        rmSync(stale, { force: true });
      } catch {
        // another waiter was faster
      }
      continue;
    }
    if (holder !== undefined && !announced) options.onWait?.(holder);
    announced ||= holder !== undefined;
    if (Date.now() > deadline) {
      throw new ClusterError(
        `${path} is still held by process ${holder?.pid ?? '?'} after ${options.timeoutMs / 1000} s. Look what it does, or end it.`,
      );
    }
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
