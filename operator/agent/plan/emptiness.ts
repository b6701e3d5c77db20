import type { VersionStatus } from '../../../crds/v1alpha1/durable-agent.ts';
import { currentBuildID, type Observed, type ObservedVersion } from '../observed.ts';

/** The time of the pass and how far apart the two observations must be that agree on a version being empty. */
export interface Confirmation {
  readonly now: Date;
  readonly drainConfirmationMs: number;
}

/**
 * True when nothing can be lost with the version as far as this one observation goes: Temporal's drainage and our own
 * count of open runs agree. Visibility lags behind, which is why one observation is not enough.
 */
export function isEmpty(observed: Observed, version: ObservedVersion): boolean {
  const { temporal } = observed;
  if (temporal.kind === 'unknown' || version.openRuns !== 0) return false;
  // On deletion the current version never drains in Temporal's eyes; what counts is that the queue has no open run.
  if (observed.agent.deleting) return temporal.openRuns === 0;
  if (serves(observed, version.buildID)) return false;
  switch (version.temporal?.drainage) {
    case undefined: // Temporal has no record of it: never polled, or forgotten already.
    case 'Drained':
      return true;
    case 'Draining':
      return false;
    case 'Unspecified':
      // Also what Temporal says in the moments after a version stopped being current, before it looked for open runs
      // (temporal-worker-controller issue 573): only of a version that never was current does it mean that none exist.
      return !wasCurrent(previousOf(observed, version.buildID));
  }
}

/** Since when observations agree without exception that the version is empty; undefined when this one does not. */
export function emptySince(observed: Observed, version: ObservedVersion, now: Date): string | undefined {
  if (!isEmpty(observed, version)) return undefined;
  return previousOf(observed, version.buildID)?.emptySince ?? now.toISOString();
}

/** True when this observation and one at least `drainConfirmationMs` ago found the version empty, and none between did not. */
export function isConfirmedEmpty(
  observed: Observed,
  version: ObservedVersion,
  { now, drainConfirmationMs }: Confirmation,
): boolean {
  const since = previousOf(observed, version.buildID)?.emptySince;
  return (
    since !== undefined &&
    isEmpty(observed, version) &&
    now.getTime() - Date.parse(since) >= drainConfirmationMs
  );
}

/** True for a version that new runs start on, or are about to. */
export function serves(observed: Observed, buildID: string): boolean {
  const { temporal } = observed;
  return (
    buildID === observed.target?.buildID ||
    buildID === currentBuildID(observed) ||
    (temporal.kind === 'known' && buildID === temporal.deployment?.rampingBuildID)
  );
}

export function previousOf(observed: Observed, buildID: string): VersionStatus | undefined {
  return observed.previous.versions?.find((version) => version.buildID === buildID);
}

/** True when runs may have started on the version. */
export function wasCurrent(version: VersionStatus | undefined): boolean {
  return version !== undefined && version.state !== 'Pending' && version.state !== 'Inactive';
}
