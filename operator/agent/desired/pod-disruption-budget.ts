import { versionObjectName } from '../../../crds/v1alpha1/contract.ts';
import type { AgentIdentity } from '../identity.ts';
import type { DesiredObject } from './desired-object.ts';
import { selectorLabels, versionLabels } from './labels.ts';
import { ownersOf } from './owners.ts';

/**
 * Node drains take the workers of a version one by one. Runs survive any number of evictions; what this saves is the
 * pause of all of them at once. Not `minAvailable`: with one replica that would block every drain for ever.
 */
export function podDisruptionBudget(
  agent: AgentIdentity,
  buildID: string,
  snapshot: { readonly name: string; readonly uid: string },
): DesiredObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: {
      name: versionObjectName(agent.name, buildID),
      namespace: agent.namespace,
      labels: versionLabels(agent.name, buildID),
      ownerReferences: ownersOf(agent, snapshot),
    },
    spec: {
      maxUnavailable: 1,
      // A worker that crash-loops must not stop a node from being drained.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: selectorLabels(agent.name, buildID) },
    },
  };
}
