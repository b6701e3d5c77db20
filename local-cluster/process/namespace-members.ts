import { readdirSync, readlinkSync, statSync } from 'node:fs';

import { hostMounts, type Mount } from './mount-table.ts';

/** `net:[4026532001]` of a namespace file, or undefined when nothing is mounted there (never made, or a restart since). */
export function namespaceIdentity(
  kind: 'net' | 'mnt',
  file: string,
  mounts: readonly Mount[] = hostMounts(),
): string | undefined {
  if (!mounts.some((mount) => mount.target === file && mount.type === 'nsfs')) return undefined;
  return `${kind}:[${statSync(file).ino}]`;
}

/** Every process in one of these namespaces. The caller's own namespaces never count: that would be the whole machine. */
export function processesIn(identities: ReadonlySet<string>): Set<number> {
  const found = new Set<number>();
  for (const kind of ['net', 'mnt']) {
    const own = readlinkSync(`/proc/self/ns/${kind}`);
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      try {
        const identity = readlinkSync(`/proc/${entry}/ns/${kind}`);
        if (identity !== own && identities.has(identity)) found.add(Number(entry));
      } catch {
        // gone in the meantime, or a kernel thread
      }
    }
  }
  return found;
}
