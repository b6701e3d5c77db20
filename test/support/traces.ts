import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Traces {
  readonly processes: readonly number[];
  /** Mounts, folders and cgroups, as text. */
  readonly others: readonly string[];
}

/** What of a local cluster is on this machine, looked for independently of the code that removes it. */
export function tracesOf(name: string): Traces {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(`/${name}/`));
  const state = `/var/lib/durable-agents/${name}`;
  const cgroups = readdirSync('/sys/fs/cgroup')
    .flatMap((controller) => [controller, join(controller, '..')])
    .map((path) => join('/sys/fs/cgroup', path, cgroupOf(name)));
  const folders = [state, ...new Set(cgroups)].filter((path) => existsSync(path));
  return { processes: processesOf(name), others: [...mounts, ...folders] };
}

/** A cluster's cgroup and node are called after it, with the project's name before it. */
const cgroupOf = (name: string) => (name.startsWith('durable-agents') ? name : `durable-agents-${name}`);

function processesOf(name: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^[0-9]+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && belongsTo(pid, name));
}

function belongsTo(pid: number, name: string): boolean {
  try {
    if (readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`/${cgroupOf(name)}`)) return true;
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`/var/lib/durable-agents/${name}/`);
  } catch {
    return false; // ended while we looked
  }
}
