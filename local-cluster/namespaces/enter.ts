import type { ClusterPaths } from '../paths.ts';

/** Not `ip netns exec`: that one remounts /sys, and the kubelet then finds no cgroups. */
export const inNetwork = (paths: ClusterPaths, argv: readonly string[]): string[] => [
  'nsenter',
  `--net=${paths.netNamespace}`,
  '--',
  ...argv,
];

/** With the cluster's own /run, /var/lib and /var/log as well: the view its servers have. */
export const inCluster = (paths: ClusterPaths, argv: readonly string[]): string[] => [
  'nsenter',
  `--net=${paths.netNamespace}`,
  `--mount=${paths.mountNamespace}`,
  '--wdns=/',
  '--',
  ...argv,
];
