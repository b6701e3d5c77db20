import { spawnSync } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

import { missingServers } from '../binaries/build.ts';
import { ClusterError } from '../cluster-error.ts';
import { cacheDirectory, clustersDirectory } from '../paths.ts';
import { cgroupLayout } from '../process/cgroup.ts';
import { isDebian, missingPackages } from './debian-packages.ts';
import { findGo, isAtLeast } from './go.ts';

/** What was found out about the machine: plain data, so that the verdict is a table. */
export interface HostFacts {
  readonly platform: string;
  readonly architecture: string;
  readonly isRoot: boolean;
  readonly isDebian: boolean;
  readonly missingPackages: readonly string[];
  readonly serversToBuild: readonly string[];
  readonly goVersion: string | undefined;
  readonly freeGigabytes: Readonly<Record<string, number>>;
  readonly canUnshare: boolean;
  readonly canBridge: boolean;
  readonly hasCgroups: boolean;
}

const minimumGo = '1.25';
const coldGigabytes = 8;
const warmGigabytes = 2;

/** Everything that needs a person, in one list: nobody should fix one thing only to learn of the next. */
export function problems(facts: HostFacts): string[] {
  if (facts.platform !== 'linux') {
    return [
      `The cluster runs on Linux; this is ${facts.platform}. Use a Linux machine or VM (Debian 12 is what it is tested on).`,
    ];
  }
  const found: string[] = [];
  if (!['x64', 'arm64'].includes(facts.architecture))
    found.push(`No support for ${facts.architecture} processors.`);
  if (!facts.isRoot)
    found.push('Not root: network namespaces and containers need it. Run it again with sudo.');
  if (facts.missingPackages.length > 0 && !facts.isDebian) {
    found.push(
      `Only on Debian and Ubuntu are packages installed for you. Install: ${facts.missingPackages.join(' ')}.`,
    );
  }
  if (facts.serversToBuild.length > 0) {
    const what = `It builds ${facts.serversToBuild.join(', ')} (once, into ${cacheDirectory()}).`;
    if (facts.goVersion === undefined)
      found.push(`No Go found. ${what} Install Go ${minimumGo} or later: https://go.dev/dl`);
    else if (!isAtLeast(facts.goVersion, minimumGo)) {
      found.push(
        `Go ${facts.goVersion} is too old. ${what} Install ${minimumGo} or later: https://go.dev/dl`,
      );
    }
  }
  const needed = facts.serversToBuild.length > 0 ? coldGigabytes : warmGigabytes;
  for (const [folder, free] of Object.entries(facts.freeGigabytes)) {
    if (free >= needed) continue;
    found.push(
      `Only ${free.toFixed(1)} GB free for ${folder}, ${needed} GB are needed. Free some, or point DURABLE_AGENTS_CACHE to another disk.`,
    );
  }
  if (!facts.isRoot) return found; // the rest cannot be probed, and would only repeat it
  if (!facts.canUnshare) {
    found.push(
      'The kernel refuses new network and mount namespaces. In a container? Run it with --privileged, or on a VM.',
    );
  } else if (!facts.canBridge) {
    found.push('The kernel has no network bridges: load the module with `modprobe bridge`.');
  }
  if (!facts.hasCgroups) found.push('No cgroup file system below /sys/fs/cgroup that can be written to.');
  return found;
}

function freeGigabytes(folder: string): number {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return (bavail * bsize) / 1024 ** 3;
}

const succeeds = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;

function inspectHost(): HostFacts {
  const isLinux = process.platform === 'linux';
  const isRoot = process.getuid?.() === 0;
  const probe = isLinux && isRoot;
  return {
    platform: process.platform,
    architecture: process.arch,
    isRoot,
    isDebian: isLinux && isDebian(),
    missingPackages: isLinux ? missingPackages() : [],
    serversToBuild: missingServers().map((module) => module.name),
    goVersion: findGo()?.version,
    freeGigabytes: Object.fromEntries(
      [cacheDirectory(), clustersDirectory].map((folder) => [folder, freeGigabytes(folder)]),
    ),
    canUnshare: probe && succeeds('unshare', '--net', '--mount', 'true'),
    // iproute2 may be among the packages still to come; then the cluster's own bridge is the test.
    canBridge:
      probe &&
      (missingPackages().includes('iproute2') ||
        succeeds('unshare', '--net', 'ip', 'link', 'add', 'x', 'type', 'bridge')),
    hasCgroups: isLinux && cgroupLayout() !== undefined,
  };
}

export function assertHostIsReady(): void {
  const found = problems(inspectHost());
  if (found.length === 0) return;
  throw new ClusterError(
    `The cluster cannot run here yet:\n${found.map((problem) => `  - ${problem}`).join('\n')}`,
  );
}
