import { existsSync, rmdirSync, rmSync } from 'node:fs';

import { ClusterError } from './cluster-error.ts';
import { clusterNamespaces, releaseNamespaces } from './namespaces/namespaces.ts';
import { clustersDirectory, type ClusterPaths } from './paths.ts';
import { cgroupLayout, clusterCgroupProcesses, removeClusterCgroup } from './process/cgroup.ts';
import { hostMounts } from './process/mount-table.ts';
import { processesIn } from './process/namespace-members.ts';
import { waitFor } from './process/wait-for.ts';

/**
 * Every process of the cluster, found by what it belongs to and never by what it is called: its cgroup (servers, shims,
 * pods) and its namespaces (also what a person started in there by `exec`).
 */
export async function clusterProcesses(paths: ClusterPaths): Promise<Set<number>> {
  const layout = cgroupLayout();
  const found = layout === undefined ? new Set<number>() : clusterCgroupProcesses(layout, paths.id);
  for (const pid of processesIn(await clusterNamespaces(paths))) found.add(pid);
  found.delete(process.pid);
  return found;
}

async function killClusterProcesses(paths: ClusterPaths): Promise<void> {
  // Repeated, because a process may have forked between the look and the kill.
  await waitFor(
    { what: `the processes of ${paths.name} to end`, timeoutMs: 60_000, intervalMs: 50 },
    async () => {
      const found = await clusterProcesses(paths);
      for (const pid of found) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // ended by itself
        }
      }
      return found.size === 0;
    },
  );
}

async function removeState(paths: ClusterPaths): Promise<void> {
  // Never delete through a mount: what is behind it may be somebody's data.
  const mounted = hostMounts().find((mount) => mount.target.startsWith(`${paths.state}/`));
  if (mounted !== undefined)
    throw new ClusterError(`${mounted.target} is still mounted. Unmount it, then run down again.`);
  // The kernel takes the namespace's mounts apart a moment after its last process; a mounted folder is busy until then.
  let failure: unknown;
  try {
    await waitFor({ what: 'the state folder', timeoutMs: 20_000, intervalMs: 100 }, () => {
      try {
        rmSync(paths.state, { recursive: true, force: true });
      } catch (error) {
        failure = error;
      }
      return Promise.resolve(!existsSync(paths.state));
    });
  } catch {
    throw new ClusterError(
      `Could not remove ${paths.state}: ${failure instanceof Error ? failure.message : '?'}`,
    );
  }
  try {
    rmdirSync(clustersDirectory);
  } catch {
    // other clusters live there
  }
}

/** Leaves nothing, whatever was there: a healthy cluster, half of one, or the remains of kill -9. */
export async function removeCluster(paths: ClusterPaths): Promise<void> {
  await killClusterProcesses(paths);
  await releaseNamespaces(paths);
  const layout = cgroupLayout();
  if (layout !== undefined) {
    let left: string[] = [];
    const removed = (): Promise<boolean> => {
      left = removeClusterCgroup(layout, paths.id);
      return Promise.resolve(left.length === 0);
    };
    await waitFor(
      { what: `the kernel to let go of /${paths.id} below /sys/fs/cgroup`, timeoutMs: 20_000 },
      removed,
    );
  }
  await removeState(paths);
}
