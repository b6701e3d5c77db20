import { LABELS, SNAPSHOT_KEY, versionObjectName } from '../../../crds/v1alpha1/contract.ts';
import type { AgentIdentity } from '../identity.ts';
import type { Target } from '../observe/target.ts';
import { versionLabels } from './labels.ts';
import type { DesiredObject } from './desired-object.ts';

/** The record that a version exists: first made, last removed. */
export function snapshotConfigMap(agent: AgentIdentity, target: Target): DesiredObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: versionObjectName(agent.name, target.buildID),
      namespace: agent.namespace,
      labels: { ...versionLabels(agent.name, target.buildID), [LABELS.behaviour]: target.behaviour },
    },
    immutable: true,
    data: { [SNAPSHOT_KEY]: target.text },
  };
}
