import { z } from 'zod';

/**
 * Condition types and reasons are API: people wait on them (`kubectl wait --for=condition=Ready`) and alert on them.
 * A reason is added, never renamed. Shape: https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties
 */
export const condition = z.strictObject({
  type: z.string().max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  observedGeneration: z.int().min(0).optional(),
  lastTransitionTime: z.iso.datetime({ offset: true }),
  reason: z
    .string()
    .max(1024)
    .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/),
  message: z.string().max(32_768),
});
export type Condition = z.infer<typeof condition>;

export const conditions = z
  .array(condition)
  .max(32)
  .meta({
    description: 'The latest observations of the state of this resource.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  });

/** Condition types of a DurableAgent. */
export const AGENT_CONDITIONS = [
  /** The current version is the one the spec asks for, and its workers poll. */
  'Ready',
  /** The spec can be run: everything the CRD cannot check holds too. */
  'SpecValid',
  /** Every ConfigMap, Secret and connection the spec names is there. */
  'ReferencesResolved',
  /** The operator reaches Temporal for this agent. */
  'TemporalConnected',
  /** Workers of the target version are ready. */
  'WorkersAvailable',
  /** A new version is on its way to become current, or an old one is draining. */
  'Progressing',
  /** Something needs a person's attention, although runs may still go on. */
  'Degraded',
] as const;
export type AgentConditionType = (typeof AGENT_CONDITIONS)[number];

/** Reasons of the conditions of a DurableAgent, by meaning. */
export const AGENT_REASONS = {
  /** Ready: the current version serves. */
  Serving: 'Serving',
  /** SpecValid: nothing to object to. */
  Valid: 'Valid',
  /** SpecValid=False: a field breaks a rule that only the operator can check; the message names the field. */
  InvalidSpec: 'InvalidSpec',
  /** SpecValid=False: instructions, schemas and modules together are larger than a snapshot may be. */
  SpecTooLarge: 'SpecTooLarge',
  /** SpecValid=False: another agent already uses the task queue. */
  TaskQueueConflict: 'TaskQueueConflict',
  /** SpecValid=False: a task queue of its own must begin with the namespace and a dot. */
  TaskQueueNotAllowed: 'TaskQueueNotAllowed',
  /** ReferencesResolved: everything named is there. */
  Resolved: 'Resolved',
  /** ReferencesResolved=False: a ConfigMap the spec names is not there. */
  ConfigMapNotFound: 'ConfigMapNotFound',
  /** ReferencesResolved=False: the ConfigMap is there, the key is not. */
  ConfigMapKeyNotFound: 'ConfigMapKeyNotFound',
  /** ReferencesResolved=False: a Secret the spec names is not there. */
  SecretNotFound: 'SecretNotFound',
  /** ReferencesResolved=False: the Secret is there, the key is not. */
  SecretKeyNotFound: 'SecretKeyNotFound',
  /** ReferencesResolved=False: spec.temporal.connectionRef names no TemporalConnection of this namespace. */
  ConnectionNotFound: 'ConnectionNotFound',
  /** TemporalConnected: calls succeed. */
  Connected: 'Connected',
  /** TemporalConnected=False: no answer. Nothing is scaled down or removed meanwhile. */
  Unreachable: 'Unreachable',
  /** TemporalConnected=False: the Temporal namespace does not exist. */
  TemporalNamespaceNotFound: 'TemporalNamespaceNotFound',
  /** TemporalConnected=False: credentials are refused. */
  Unauthorized: 'Unauthorized',
  /** TemporalConnected=False: the server is older than 1.28 or has worker versioning switched off. */
  VersioningUnsupported: 'VersioningUnsupported',
  /** WorkersAvailable: at least one worker of the target version is ready. */
  WorkersReady: 'WorkersReady',
  /** WorkersAvailable=False: pods are starting. */
  WorkersStarting: 'WorkersStarting',
  /** WorkersAvailable=False: a worker says why it cannot serve this version (a module that does not compile, say). */
  WorkerFailed: 'WorkerFailed',
  /** WorkersAvailable=False: the image cannot be pulled. */
  ImagePullFailed: 'ImagePullFailed',
  /** WorkersAvailable=False: spec.worker.replicas is 0. */
  ScaledToZero: 'ScaledToZero',
  /** Progressing=True: workers of the target version are ready; waiting for Temporal to see them poll. */
  WaitingForPollers: 'WaitingForPollers',
  /** Progressing=True: older versions still have open runs. */
  Draining: 'Draining',
  /** Progressing=False: nothing is under way. */
  Complete: 'Complete',
  /** Progressing=True, Ready=False: the resource is being deleted and waits for its runs to end. */
  DrainingForDeletion: 'DrainingForDeletion',
  /** Degraded=True: the API server refuses objects of the agent (quota, pod security, a policy); the message says why. */
  ObjectsRefused: 'ObjectsRefused',
  /** Degraded=True: a version with open runs has lost its snapshot ConfigMap; workers that stop cannot be replaced. */
  SnapshotLost: 'SnapshotLost',
  /** Degraded=False: nothing needs attention. */
  AsExpected: 'AsExpected',
  /** Unknown: an earlier condition must hold first. */
  Blocked: 'Blocked',
} as const;
export type AgentReason = (typeof AGENT_REASONS)[keyof typeof AGENT_REASONS];

/** Condition types of an AgentRun. */
export const RUN_CONDITIONS = [
  /** The run exists in Temporal. */
  'Started',
  /** The run is over; the reason says how. */
  'Completed',
  /** The run waits for a person. */
  'Waiting',
] as const;
export type RunConditionType = (typeof RUN_CONDITIONS)[number];

export const RUN_REASONS = {
  /** Started=True: the run exists in Temporal. */
  Running: 'Running',
  /** Started=False: the agent does not exist (yet). */
  AgentNotFound: 'AgentNotFound',
  /** Started=False: the agent is being deleted and takes no new runs. */
  AgentDeleting: 'AgentDeleting',
  /** Started=False: the agent has not been reconciled to a task queue yet, or its spec is invalid. */
  AgentNotReady: 'AgentNotReady',
  /** Started=Unknown or stale: Temporal cannot be reached; the run itself goes on. */
  TemporalUnreachable: 'TemporalUnreachable',
  /** Started=False: spec.workflowID names a workflow that is no run of this agent. */
  WorkflowMismatch: 'WorkflowMismatch',
  /** Completed=True: status.output has the answer. */
  Succeeded: 'Succeeded',
  /** Completed=True: status.failure says why. */
  Failed: 'Failed',
  /** Completed=True: the run was asked to stop, and did. */
  Canceled: 'Canceled',
  /** Completed=True: somebody terminated the workflow in Temporal. */
  Terminated: 'Terminated',
  /** Completed=True: the workflow ran out of the time Temporal was given for it. */
  TimedOut: 'TimedOut',
  /** Completed=True: Temporal no longer knows the run; its retention has passed. */
  HistoryGone: 'HistoryGone',
  /** Waiting=True: a tool asks a person; status.waiting has the question. */
  QuestionPending: 'QuestionPending',
  /** Waiting=False: no question is open. */
  NotWaiting: 'NotWaiting',
} as const;
export type RunReason = (typeof RUN_REASONS)[keyof typeof RUN_REASONS];

/** Condition types of a TemporalConnection. */
export const CONNECTION_CONDITIONS = [
  /** The server answers with these credentials, and the namespace exists. */
  'Ready',
  /** The server is new enough for worker deployment versions. */
  'Compatible',
] as const;

export const CONNECTION_REASONS = {
  /** Ready=True: the server answers with these credentials. */
  Connected: 'Connected',
  /** Ready=False: no answer; tried again with backoff. */
  Unreachable: 'Unreachable',
  /** Ready=False: the server refuses the credentials. */
  Unauthorized: 'Unauthorized',
  /** Ready=False: the server has no namespace of this name. */
  TemporalNamespaceNotFound: 'TemporalNamespaceNotFound',
  /** Ready=False: a Secret the connection names is not there. */
  SecretNotFound: 'SecretNotFound',
  /** Ready=False: the Secret is there, the key is not. */
  SecretKeyNotFound: 'SecretKeyNotFound',
  /** Compatible=True. */
  VersioningSupported: 'VersioningSupported',
  /** Compatible=False: the server is older than 1.28 or has worker versioning switched off. */
  VersioningUnsupported: 'VersioningUnsupported',
  /** Compatible=Unknown: the server has not been asked yet. */
  Unknown: 'Unknown',
} as const;
export type ConnectionReason = (typeof CONNECTION_REASONS)[keyof typeof CONNECTION_REASONS];
