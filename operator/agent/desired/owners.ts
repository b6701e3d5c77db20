import { API_VERSION } from '../../../crds/v1alpha1/group.ts';
import type { OwnerReference } from '../../kube/port.ts';
import type { AgentIdentity } from '../identity.ts';

/**
 * Owners of a Deployment and its PodDisruptionBudget: the agent, and the snapshot of their version.
 *
 * The second owner guards the drain. On a foreground deletion of the agent (`--cascade=foreground`, Argo CD's default
 * for pruning) the garbage collector deletes every dependent at once, whatever finalizers the agent has
 * (kubernetes 1.36 pkg/controller/garbagecollector, attemptToDeleteItem): open runs would lose their workers. An object
 * with another living owner it only takes the reference from. For the same reason a snapshot has no owner at all: it is
 * the one thing that cannot be made again. The reconciler deletes it, also when it finds the agent gone.
 *
 * While the agent is being deleted the reference to it is left out, or we would put back what the collector takes.
 */
export function ownersOf(
  agent: AgentIdentity,
  snapshot: { readonly name: string; readonly uid: string },
): readonly OwnerReference[] {
  return [
    ...(agent.deleting
      ? []
      : [
          {
            apiVersion: API_VERSION,
            kind: 'DurableAgent',
            name: agent.name,
            uid: agent.uid,
            controller: true,
          },
        ]),
    { apiVersion: 'v1', kind: 'ConfigMap', name: snapshot.name, uid: snapshot.uid },
  ];
}
