import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { ClusterError } from '../cluster-error.ts';
import { shortHash, type ClusterPaths } from '../paths.ts';
import { isAlive, pinPid, type PinnedPid } from './pinned-pid.ts';
import { waitFor } from './wait-for.ts';

export interface Daemon {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Content that changes what the process does without being on its command line: another content, another process. */
  readonly configuration?: readonly string[];
}

interface DaemonRecord extends PinnedPid {
  readonly fingerprint: string;
}

const recordFile = (paths: ClusterPaths, name: string): string => join(paths.pids, `${name}.json`);
export const logFile = (paths: ClusterPaths, name: string): string => join(paths.logs, `${name}.log`);

const fingerprint = (daemon: Daemon): string =>
  shortHash(JSON.stringify([daemon.argv, daemon.env ?? {}, daemon.configuration ?? []]));

function readRecord(paths: ClusterPaths, name: string): DaemonRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(paths, name), 'utf8')) as DaemonRecord;
  } catch {
    return undefined;
  }
}

/** The live process of that name, if there is one. */
export function daemonPid(paths: ClusterPaths, name: string): number | undefined {
  const record = readRecord(paths, name);
  return record !== undefined && isAlive(record) ? record.pid : undefined;
}

/** When this program started it, in milliseconds since 1970. */
export function daemonStartedAt(paths: ClusterPaths, name: string): number | undefined {
  return statSync(recordFile(paths, name), { throwIfNoEntry: false })?.mtimeMs;
}

const largestKeptLog = 64 * 1024 * 1024;

function openLog(paths: ClusterPaths, name: string): number {
  const file = logFile(paths, name);
  mkdirSync(paths.logs, { recursive: true });
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > largestKeptLog) renameSync(file, `${file}.1`);
  return openSync(file, 'a');
}

async function stopDaemon(paths: ClusterPaths, name: string): Promise<void> {
  const record = readRecord(paths, name);
  if (record === undefined || !isAlive(record)) return;
  process.kill(record.pid, 'SIGTERM');
  const deadline = Date.now() + 10_000;
  await waitFor({ what: `${name} to stop`, timeoutMs: 15_000, intervalMs: 50 }, () => {
    if (Date.now() > deadline && isAlive(record)) process.kill(record.pid, 'SIGKILL');
    return Promise.resolve(!isAlive(record));
  });
}

/**
 * Makes sure exactly this process runs: keeps one that does, replaces one that was started differently. The shell joins
 * the cluster's cgroup before it becomes the server, so there is no moment in which `down` could not find it.
 */
export async function ensureDaemon(
  paths: ClusterPaths,
  cgroupProcs: string,
  daemon: Daemon,
): Promise<'kept' | 'started'> {
  const wanted = fingerprint(daemon);
  if (daemonPid(paths, daemon.name) !== undefined && readRecord(paths, daemon.name)?.fingerprint === wanted)
    return 'kept';
  await stopDaemon(paths, daemon.name);
  const log = openLog(paths, daemon.name);
  const child = spawn('/bin/sh', ['-c', 'echo $$ > "$0" && exec "$@"', cgroupProcs, ...daemon.argv], {
    cwd: '/',
    detached: true,
    env: { ...process.env, ...daemon.env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  // Without a listener a failed spawn would end this process; the missing pid below reports it.
  child.on('error', () => {});
  child.unref();
  const pinned = child.pid === undefined ? undefined : pinPid(child.pid);
  if (pinned === undefined)
    throw new ClusterError(`Could not start ${daemon.name}; see ${logFile(paths, daemon.name)}`);
  mkdirSync(paths.pids, { recursive: true });
  writeFileSync(recordFile(paths, daemon.name), JSON.stringify({ ...pinned, fingerprint: wanted }));
  return 'started';
}

export function forgetDaemons(paths: ClusterPaths): void {
  rmSync(paths.pids, { recursive: true, force: true });
}

/** A probe for waitFor that stops waiting when the server it waits for is dead, and says what it said last. */
export function assertAlive(paths: ClusterPaths, names: readonly string[]): void {
  for (const name of names) {
    if (daemonPid(paths, name) !== undefined) continue;
    const file = logFile(paths, name);
    let tail = '';
    try {
      tail = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
    } catch {
      // no log at all
    }
    throw new ClusterError(`${name} ended by itself. The end of ${file}:\n${tail}`);
  }
}
