import { stringify } from 'yaml';

import { addresses } from './addresses.ts';

export function renderCniConfig(): string {
  return JSON.stringify({
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: addresses.bridge,
        isGateway: true,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: addresses.nodePodCidr }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });
}

export function renderProxyConfig(kubeconfig: string, nodeName: string): string {
  return stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clusterCIDR: addresses.podCidr,
    hostnameOverride: nodeName,
    clientConnection: { kubeconfig },
    // The table's size belongs to the machine and cannot be written from a network namespace.
    conntrack: { maxPerCore: 0, min: 0 },
  });
}

/** The zone below which nothing exists: a name the cluster does not know gets a clean NXDOMAIN, not a timeout. */
export const rootZone = `. 30 IN SOA . . 1 60 60 60 30
. 30 IN NS .
`;

export function renderCorefile(files: {
  kubeconfig: string;
  allowedHosts: string;
  rootZone: string;
}): string {
  return `.:53 {
    bind ${addresses.node}
    errors
    ready 127.0.0.1:8181
    hosts ${files.allowedHosts} {
        ttl 2
        reload 1s
        no_reverse
        fallthrough
    }
    kubernetes cluster.local in-addr.arpa {
        kubeconfig ${files.kubeconfig}
        ttl 5
        fallthrough in-addr.arpa
    }
    file ${files.rootZone} .
}
`;
}
