import { FINALIZER } from '../../../crds/v1alpha1/contract.ts';
import { CONFIG_MAPS } from '../../kube/resource-types.ts';
import { deletion, type Action } from '../action.ts';
import { isConfirmedEmpty, serves, type Confirmation } from './emptiness.ts';
import { holdsFinalizer } from '../identity.ts';
import type { Observed, ObservedVersion } from '../observed.ts';
import { planCurrent } from './plan-current.ts';
import { planDeletion } from './plan-deletion.ts';
import { planSnapshot, planWorkers, planWorkersRemoval } from './plan-version.ts';

/** The writes that bring the world nearer to the spec, in order. Pure: the same observation gives the same plan. */
export function planFor(observed: Observed, confirmation: Confirmation): readonly Action[] {
  if (observed.agent.deleting) return planDeletion(observed, confirmation);
  // A spec this operator cannot read: workers of earlier versions go on, untouched.
  if (observed.spec === undefined) return [];
  if (observed.target === undefined) return restoreLost(observed);
  const [empty, needed] = partition(observed.versions, (version) =>
    isConfirmedEmpty(observed, version, confirmation),
  );
  return [
    ...planFinalizer(observed),
    ...planSnapshot(observed),
    ...needed.flatMap((version) => planWorkers(observed, version, 'repair')),
    ...planCurrent(observed),
    // Last, because Temporal refuses to forget a version for minutes after its last poll, and a plan stops where it is
    // refused: nobody's workers and no rollout may wait for that.
    ...empty.flatMap(planWorkersRemoval),
    ...empty.flatMap(planRecordRemoval),
  ];
}

/** Before anything else is made: what exists must not outlive its agent unnoticed. */
function planFinalizer({ agent }: Observed): readonly Action[] {
  if (holdsFinalizer(agent)) return [];
  return [{ kind: 'setFinalizers', finalizers: [...agent.finalizers, FINALIZER] }];
}

/** The spec is in no state to be acted on, but a version with runs must not stay without workers because of that. */
function restoreLost(observed: Observed): readonly Action[] {
  return observed.versions
    .filter(({ buildID, openRuns }) => serves(observed, buildID) || (openRuns ?? 0) > 0)
    .flatMap((version) => planWorkers(observed, version, 'restore'));
}

/**
 * Once the workers of an empty version are gone: Temporal's record, then the snapshot. The snapshot goes last because it
 * is the record that the version exists: a crash in between leaves it, and the next pass goes on from there.
 */
function planRecordRemoval({
  buildID,
  deployment,
  budget,
  workers,
  temporal,
  snapshotMap,
}: ObservedVersion): readonly Action[] {
  if (deployment !== undefined || budget !== undefined || workers.pods > 0) return [];
  return [
    ...(temporal === undefined ? [] : [{ kind: 'deleteTemporalVersion' as const, buildID }]),
    ...deletion(CONFIG_MAPS, snapshotMap),
  ];
}

function partition<T>(
  items: readonly T[],
  test: (item: T) => boolean,
): readonly [readonly T[], readonly T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
