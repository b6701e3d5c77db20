import { readdirSync, readFileSync } from 'node:fs';

/**
 * Process ids of the containers of a pod, pause excluded, found by the pod's uid in their cgroup: containers here are
 * processes of this machine. `kill(pid, 'SIGKILL')` is then as sudden as a power cut for that container.
 */
function processesOfPod(podUID: string): readonly number[] {
  const found: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(name)) continue;
    try {
      const cgroup = readFileSync(`/proc/${name}/cgroup`, 'utf8');
      if (!cgroup.includes(podUID) && !cgroup.includes(podUID.replaceAll('-', '_'))) continue;
      if (readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('catatonit')) continue;
      found.push(Number(name));
    } catch {
      // The process ended while we looked.
    }
  }
  return found;
}

/** Signals every process of the pod's containers. Throws when there was none: a kill that hit nothing proves nothing. */
export function signalPod(podUID: string, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  const processes = processesOfPod(podUID);
  if (processes.length === 0) throw new Error(`pod ${podUID} has no process for ${signal}`);
  for (const pid of processes) process.kill(pid, signal);
}

export function killPod(podUID: string): void {
  signalPod(podUID, 'SIGKILL');
}
