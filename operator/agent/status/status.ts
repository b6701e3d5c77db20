import { workerDeploymentName } from '../../../crds/v1alpha1/contract.ts';
import type { DurableAgentStatus } from '../../../crds/v1alpha1/durable-agent.ts';
import { conditionsFor } from './conditions.ts';
import { selectorText } from '../desired/labels.ts';
import type { Confirmation } from '../plan/emptiness.ts';
import type { Executed } from '../execute.ts';
import { currentBuildID, type Observed } from '../observed.ts';
import { versionStatuses } from './version-status.ts';

/** Longest list of versions in a status (the CRD's bound); Temporal keeps at most 100 too. */
const MAX_VERSIONS = 100;

/** The status after a pass: what was observed, moved on by what was done. Pure. */
export function statusFor(
  observed: Observed,
  executed: Executed,
  confirmation: Confirmation,
): DurableAgentStatus {
  const { agent, previous, target, temporal, pending, taskQueue } = observed;
  const current = currentAfter(observed, executed);
  const workers = observed.versions.find(({ buildID }) => buildID === target?.buildID)?.workers;
  const targetVersion = target?.buildID ?? previous.targetVersion;
  const queueIsOurs = !observed.violations.some(({ reason }) => QUEUE_REASONS.has(reason));
  return pruned({
    observedGeneration: agent.generation,
    // While the spec cannot be acted on, the last known counts stand.
    replicas: target === undefined ? previous.replicas : (workers?.running ?? 0),
    readyReplicas: target === undefined ? previous.readyReplicas : (workers?.ready ?? 0),
    selector: targetVersion === undefined ? undefined : selectorText(agent.name, targetVersion),
    taskQueue: queueIsOurs && observed.spec !== undefined ? taskQueue : previous.taskQueue,
    deploymentName: workerDeploymentName(agent.namespace, agent.name),
    currentVersion: current,
    targetVersion,
    versions: versionStatuses(observed, executed, current, confirmation.now).slice(0, MAX_VERSIONS),
    runs: temporal.kind === 'known' ? { open: temporal.openRuns } : previous.runs,
    pendingActivities: pending === undefined ? previous.pendingActivities : { ...pending },
    conditions: conditionsFor(observed, executed, current, confirmation),
  });
}

const QUEUE_REASONS: ReadonlySet<string> = new Set(['TaskQueueConflict', 'TaskQueueNotAllowed']);

function currentAfter(observed: Observed, { done }: Executed): string | undefined {
  const change = done.find((action) => action.kind === 'setCurrentVersion');
  return change?.buildID ?? currentBuildID(observed);
}

/** Without members that are undefined: a status is compared with, and sent as, JSON. */
function pruned(status: { readonly [K in keyof DurableAgentStatus]: DurableAgentStatus[K] | undefined }) {
  return Object.fromEntries(
    Object.entries(status).filter(([, value]) => value !== undefined),
  ) as DurableAgentStatus;
}
