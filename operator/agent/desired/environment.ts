import { workerDeploymentName, WORKER_ENV } from '../../../crds/v1alpha1/contract.ts';
import { milliseconds } from '../../../crds/v1alpha1/duration.ts';
import type { VersionInput } from './version-input.ts';

/** What one pod does at once when the spec does not say. */
const DEFAULT_ACTIVITIES = 50;
const DEFAULT_WORKFLOW_TASKS = 20;

/** Environment of the worker container: the contract with the worker first, then the user's own. */
export function environmentOf(input: VersionInput): readonly Readonly<Record<string, unknown>>[] {
  const { agent, buildID, taskQueue, worker, connection } = input;
  const ours: Readonly<Record<string, string | undefined>> = {
    [WORKER_ENV.namespace]: agent.namespace,
    [WORKER_ENV.name]: agent.name,
    [WORKER_ENV.buildID]: buildID,
    [WORKER_ENV.deploymentName]: workerDeploymentName(agent.namespace, agent.name),
    [WORKER_ENV.taskQueue]: taskQueue,
    [WORKER_ENV.temporalAddress]: connection.address,
    [WORKER_ENV.temporalNamespace]: connection.namespace,
    [WORKER_ENV.temporalTLS]: connection.tls ? 'true' : undefined,
    [WORKER_ENV.temporalServerName]: connection.serverName,
    [WORKER_ENV.shutdownGracePeriod]: String(milliseconds(worker.shutdownGracePeriod)),
    [WORKER_ENV.maxActivities]: String(worker.concurrency?.activities ?? DEFAULT_ACTIVITIES),
    [WORKER_ENV.maxWorkflowTasks]: String(worker.concurrency?.workflowTasks ?? DEFAULT_WORKFLOW_TASKS),
  };
  return [
    ...Object.entries(ours).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
    ...(worker.env ?? []),
  ];
}
