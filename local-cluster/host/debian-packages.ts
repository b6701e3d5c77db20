import { existsSync, readFileSync } from 'node:fs';

import { ClusterError } from '../cluster-error.ts';
import type { Log } from '../log.ts';
import { attempt } from '../process/run-command.ts';

/** Each package with one file that proves it is there: looking at files takes a millisecond, asking dpkg half a second. */
const packageProofs: Readonly<Record<string, string>> = {
  runc: 'runc',
  'containernetworking-plugins': '/usr/lib/cni/bridge',
  catatonit: 'catatonit',
  iptables: 'iptables',
  nftables: 'nft',
  conntrack: 'conntrack',
  buildah: 'buildah',
  mmdebstrap: 'mmdebstrap',
  // mmdebstrap checks Debian's signatures; Ubuntu does not bring the keys.
  'debian-archive-keyring': '/usr/share/keyrings/debian-archive-keyring.gpg',
  iproute2: 'ip',
  openssl: 'openssl',
  procps: 'ps',
  'util-linux': 'nsenter',
  git: 'git',
  'ca-certificates': '/etc/ssl/certs/ca-certificates.crt',
};

const commandFolders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'];

export function missingPackages(exists: (path: string) => boolean = existsSync): string[] {
  return Object.entries(packageProofs)
    .filter(([, proof]) =>
      proof.startsWith('/') ? !exists(proof) : !commandFolders.some((folder) => exists(`${folder}/${proof}`)),
    )
    .map(([name]) => name);
}

export function isDebian(osRelease: string = readOsRelease()): boolean {
  const field = (name: string): string => new RegExp(`^${name}="?([^"\\n]*)`, 'm').exec(osRelease)?.[1] ?? '';
  return `${field('ID')} ${field('ID_LIKE')}`.split(' ').some((id) => id === 'debian' || id === 'ubuntu');
}

function readOsRelease(): string {
  return existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
}

export async function ensurePackages(log: Log): Promise<void> {
  const missing = missingPackages();
  if (missing.length === 0) return;
  log(`Installing Debian packages: ${missing.join(' ')}…`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  // The package list may be old, or absent as in container images: refresh it only when it is needed.
  if ((await attempt('apt-get', install, { env })).code === 0) return;
  const update = await attempt('apt-get', ['update'], { env });
  const outcome = await attempt('apt-get', install, { env });
  if (outcome.code !== 0) {
    const said = `${update.stderr}${outcome.stderr}`.trimEnd().split('\n').slice(-8).join('\n');
    throw new ClusterError(`Could not install ${missing.join(' ')}. apt-get said:\n${said}`);
  }
}
