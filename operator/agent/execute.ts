import { workerDeploymentName } from '../../crds/v1alpha1/contract.ts';
import { RetryableError } from '../errors.ts';
import type { KubeClient } from '../kube/port.ts';
import { DURABLE_AGENTS } from '../kube/resource-types.ts';
import type { TemporalClient } from '../temporal/port.ts';
import type { Action } from './action.ts';
import type { AgentIdentity } from './identity.ts';

export interface Executed {
  /** In the order of the plan. */
  readonly done: readonly Action[];
  readonly failure: { readonly action: Action; readonly error: unknown } | undefined;
}

/** Makes the writes of a plan one after another. Stops at the first that fails and says which: later ones rely on it. */
export async function execute(
  actions: readonly Action[],
  context: {
    readonly kube: KubeClient;
    /** undefined: no way to Temporal is known, and no plan then holds a write to it. */
    readonly temporal: TemporalClient | undefined;
    readonly agent: AgentIdentity;
    readonly signal: AbortSignal;
  },
): Promise<Executed> {
  const done: Action[] = [];
  for (const action of actions) {
    try {
      if (context.signal.aborted)
        throw new RetryableError('this operator is stopping or no longer the leader');
      await perform(action, context);
    } catch (error) {
      return { done, failure: { action, error } };
    }
    done.push(action);
  }
  return { done, failure: undefined };
}

async function perform(
  action: Action,
  { kube, temporal, agent }: Parameters<typeof execute>[1],
): Promise<unknown> {
  const { namespace, name, uid, resourceVersion } = agent;
  switch (action.kind) {
    case 'setFinalizers':
      return kube.setFinalizers(DURABLE_AGENTS, { namespace, name }, action.finalizers, {
        uid,
        resourceVersion,
      });
    case 'apply':
      return kube.apply(action.type, action.object);
    case 'delete':
      return kube.delete(action.type, { namespace, name: action.name }, { uid: action.uid });
    case 'setCurrentVersion':
      return reached(temporal).setCurrentVersion({
        deploymentName: workerDeploymentName(namespace, name),
        buildID: action.buildID,
        conflictToken: action.conflictToken,
      });
    case 'deleteTemporalVersion':
      return reached(temporal).deleteVersion({
        deploymentName: workerDeploymentName(namespace, name),
        buildID: action.buildID,
      });
    case 'deleteWorkerDeployment':
      return reached(temporal).deleteWorkerDeployment(workerDeploymentName(namespace, name));
  }
}

function reached(temporal: TemporalClient | undefined): TemporalClient {
  if (temporal === undefined) throw new Error('a write to Temporal was planned without a connection to it');
  return temporal;
}
