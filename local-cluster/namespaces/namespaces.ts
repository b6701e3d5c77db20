import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { ClusterPaths } from '../paths.ts';
import { hostMounts, parseMountInfo } from '../process/mount-table.ts';
import { namespaceIdentity } from '../process/namespace-members.ts';
import { attempt, run } from '../process/run-command.ts';
import { inCluster, inNetwork } from './enter.ts';
import { mountScript } from './mount-namespace.ts';
import { networkScript } from './network.ts';

export const hasNamespaces = (paths: ClusterPaths): boolean =>
  namespaceIdentity('net', paths.netNamespace) !== undefined &&
  namespaceIdentity('mnt', paths.mountNamespace) !== undefined;

/** Makes both namespaces, held by files of the state folder rather than by a process or by /run/netns. */
export async function createNamespaces(paths: ClusterPaths, visible: readonly string[]): Promise<void> {
  const folder = dirname(paths.netNamespace);
  mkdirSync(folder, { recursive: true });
  // The file that holds a mount namespace must sit on a mount that is not shared, or the kernel refuses it as a loop.
  await run('mount', ['--bind', folder, folder]);
  await run('mount', ['--make-private', folder]);
  writeFileSync(paths.netNamespace, '');
  writeFileSync(paths.mountNamespace, '');
  await run('unshare', [`--net=${paths.netNamespace}`, 'true']);
  // slave: what the machine mounts later (an image store, a data disk) shows inside, never the other way round.
  await run('unshare', [
    `--mount=${paths.mountNamespace}`,
    '--propagation=slave',
    'sh',
    '-euc',
    mountScript(paths, visible),
  ]);
}

export async function configureNetwork(paths: ClusterPaths): Promise<void> {
  const [command = '', ...args] = inNetwork(paths, ['sh', '-euc', networkScript]);
  await run(command, args);
}

/** Names of the cluster's namespaces as /proc/PID/ns shows them: its own two and one network namespace per pod. */
export async function clusterNamespaces(paths: ClusterPaths): Promise<Set<string>> {
  const found = new Set<string>();
  const own = [
    namespaceIdentity('net', paths.netNamespace),
    namespaceIdentity('mnt', paths.mountNamespace),
  ].filter((identity) => identity !== undefined);
  for (const identity of own) found.add(identity);
  if (own.length === 2) {
    const machine = parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
    const elsewhere = new Set(machine.filter((mount) => mount.type === 'nsfs').map((mount) => mount.root));
    const [command = '', ...args] = inCluster(paths, ['cat', '/proc/self/mountinfo']);
    for (const mount of parseMountInfo((await attempt(command, args)).stdout)) {
      // The mount namespace began as a copy of the machine's, with other people's namespace files in it.
      const isPodNetwork = mount.type === 'nsfs' && mount.target.includes('/netns/cni-');
      if (isPodNetwork && !elsewhere.has(mount.root)) found.add(mount.root);
    }
  }
  return found;
}

/** Lets go of everything mounted below the state folder; the namespaces end with their last process. */
export async function releaseNamespaces(paths: ClusterPaths): Promise<void> {
  const below = (): string[] =>
    hostMounts()
      .map((mount) => mount.target)
      .filter((target) => target.startsWith(`${paths.state}/`))
      .toReversed();
  for (let round = 0; round < 5 && below().length > 0; round++) {
    for (const target of below()) await attempt('umount', ['--lazy', target]);
  }
  rmSync(join(paths.state, 'ns'), { recursive: true, force: true });
}
