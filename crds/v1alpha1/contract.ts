import { GROUP } from './group.ts';

/**
 * What operator and worker agree on: labels, names, environment and paths. Changing a value here breaks workers that
 * an older operator started, so values are added, not changed.
 */

/** Field manager of every server-side apply of the operator. */
export const FIELD_MANAGER = 'durable-agents';

/** Keeps a DurableAgent until its runs have ended and its children are gone; keeps an AgentRun until its run is asked to stop. */
export const FINALIZER = `${GROUP}/finalizer`;

export const LABELS = {
  managedBy: 'app.kubernetes.io/managed-by',
  name: 'app.kubernetes.io/name',
  component: 'app.kubernetes.io/component',
  /** Name of the DurableAgent an object belongs to. */
  agent: `${GROUP}/agent`,
  /** Build ID of the version an object belongs to. */
  buildID: `${GROUP}/build-id`,
  /** Hash of a snapshot without its image: how a Pinned agent finds the image its version was made with. */
  behaviour: `${GROUP}/behaviour`,
} as const;

export const MANAGED_BY = 'durable-agents';

/** Environment of a worker container, set by the operator. */
export const WORKER_ENV = {
  namespace: 'DURABLE_AGENT_NAMESPACE',
  name: 'DURABLE_AGENT_NAME',
  buildID: 'DURABLE_AGENT_BUILD_ID',
  deploymentName: 'DURABLE_AGENT_DEPLOYMENT_NAME',
  taskQueue: 'DURABLE_AGENT_TASK_QUEUE',
  temporalAddress: 'DURABLE_AGENT_TEMPORAL_ADDRESS',
  temporalNamespace: 'DURABLE_AGENT_TEMPORAL_NAMESPACE',
  /** `true` to use TLS. Files in TEMPORAL_CREDENTIALS_DIRECTORY refine it. */
  temporalTLS: 'DURABLE_AGENT_TEMPORAL_TLS',
  temporalServerName: 'DURABLE_AGENT_TEMPORAL_SERVER_NAME',
  /** Milliseconds. */
  shutdownGracePeriod: 'DURABLE_AGENT_SHUTDOWN_GRACE_PERIOD_MS',
  maxActivities: 'DURABLE_AGENT_MAX_ACTIVITIES',
  maxWorkflowTasks: 'DURABLE_AGENT_MAX_WORKFLOW_TASKS',
} as const;

/** File the snapshot is mounted at, and its key in the ConfigMap. */
export const SNAPSHOT_KEY = 'snapshot.json';
export const SNAPSHOT_DIRECTORY = '/etc/durable-agent/snapshot';
export const SECRETS_DIRECTORY = '/etc/durable-agent/secrets';
/** Optional files: ca.crt, tls.crt, tls.key, api-key. */
export const TEMPORAL_CREDENTIALS_DIRECTORY = '/etc/durable-agent/temporal';
/** Writable (emptyDir). Beneath the package, so that a module tool finds `durable-agents` and `zod` by name. */
export const MODULES_DIRECTORY = '/app/modules';

/** Port of a worker's /healthz, /readyz and /metrics, and its name in the pod. */
export const WORKER_PORT = 9464;
export const WORKER_PORT_NAME = 'metrics';

/** Where the kubelet mounts one key of a Secret. The kubelet refreshes the file when the Secret changes. */
export function secretPath(reference: { readonly name: string; readonly key: string }): string {
  return `${SECRETS_DIRECTORY}/${reference.name}/${reference.key}`;
}

/** Task queue of an agent without one of its own. A Kubernetes namespace has no dots, so no two agents share it. */
export function defaultTaskQueue(namespace: string, name: string): string {
  return `${namespace}.${name}`;
}

/** Name of the Worker Deployment in Temporal. Neither part can hold an underscore; Temporal forbids `.` and `:` here. */
export function workerDeploymentName(namespace: string, name: string): string {
  return `${namespace}_${name}`;
}

/** Name of the Deployment and of the snapshot ConfigMap of a version. */
export function versionObjectName(agent: string, buildID: string): string {
  return `${agent}-${buildID}`;
}

/** Workflow ID of an AgentRun without one of its own: re-creating the resource gives another uid, so another run. */
export function defaultWorkflowID(run: {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}): string {
  return `${run.namespace}/${run.name}/${run.uid}`;
}
