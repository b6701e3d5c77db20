import { stringify } from 'yaml';

/** Who did what to which object, never its content: proofs read this file (what the operator may do and what it did). */
export const auditPolicy = stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    // The control plane's own heartbeats and watches would be nine lines in ten.
    { level: 'None', users: ['system:apiserver'] },
    {
      level: 'None',
      resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }],
      userGroups: ['system:nodes'],
    },
    { level: 'None', nonResourceURLs: ['/healthz*', '/readyz*', '/livez*'] },
    { level: 'Metadata' },
  ],
});
