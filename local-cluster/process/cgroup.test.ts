import { expect, it } from 'vitest';

import { cgroupLayout } from './cgroup.ts';
import { parseMountInfo } from './mount-table.ts';

const line = (id: number, target: string, type: string, options: string): string =>
  `${id} 20 0:${id} / ${target} rw,relatime shared:${id} - ${type} ${type} rw,${options}\n`;

it('finds the one hierarchy of v2', () => {
  const mounts = parseMountInfo(
    line(1, '/', 'ext4', 'x') + line(2, '/sys/fs/cgroup', 'cgroup2', 'nsdelegate'),
  );
  expect(cgroupLayout(mounts)).toEqual({
    version: 2,
    mounts: ['/sys/fs/cgroup'],
    all: ['/sys/fs/cgroup'],
    tracker: '/sys/fs/cgroup',
  });
});

it('takes every controller of v1, follows processes in systemd’s, and looks into an empty v2 beside it', () => {
  const mounts = parseMountInfo(
    line(1, '/c/memory', 'cgroup', 'memory') +
      line(2, '/c/systemd', 'cgroup', 'name=systemd') +
      line(3, '/c/unified', 'cgroup2', 'x'),
  );
  expect(cgroupLayout(mounts)).toEqual({
    version: 1,
    mounts: ['/c/memory', '/c/systemd'],
    all: ['/c/memory', '/c/systemd', '/c/unified'],
    tracker: '/c/systemd',
  });
});

it('says so when there is none', () => {
  expect(cgroupLayout(parseMountInfo(line(1, '/with\\040space', 'ext4', 'x')))).toBeUndefined();
});
