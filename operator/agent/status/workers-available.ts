import { blocked, type Judged, type Verdict } from './verdict.ts';
import type { ObservedVersion } from '../observed.ts';

/** Condition WorkersAvailable: the pods of the target version. */
export function workersAvailable({ observed }: Judged): Verdict {
  const { target, spec } = observed;
  if (target === undefined)
    return blocked('the spec cannot be acted on: see SpecValid and ReferencesResolved');
  const version = observed.versions.find(({ buildID }) => buildID === target.buildID);
  const ready = version?.workers.ready ?? 0;
  if (ready > 0) {
    const running = version?.workers.running ?? 0;
    return { status: 'True', reason: 'WorkersReady', message: `${ready} of ${running} workers are ready` };
  }
  if (spec?.worker?.replicas === 0) {
    return {
      status: 'False',
      reason: 'ScaledToZero',
      message: 'spec.worker.replicas is 0: runs wait until there are workers',
    };
  }
  const problem = version?.workers.problem;
  if (problem !== undefined) return { status: 'False', reason: problem.reason, message: problem.message };
  const obstacle = version === undefined ? undefined : podsRefused(version);
  return {
    status: 'False',
    reason: 'WorkersStarting',
    message: obstacle ?? `workers of version ${target.buildID} are starting`,
  };
}

/** Why the API server creates no pods (quota, pod security, a webhook): only the Deployment says so, there is no pod. */
export function podsRefused({ deployment }: ObservedVersion): string | undefined {
  const failed = deployment?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
  return failed?.status === 'True'
    ? `pods cannot be created: ${failed.message ?? 'no reason given'}`
    : undefined;
}
