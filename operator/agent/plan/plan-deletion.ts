import { FINALIZER } from '../../../crds/v1alpha1/contract.ts';
import { CONFIG_MAPS } from '../../kube/resource-types.ts';
import { deletion, type Action } from '../action.ts';
import { isConfirmedEmpty, wasCurrent, type Confirmation } from './emptiness.ts';
import { holdsFinalizer } from '../identity.ts';
import type { Observed, ObservedVersion } from '../observed.ts';
import { planCurrent } from './plan-current.ts';
import { planSnapshot, planWorkers, planWorkersRemoval } from './plan-version.ts';

/** What to do with an agent that is being deleted. */
export type DeletionStage =
  /** Runs may be open: everything they need is kept up, and put back if it is taken away. */
  | 'drain'
  /** No run can be lost: workers go, then Temporal's record, then snapshots, then the finalizer. */
  | 'tearDown'
  /** There is nothing to wait for, or nothing left to wait with. */
  | 'release';

export function deletionStage(observed: Observed, confirmation: Confirmation): DeletionStage {
  const { temporal, versions, previous } = observed;
  const gone = !versions.some(exists);
  const recorded = previous.versions ?? [];
  if (gone && recorded.length === 0) return 'release';
  if (temporal.kind === 'known') {
    const confirmed = versions.every((version) => isConfirmedEmpty(observed, version, confirmation));
    if (temporal.openRuns === 0 && (temporal.deployment === undefined || confirmed)) return 'tearDown';
  } else if (previous.currentVersion === undefined && !recorded.some(wasCurrent)) {
    // Temporal cannot be asked, but no version was ever made current: no run can have started.
    return 'tearDown';
  }
  // Snapshots and workers are gone and the spec cannot make them again (a namespace being deleted takes its Secrets
  // too): waiting would not save a run any more.
  if (gone && observed.target === undefined) return 'release';
  return 'drain';
}

/** The writes of a pass over an agent that is being deleted. */
export function planDeletion(observed: Observed, confirmation: Confirmation): readonly Action[] {
  if (!holdsFinalizer(observed.agent)) return [];
  switch (deletionStage(observed, confirmation)) {
    case 'drain':
      return planDrain(observed);
    case 'tearDown':
      return planTearDown(observed);
    case 'release':
      return planRelease(observed);
  }
}

/** Lets the object go, whatever else there is. */
export function planRelease({ agent, versions }: Observed): readonly Action[] {
  return [
    ...versions.flatMap(({ snapshotMap }) => deletion(CONFIG_MAPS, snapshotMap)),
    { kind: 'setFinalizers', finalizers: agent.finalizers.filter((finalizer) => finalizer !== FINALIZER) },
  ];
}

/**
 * No version is made that was not there before, unless there is none left. A version on its way to become current goes
 * on: runs may wait for it.
 */
function planDrain(observed: Observed): readonly Action[] {
  const { target, previous } = observed;
  const known =
    !observed.versions.some(exists) ||
    (previous.versions?.some(({ buildID }) => buildID === target?.buildID) ?? false);
  return [
    ...(known ? planSnapshot(observed) : []),
    ...observed.versions.flatMap((version) =>
      planWorkers(observed, version, target === undefined ? 'restore' : 'repair'),
    ),
    ...planCurrent(observed),
  ];
}

function planTearDown(observed: Observed): readonly Action[] {
  const { versions, temporal } = observed;
  const workers = versions.flatMap(planWorkersRemoval);
  const lingering = versions.some(
    ({ deployment, workers: { pods } }) => deployment !== undefined || pods > 0,
  );
  if (workers.length > 0 || lingering) return workers;
  // Temporal keeps its record for some minutes after the last poll. Once somebody else has taken the snapshots away (the
  // namespace is going too), nothing waits for that.
  const registered = temporal.kind === 'known' && temporal.deployment !== undefined && versions.some(exists);
  return [...(registered ? [{ kind: 'deleteWorkerDeployment' as const }] : []), ...planRelease(observed)];
}

function exists({ snapshotMap, deployment }: ObservedVersion): boolean {
  return snapshotMap !== undefined || deployment !== undefined;
}
