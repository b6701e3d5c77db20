import { stringify } from 'yaml';

import { addresses } from './addresses.ts';

const meta = (name: string, namespace?: string): object =>
  namespace === undefined ? { name } : { name, namespace };

const bind = (name: string, role: string, user: string): object => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: meta(name),
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
});

const dnsPorts = (['UDP', 'TCP'] as const).map((protocol) => ({
  name: `dns-${protocol.toLowerCase()}`,
  port: 53,
  protocol,
}));

const objects: object[] = [
  bind('local-cluster:kube-proxy', 'system:node-proxier', 'system:kube-proxy'),
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: meta('local-cluster:coredns'),
    rules: [
      { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    ],
  },
  bind('local-cluster:coredns', 'local-cluster:coredns', 'system:coredns'),
  // CoreDNS runs on the node, so its Service has no selector and its endpoint is written by hand.
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta('kube-dns', 'kube-system'),
    spec: { clusterIP: addresses.dnsService, ports: dnsPorts },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...meta('kube-dns', 'kube-system'),
      labels: {
        'kubernetes.io/service-name': 'kube-dns',
        'endpointslice.kubernetes.io/managed-by': 'local-cluster',
      },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [addresses.node], conditions: { ready: true } }],
    ports: dnsPorts,
  },
];

export const addons = objects.map((object) => stringify(object)).join('---\n');
