import { readdirSync, readFileSync } from 'node:fs';

/**
 * Process ids of a container of this machine, found by its id in their cgroup (every runtime and cgroup version puts it
 * there). The kill that follows is as sudden as a power cut for that container.
 */
export function containerProcesses(containerID: string): readonly number[] {
  const id = containerID.replace(/^.*:\/\//, '');
  if (!/^[0-9a-f]{64}$/.test(id)) throw new Error(`"${containerID}" is no container id`);
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(id);
      } catch {
        return false; // it ended while we looked
      }
    })
    .map(Number);
}
