import { versionObjectName } from '../../../crds/v1alpha1/contract.ts';
import type { VersionStatus } from '../../../crds/v1alpha1/durable-agent.ts';
import { LABELS } from '../../../crds/v1alpha1/contract.ts';
import { CONFIG_MAPS } from '../../kube/resource-types.ts';
import type { Action } from '../action.ts';
import { emptySince, previousOf, wasCurrent } from '../plan/emptiness.ts';
import type { Executed } from '../execute.ts';
import { failureKind } from '../failure.ts';
import { unseenVersion } from '../observe/live-versions.ts';
import type { Observed, ObservedVersion } from '../observed.ts';

/** One entry per version there is after the pass, sorted by build ID. */
export function versionStatuses(
  observed: Observed,
  executed: Executed,
  current: string | undefined,
  now: Date,
): VersionStatus[] {
  const { done } = executed;
  const made = done.some((action) => isSnapshot(action, 'apply', observed.target?.buildID, observed));
  const added =
    made && !observed.versions.some(({ buildID }) => buildID === observed.target?.buildID)
      ? [{ ...unseenVersion(observed.target?.buildID ?? ''), temporal: undefined, openRuns: undefined }]
      : [];
  return [...observed.versions, ...added]
    .filter((version) => !isRemoved(version, done, observed))
    .toSorted((a, b) => (a.buildID < b.buildID ? -1 : 1))
    .map((version) => versionStatus(observed, version, current, now, refusalOf(executed, version)));
}

function versionStatus(
  observed: Observed,
  version: ObservedVersion,
  current: string | undefined,
  now: Date,
  refusal: string | undefined,
): VersionStatus {
  const { buildID, workers, openRuns } = version;
  const since = emptySince(observed, version, now);
  const message = refusal ?? messageOf(observed, version);
  const snapshot =
    version.snapshot ?? (observed.target?.buildID === buildID ? observed.target.snapshot : undefined);
  return {
    buildID,
    state: stateOf(observed, version, current),
    ...(openRuns === undefined ? {} : { openRuns }),
    replicas: workers.running,
    readyReplicas: workers.ready,
    image: snapshot?.image ?? previousOf(observed, buildID)?.image ?? '',
    snapshot: versionObjectName(observed.agent.name, buildID),
    ...(since === undefined ? {} : { emptySince: since }),
    ...(message === undefined ? {} : { message }),
  };
}

/** Why the version is still there although nothing needs it. */
function refusalOf(executed: Executed, { buildID }: ObservedVersion): string | undefined {
  const action = executed.failure?.action;
  if (action?.kind !== 'deleteTemporalVersion' || action.buildID !== buildID) return undefined;
  const failure = failureKind(executed);
  return failure?.kind === 'waiting'
    ? `its workers are gone; Temporal forgets them about five minutes after their last poll (${failure.message})`
    : undefined;
}

/** Temporal's state, in its words. The last one known stands while it cannot be asked. */
function stateOf(
  observed: Observed,
  version: ObservedVersion,
  current: string | undefined,
): VersionStatus['state'] {
  const previous = previousOf(observed, version.buildID);
  if (version.buildID === current) return 'Current';
  if (observed.temporal.kind === 'unknown') return previous?.state ?? 'Pending';
  switch (version.temporal?.drainage) {
    case undefined:
      return wasCurrent(previous) ? 'Drained' : 'Pending';
    case 'Draining':
      return 'Draining';
    case 'Drained':
      return 'Drained';
    case 'Unspecified':
      // It was current a moment ago, and Temporal has not looked for its open runs yet.
      return wasCurrent(previous) ? 'Draining' : 'Inactive';
  }
}

function messageOf(
  observed: Observed,
  { buildID, openRuns, snapshotMap, snapshot, workers }: ObservedVersion,
) {
  if (snapshotMap === undefined && buildID !== observed.target?.buildID && (openRuns ?? 0) > 0) {
    return `its snapshot ConfigMap is gone: workers that stop cannot be replaced, and ${openRuns} open runs wait for them`;
  }
  if (snapshotMap !== undefined && snapshot === undefined) {
    return 'its snapshot ConfigMap does not hold what its name says: its workers are left as they are';
  }
  return workers.problem?.message;
}

/** A version is gone with the last trace of it. */
function isRemoved(version: ObservedVersion, done: readonly Action[], observed: Observed): boolean {
  return version.snapshotMap === undefined
    ? done.some((action) => action.kind === 'deleteTemporalVersion' && action.buildID === version.buildID)
    : done.some((action) => isSnapshot(action, 'delete', version.buildID, observed)) &&
        version.buildID !== observed.target?.buildID;
}

function isSnapshot(
  action: Action,
  kind: 'apply' | 'delete',
  buildID: string | undefined,
  { agent }: Observed,
): boolean {
  if (action.kind !== kind || action.type !== CONFIG_MAPS || buildID === undefined) return false;
  return action.kind === 'apply'
    ? action.object.metadata.labels?.[LABELS.buildID] === buildID
    : action.name === versionObjectName(agent.name, buildID);
}
