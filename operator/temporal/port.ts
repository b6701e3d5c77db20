import type { RunInput, RunResult, RunState } from '../../crds/v1alpha1/run-protocol.ts';

/** What the operator needs of Temporal. No type of the SDK passes this line. */

/** Where and with what to connect; PEM and key are contents, never logged. Equal connections share one client. */
export interface ConnectionSettings {
  readonly address: string;
  readonly namespace: string;
  readonly tls?: {
    readonly serverName?: string;
    readonly ca?: string;
    readonly clientCert?: string;
    readonly clientKey?: string;
  };
  readonly apiKey?: string;
}

/** `reason` is a condition reason. Unreachable is to be retried; the others wait for a person. */
export class TemporalError extends Error {
  override readonly name = 'TemporalError';
  readonly reason:
    | 'Unreachable'
    | 'Unauthorized'
    | 'TemporalNamespaceNotFound'
    | 'VersioningUnsupported'
    | 'Conflict'
    | 'Refused';

  constructor(reason: TemporalError['reason'], message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.reason = reason;
  }
}

export interface ServerInfo {
  readonly serverVersion: string;
  readonly supportsVersioning: boolean;
}

export interface DeploymentVersion {
  readonly buildID: string;
  /** Temporal's drainage of the version. `Unspecified` is not `Drained`: temporal-worker-controller issue 573. */
  readonly drainage: 'Unspecified' | 'Draining' | 'Drained';
}

export interface WorkerDeployment {
  /** undefined: none is current, runs wait. */
  readonly currentBuildID: string | undefined;
  readonly rampingBuildID: string | undefined;
  readonly versions: readonly DeploymentVersion[];
  /** Opaque; Temporal refuses a change made on an outdated one. */
  readonly conflictToken: Uint8Array;
}

export type RunStatus = 'Running' | 'Completed' | 'Failed' | 'Canceled' | 'Terminated' | 'TimedOut';

export interface RunDescription {
  readonly workflowID: string;
  /** Run ID of the latest run of the chain. */
  readonly runID: string;
  readonly workflowType: string;
  readonly taskQueue: string;
  readonly status: RunStatus;
  readonly startTime: Date;
  readonly closeTime: Date | undefined;
  /** Events in the history: equal numbers of the same run ID mean that nothing has happened in between. */
  readonly historyLength: number;
  /** Build ID the run is pinned to; undefined before its first workflow task. */
  readonly buildID: string | undefined;
  readonly pendingActivities: readonly PendingActivity[];
}

export interface PendingActivity {
  /** Activity type: the tool's name, or the model call. */
  readonly name: string;
  readonly state: 'scheduled' | 'started' | 'backing_off';
  /** From 1. */
  readonly attempt: number;
}

export interface OpenRun {
  readonly workflowID: string;
  readonly runID: string;
}

export type RunOutcome =
  | { readonly kind: 'completed'; readonly result: RunResult }
  /** `type`: of the ApplicationFailure, else Temporal's kind of failure without the word: Canceled, Timeout… */
  | { readonly kind: 'failed'; readonly type: string; readonly message: string };

export type AnswerOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected'; readonly message: string }
  | { readonly kind: 'unanswered' };

/** Every call fails with a TemporalError. Calls have deadlines of at most 10 s. */
export interface TemporalClient {
  serverInfo(): Promise<ServerInfo>;
  /** undefined: no worker of this deployment has ever polled. */
  describeWorkerDeployment(deploymentName: string): Promise<WorkerDeployment | undefined>;
  /** True once workers of the version poll `taskQueue` for workflow tasks AND for activity tasks. */
  hasPollers(query: {
    readonly deploymentName: string;
    readonly buildID: string;
    readonly taskQueue: string;
  }): Promise<boolean>;
  /** TemporalError 'Conflict' when `conflictToken` is outdated. */
  setCurrentVersion(change: {
    readonly deploymentName: string;
    readonly buildID: string;
    readonly conflictToken: Uint8Array;
  }): Promise<void>;
  /**
   * Forgets a drained version without pollers. Gone is fine; TemporalError 'Refused' while it is not drained or still
   * has pollers. Temporal remembers a poller for 5 minutes (1.29), so removal follows the last worker by that much.
   */
  deleteVersion(version: { readonly deploymentName: string; readonly buildID: string }): Promise<void>;
  /**
   * Forgets the deployment: no version is current any more and each version is deleted, drained or not. Gone is fine;
   * TemporalError 'Refused' while a version still has pollers, by Temporal's memory of the last 5 minutes.
   */
  deleteWorkerDeployment(deploymentName: string): Promise<void>;
  /** Open runs of one version, by visibility: eventually consistent. */
  countOpenRunsOfVersion(version: {
    readonly deploymentName: string;
    readonly buildID: string;
  }): Promise<number>;
  /** Open runs on the task queue, whatever their version, those without one included. */
  countOpenRuns(taskQueue: string): Promise<number>;
  /** At most `limit` open runs on the task queue, newest first (what every visibility store does without ORDER BY). */
  listOpenRuns(taskQueue: string, limit: number): Promise<readonly OpenRun[]>;
  /** Tasks waiting in the queue for a worker, workflow and activity tasks. */
  taskQueueBacklog(taskQueue: string): Promise<{ readonly workflow: number; readonly activity: number }>;
  /**
   * Starts a run, or finds the one that has the ID: open or closed, it is never started twice. A lost reply and a
   * second call are fine.
   */
  startRun(run: {
    readonly workflowID: string;
    readonly taskQueue: string;
    readonly input: RunInput;
    readonly summary?: string;
  }): Promise<void>;
  /** undefined: there is no such run, or its retention has passed. */
  describeRun(workflowID: string): Promise<RunDescription | undefined>;
  /** Result of a closed run. */
  runResult(workflowID: string, runID: string): Promise<RunOutcome>;
  /** The run's own account of itself; undefined when no worker answers in time. */
  queryState(workflowID: string): Promise<RunState | undefined>;
  /**
   * Sends an answer, deduplicated by question id and answer. 'rejected' when the run refuses it (unknown id, already
   * answered otherwise, or it is over); 'unanswered' when no worker took it in time: send it again.
   */
  answer(workflowID: string, input: { readonly id: string; readonly answer: string }): Promise<AnswerOutcome>;
  /** Asks the run to stop. No error when it is over. */
  cancelRun(workflowID: string): Promise<void>;
}

/** Hands out one client per distinct settings and closes those not used for a while. */
export interface TemporalClients {
  for(settings: ConnectionSettings): TemporalClient;
  close(): Promise<void>;
}
