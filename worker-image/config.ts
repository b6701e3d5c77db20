/** What a worker is told by the operator, read from its environment once, all problems reported together. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import {
  MODULES_DIRECTORY,
  SNAPSHOT_DIRECTORY,
  TEMPORAL_CREDENTIALS_DIRECTORY,
  WORKER_ENV,
  WORKER_PORT,
} from '../crds/v1alpha1/contract.ts';

/** Path of the workflow bundle in a checkout and in the image; `npm run build` makes it. */
export const WORKFLOW_BUNDLE = fileURLToPath(new URL('../dist/workflow-bundle.js', import.meta.url));

/** The kubelet reads it when the container has ended; the operator shows it in a condition. */
const TERMINATION_LOG = '/dev/termination-log';

export interface WorkerConfig {
  readonly namespace: string;
  readonly agent: string;
  readonly buildID: string;
  readonly deploymentName: string;
  readonly taskQueue: string;
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    readonly tls: boolean;
    readonly serverName?: string;
    /** Optional files: ca.crt, tls.crt, tls.key, api-key. */
    readonly credentialsDirectory: string;
  };
  /** Milliseconds running steps get to finish after SIGTERM. */
  readonly shutdownGracePeriod: number;
  readonly maxActivities: number;
  readonly maxWorkflowTasks: number;
  readonly snapshotDirectory: string;
  readonly modulesDirectory: string;
  readonly workflowBundle: string;
  readonly port: number;
  readonly terminationLog: string;
}

const text = z.string({ error: 'is missing' }).min(1, 'is empty');
const count = (minimum: number) =>
  z.coerce.number('must be a number').int('must be a whole number').min(minimum);

const environment = z.object({
  [WORKER_ENV.namespace]: text,
  [WORKER_ENV.name]: text,
  [WORKER_ENV.buildID]: text,
  [WORKER_ENV.deploymentName]: text,
  [WORKER_ENV.taskQueue]: text,
  [WORKER_ENV.temporalAddress]: text,
  [WORKER_ENV.temporalNamespace]: text,
  [WORKER_ENV.temporalTLS]: z.enum(['true', 'false', ''], 'must be true or false').default('false'),
  [WORKER_ENV.temporalServerName]: z.string().default(''),
  [WORKER_ENV.shutdownGracePeriod]: count(0),
  [WORKER_ENV.maxActivities]: count(1),
  // The SDK refuses to cache workflows with fewer than two.
  [WORKER_ENV.maxWorkflowTasks]: count(2),
});

/** Throws an Error that names every variable that is missing or wrong. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): WorkerConfig {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new Error(`The environment of this worker is not what the operator sets: ${problems.join('; ')}.`);
  }
  const values = parsed.data;
  const serverName = values[WORKER_ENV.temporalServerName];
  return {
    namespace: values[WORKER_ENV.namespace],
    agent: values[WORKER_ENV.name],
    buildID: values[WORKER_ENV.buildID],
    deploymentName: values[WORKER_ENV.deploymentName],
    taskQueue: values[WORKER_ENV.taskQueue],
    temporal: {
      address: values[WORKER_ENV.temporalAddress],
      namespace: values[WORKER_ENV.temporalNamespace],
      tls: values[WORKER_ENV.temporalTLS] === 'true',
      ...(serverName === '' ? {} : { serverName }),
      credentialsDirectory: TEMPORAL_CREDENTIALS_DIRECTORY,
    },
    shutdownGracePeriod: values[WORKER_ENV.shutdownGracePeriod],
    maxActivities: values[WORKER_ENV.maxActivities],
    maxWorkflowTasks: values[WORKER_ENV.maxWorkflowTasks],
    snapshotDirectory: SNAPSHOT_DIRECTORY,
    modulesDirectory: MODULES_DIRECTORY,
    workflowBundle: WORKFLOW_BUNDLE,
    port: WORKER_PORT,
    terminationLog: TERMINATION_LOG,
  };
}
