import { worker as workerSchema, type Worker } from '../../../crds/v1alpha1/worker.ts';
import { SNAPSHOT_KEY } from '../../../crds/v1alpha1/contract.ts';
import type { KubeObject, ResourceType } from '../../kube/port.ts';
import { CONFIG_MAPS, DEPLOYMENTS, POD_DISRUPTION_BUDGETS } from '../../kube/resource-types.ts';
import { deletion, type Action } from '../action.ts';
import { deployment } from '../desired/deployment.ts';
import type { DesiredObject } from '../desired/desired-object.ts';
import { podDisruptionBudget } from '../desired/pod-disruption-budget.ts';
import { snapshotConfigMap } from '../desired/snapshot-config-map.ts';
import { isSettled, sealed } from './drift.ts';
import type { Observed, ObservedVersion } from '../observed.ts';
import { replicasOf } from './replicas.ts';

/** `repair`: missing objects are made and different ones corrected. `restore`: missing ones are made, nothing is touched. */
export type Upkeep = 'repair' | 'restore';

/** The snapshot of the target. Its workers follow in the next pass: they are owned by it and need its uid. */
export function planSnapshot(observed: Observed): readonly Action[] {
  const { target, agent } = observed;
  if (target === undefined) return [];
  const live = observed.versions.find(({ buildID }) => buildID === target.buildID)?.snapshotMap;
  const desired = sealed(snapshotConfigMap(agent, target));
  if (live === undefined) return [{ kind: 'apply', type: CONFIG_MAPS, object: desired }];
  if (isSettled(desired, live)) return [];
  // Immutable objects can only be replaced; the content says what it must be, so nothing is lost with a wrong one.
  const replaced = live.data?.[SNAPSHOT_KEY] === target.text ? [] : deletion(CONFIG_MAPS, live);
  return [...replaced, { kind: 'apply', type: CONFIG_MAPS, object: desired }];
}

/** Deployment and PodDisruptionBudget of one version, if it should have them and they can be built. */
export function planWorkers(observed: Observed, version: ObservedVersion, upkeep: Upkeep): readonly Action[] {
  const { agent, spec, connection, taskQueue, revisions } = observed;
  const { buildID, snapshot, snapshotMap } = version;
  // Without its snapshot a version cannot be built, only left to finish on the pods it has.
  if (spec === undefined || connection === undefined || snapshot === undefined || snapshotMap === undefined)
    return [];
  const worker = workerOf(spec.worker);
  const replicas = replicasOf(observed, version, worker);
  if (replicas === undefined) return [];
  const owner = { name: snapshotMap.metadata.name, uid: snapshotMap.metadata.uid ?? '' };
  const desired = deployment({
    agent,
    buildID,
    snapshot,
    snapshotMap: owner,
    taskQueue,
    worker,
    connection,
    revisions,
    replicas,
  });
  return [
    ...ensure(DEPLOYMENTS, desired, version.deployment, upkeep),
    ...ensure(POD_DISRUPTION_BUDGETS, podDisruptionBudget(agent, buildID, owner), version.budget, upkeep),
  ];
}

export function planWorkersRemoval({ deployment: live, budget }: ObservedVersion): readonly Action[] {
  return [...deletion(DEPLOYMENTS, live), ...deletion(POD_DISRUPTION_BUDGETS, budget)];
}

/** `spec.worker` with its defaults, which the parser fills in only when the field itself is there. */
function workerOf(worker: Worker | undefined): Worker {
  return worker ?? workerSchema.parse({});
}

function ensure(
  type: ResourceType,
  object: DesiredObject,
  live: KubeObject | undefined,
  upkeep: Upkeep,
): readonly Action[] {
  const desired = sealed(object);
  if (live === undefined) return [{ kind: 'apply', type, object: desired }];
  // What is being deleted can only be made again once it is gone; its informer says when.
  if (upkeep === 'restore' || live.metadata.deletionTimestamp !== undefined) return [];
  return isSettled(desired, live) ? [] : [{ kind: 'apply', type, object: desired }];
}
