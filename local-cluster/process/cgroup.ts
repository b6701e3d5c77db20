import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { hostMounts, type Mount } from './mount-table.ts';

/**
 * The cluster's cgroup: `<id>/servers` holds the servers (and, by inheritance, containerd's shims), `<id>/kubepods` is
 * the kubelet's. So one walk finds every process of the cluster, whatever its name or network namespace.
 */
export interface CgroupLayout {
  readonly version: 1 | 2;
  /** v2: the one hierarchy. v1: one per controller, all of which the kubelet wants to find its root in. */
  readonly mounts: readonly string[];
  /** Beside v1, a v2 hierarchy without controllers may be mounted; runc makes its cgroups there too. */
  readonly all: readonly string[];
  /** Where the servers are put. v1: only one hierarchy, so that whoever limits our memory or CPU keeps doing so. */
  readonly tracker: string;
}

export function cgroupLayout(mounts: readonly Mount[] = hostMounts()): CgroupLayout | undefined {
  const v1 = mounts.filter((mount) => mount.type === 'cgroup');
  const all = mounts.filter((mount) => mount.type.startsWith('cgroup')).map((mount) => mount.target);
  if (v1.length > 0) {
    const tracker = v1.find((mount) => mount.options.includes('name=systemd')) ?? v1[0];
    return { version: 1, mounts: v1.map((mount) => mount.target), all, tracker: tracker?.target ?? '' };
  }
  const v2 = mounts.find((mount) => mount.type === 'cgroup2');
  return v2 && { version: 2, mounts: [v2.target], all, tracker: v2.target };
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
};

function enableControllers(directory: string): void {
  for (const controller of read(join(directory, 'cgroup.controllers')).split(' ')) {
    try {
      if (controller !== '') writeFileSync(join(directory, 'cgroup.subtree_control'), `+${controller}`);
    } catch {
      // not delegated to us: the kubelet says so if it needs it
    }
  }
}

/** Returns the cgroup.procs file that a process writes its id to in order to join the servers. */
export function createClusterCgroup(layout: CgroupLayout, id: string): string {
  for (const mount of layout.mounts) {
    const root = join(mount, id);
    mkdirSync(root, { recursive: true });
    if (layout.version === 2) {
      enableControllers(mount);
      enableControllers(root);
    }
    // A v1 cpuset starts out empty, and nothing can join an empty one.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (layout.version === 1 && existsSync(join(root, file)) && read(join(root, file)) === '') {
        writeFileSync(join(root, file), read(join(mount, file)));
      }
    }
  }
  const servers = join(layout.tracker, id, 'servers');
  mkdirSync(servers, { recursive: true });
  return join(servers, 'cgroup.procs');
}

function walkDepthFirst(directory: string, visit: (directory: string) => void): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) walkDepthFirst(join(directory, entry.name), visit);
  }
  visit(directory);
}

export function clusterCgroupProcesses(layout: CgroupLayout, id: string): Set<number> {
  const found = new Set<number>();
  for (const mount of layout.all) {
    walkDepthFirst(join(mount, id), (directory) => {
      // A SIGKILL waits for a frozen v1 cgroup to thaw.
      if (read(join(directory, 'freezer.state')) === 'FROZEN') {
        writeFileSync(join(directory, 'freezer.state'), 'THAWED');
      }
      for (const pid of read(join(directory, 'cgroup.procs')).split('\n'))
        if (pid !== '') found.add(Number(pid));
    });
  }
  found.delete(0); // a process of another pid namespace
  return found;
}

/** Removes the emptied cgroup; returns the directories the kernel still holds on to. */
export function removeClusterCgroup(layout: CgroupLayout, id: string): string[] {
  const left: string[] = [];
  for (const mount of layout.all) {
    walkDepthFirst(join(mount, id), (directory) => {
      try {
        rmdirSync(directory);
      } catch {
        left.push(directory);
      }
    });
  }
  return left;
}
