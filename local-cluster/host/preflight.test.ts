import { describe, expect, it } from 'vitest';

import { isDebian, missingPackages } from './debian-packages.ts';
import { isAtLeast } from './go.ts';
import { problems, type HostFacts } from './preflight.ts';

const good: HostFacts = {
  platform: 'linux',
  architecture: 'x64',
  isRoot: true,
  isDebian: true,
  missingPackages: ['runc'],
  serversToBuild: ['etcd'],
  goVersion: '1.26',
  freeGigabytes: { '/var/lib': 20 },
  canUnshare: true,
  canBridge: true,
  hasCgroups: true,
};

describe('what the machine lacks', () => {
  const cases: [string, Partial<HostFacts>, RegExp[]][] = [
    ['nothing, and missing packages on Debian are no problem', {}, []],
    ['Linux, which hides all the rest', { platform: 'darwin', isRoot: false }, [/Linux/]],
    ['root', { isRoot: false, canUnshare: false, canBridge: false }, [/sudo/]],
    ['packages on another distribution', { isDebian: false }, [/Install: runc/]],
    ['Go', { goVersion: undefined }, [/No Go found.*etcd/]],
    ['a newer Go', { goVersion: '1.24' }, [/1\.24 is too old/]],
    ['Go, with everything built already', { goVersion: undefined, serversToBuild: [] }, []],
    ['disk for a first build', { freeGigabytes: { '/var/lib': 5 } }, [/5\.0 GB free.*8 GB/]],
    ['disk for a build that is done', { freeGigabytes: { '/var/lib': 5 }, serversToBuild: [] }, []],
    [
      'several things at once',
      { canUnshare: false, hasCgroups: false, goVersion: undefined },
      [/No Go/, /privileged/, /cgroup/],
    ],
  ];
  it.each(cases)('%s', (_, change, expected) => {
    const found = problems({ ...good, ...change });
    expect(found).toHaveLength(expected.length);
    expected.forEach((pattern, index) => expect(found[index]).toMatch(pattern));
  });
});

it('compares Go versions by number', () => {
  expect(isAtLeast('1.26', '1.25')).toBe(true);
  expect(isAtLeast('1.9', '1.25')).toBe(false);
  expect(isAtLeast('2.0', '1.25')).toBe(true);
});

it('knows Debian and its children', () => {
  expect(isDebian('NAME="Debian"\nID=debian\n')).toBe(true);
  expect(isDebian('ID=linuxmint\nID_LIKE="ubuntu debian"\n')).toBe(true);
  expect(isDebian('ID=fedora\n')).toBe(false);
});

it('sees a package by its file', () => {
  expect(missingPackages((path) => !path.endsWith('/runc') && path !== '/usr/lib/cni/bridge')).toEqual([
    'runc',
    'containernetworking-plugins',
  ]);
});
