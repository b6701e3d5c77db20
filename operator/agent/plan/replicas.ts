import type { Worker } from '../../../crds/v1alpha1/worker.ts';
import { previousOf, serves, wasCurrent } from './emptiness.ts';
import type { Observed, ObservedVersion } from '../observed.ts';

/**
 * Workers a version should have; undefined: it needs no Deployment, and one that exists is left as it is.
 *
 * `spec.worker.replicas` is for the versions that serve, 0 included: who scales to zero wants no workers, and runs wait.
 * A version that only finishes its runs keeps what it had, and at least one while a run may be open: without workers it
 * would never drain, and scaling to zero is no way to lose runs. Nothing is scaled down while Temporal cannot be asked.
 */
export function replicasOf(observed: Observed, version: ObservedVersion, worker: Worker): number | undefined {
  const live = version.deployment === undefined ? undefined : (version.deployment.spec?.replicas ?? 1);
  const unknown = observed.temporal.kind === 'unknown';
  if (!observed.agent.deleting && serves(observed, version.buildID)) {
    return unknown ? Math.max(worker.replicas, live ?? 0) : worker.replicas;
  }
  const mayHaveRuns = mayHaveOpenRuns(observed, version);
  if (live === undefined && !mayHaveRuns) return undefined;
  const had = live ?? previousOf(observed, version.buildID)?.replicas ?? 1;
  return mayHaveRuns ? Math.max(1, had) : had;
}

function mayHaveOpenRuns(observed: Observed, version: ObservedVersion): boolean {
  const { temporal, agent } = observed;
  if (temporal.kind === 'unknown') {
    return version.deployment !== undefined || wasCurrent(previousOf(observed, version.buildID));
  }
  // While an agent is being deleted, what serves is kept up until the end of the last run is confirmed: a run that has
  // not had its first task yet belongs to no version.
  return version.openRuns !== 0 || (agent.deleting && serves(observed, version.buildID));
}
