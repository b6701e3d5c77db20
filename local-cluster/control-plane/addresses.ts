/** The same in every cluster: each has a network namespace of its own. */
export const addresses = {
  node: '10.243.0.1',
  apiPort: 6443,
  /** Relays to the few hosts outside that were allowed by name: 10.243.1.1, 10.243.1.2, … */
  exitPrefix: '10.243.1.',
  podCidr: '10.244.0.0/16',
  nodePodCidr: '10.244.0.0/24',
  podGateway: '10.244.0.1',
  serviceCidr: '10.96.0.0/16',
  kubernetesService: '10.96.0.1',
  dnsService: '10.96.0.10',
  bridge: 'cni0',
} as const;
