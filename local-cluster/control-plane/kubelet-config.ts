import { stringify } from 'yaml';

import { addresses } from './addresses.ts';

export interface KubeletFiles {
  readonly clientCa: string;
  readonly certificate: string;
  readonly key: string;
}

export function renderKubeletConfig(cgroupRoot: string, files: KubeletFiles): string {
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: files.clientCa },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: files.certificate,
    tlsPrivateKeyFile: files.key,
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    cgroupDriver: 'cgroupfs',
    cgroupRoot,
    failCgroupV1: false,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    clusterDomain: 'cluster.local',
    clusterDNS: [addresses.dnsService],
    // Empty: pods get the cluster's DNS only, never the machine's resolver.
    resolvConf: '',
    maxPods: 110,
    serializeImagePulls: false,
    syncFrequency: '10s',
    configMapAndSecretChangeDetectionStrategy: 'Watch',
    nodeStatusUpdateFrequency: '4s',
    // Images come from builds, not from a registry: one collected as garbage could not be pulled again.
    imageGCHighThresholdPercent: 100,
    imageMaximumGCAge: '0s',
    // A developer's full disk must not taint the node. 0% turns a threshold off; an empty map means the defaults.
    evictionHard: Object.fromEntries(
      [
        'memory.available',
        'nodefs.available',
        'nodefs.inodesFree',
        'imagefs.available',
        'imagefs.inodesFree',
      ].map((signal) => [signal, '0%']),
    ),
  });
}
