import { join } from 'node:path';

import { binaryFolders, binaryPath } from '../binaries/catalog.ts';
import { inCluster } from '../namespaces/enter.ts';
import type { ClusterPaths } from '../paths.ts';
import type { Daemon } from '../process/daemon.ts';
import { addresses } from './addresses.ts';
import type { ConfigFiles } from './config-files.ts';

const flags = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).map(([name, value]) => `--${name}=${value}`);

/** Grouped by what must answer first: the kubelet ends without containerd, the controllers without an API server. */
export interface ServerGroups {
  readonly foundation: readonly Daemon[];
  readonly needContainerd: readonly Daemon[];
  readonly needApi: readonly Daemon[];
}

export function clusterServers(paths: ClusterPaths, files: ConfigFiles): ServerGroups {
  const pki = (file: string): string => join(paths.pki, file);
  const server = (name: string, binary: string, values: Readonly<Record<string, string>>): Daemon => ({
    name,
    argv: inCluster(paths, [binary, ...flags(values)]),
    configuration: [files.contents],
  });
  const kubernetes = (name: string, values: Readonly<Record<string, string>>): Daemon =>
    server(name, binaryPath('kubernetes', name), values);
  // containerd finds its shim and runc on its path.
  const path = [...binaryFolders(), '/usr/local/sbin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(':');

  const foundation = [
    server('etcd', binaryPath('etcd', 'server'), {
      name: paths.name,
      'data-dir': '/var/lib/etcd',
      'listen-client-urls': 'http://127.0.0.1:2379',
      'advertise-client-urls': 'http://127.0.0.1:2379',
      'listen-peer-urls': 'http://127.0.0.1:2380',
      'initial-advertise-peer-urls': 'http://127.0.0.1:2380',
      'initial-cluster': `${paths.name}=http://127.0.0.1:2380`,
      // A cluster to throw away: it survives kill -9, not a power cut.
      'unsafe-no-fsync': 'true',
      'log-level': 'warn',
    }),
    { ...server('containerd', binaryPath('containerd'), { config: files.containerd }), env: { PATH: path } },
    kubernetes('kube-apiserver', {
      'etcd-servers': 'http://127.0.0.1:2379',
      'secure-port': String(addresses.apiPort),
      'advertise-address': addresses.node,
      'service-cluster-ip-range': addresses.serviceCidr,
      'authorization-mode': 'Node,RBAC',
      'allow-privileged': 'true',
      'enable-admission-plugins': 'NodeRestriction',
      'client-ca-file': pki('ca.crt'),
      'tls-cert-file': pki('apiserver.crt'),
      'tls-private-key-file': pki('apiserver.key'),
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-key-file': pki('service-account.pub'),
      'service-account-signing-key-file': pki('service-account.key'),
      'kubelet-preferred-address-types': 'InternalIP',
      'kubelet-client-certificate': pki('admin.crt'),
      'kubelet-client-key': pki('admin.key'),
      'kubelet-certificate-authority': pki('ca.crt'),
      'audit-policy-file': files.auditPolicy,
      'audit-log-path': join(paths.logs, 'audit.log'),
      'audit-log-maxsize': '256',
      'audit-log-maxbackup': '2',
    }),
  ];
  const needContainerd = [
    kubernetes('kubelet', {
      config: files.kubelet,
      kubeconfig: files.kubeconfigs.kubelet,
      'hostname-override': paths.id,
      'node-ip': addresses.node,
      'root-dir': '/var/lib/kubelet',
    }),
  ];
  const needApi = [
    kubernetes('kube-controller-manager', {
      kubeconfig: files.kubeconfigs['controller-manager'],
      'allocate-node-cidrs': 'true',
      'cluster-cidr': addresses.podCidr,
      'service-cluster-ip-range': addresses.serviceCidr,
      'use-service-account-credentials': 'true',
      'root-ca-file': pki('ca.crt'),
      'service-account-private-key-file': pki('service-account.key'),
      'leader-elect': 'false',
    }),
    kubernetes('kube-scheduler', { kubeconfig: files.kubeconfigs.scheduler, 'leader-elect': 'false' }),
    kubernetes('kube-proxy', { config: files.proxy }),
    { name: 'coredns', argv: inCluster(paths, [binaryPath('coredns'), '-conf', files.corefile]) },
  ];
  return { foundation, needContainerd, needApi };
}
