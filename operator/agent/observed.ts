import type { AgentReason } from '../../crds/v1alpha1/conditions.ts';
import type { DurableAgentSpec, DurableAgentStatus } from '../../crds/v1alpha1/durable-agent.ts';
import type { Snapshot } from '../../crds/v1alpha1/snapshot.ts';
import type { KubeObject } from '../kube/port.ts';
import type { DeploymentVersion, WorkerDeployment } from '../temporal/port.ts';
import type { WorkerConnection } from './observe/connection.ts';
import type { AgentIdentity } from './identity.ts';
import type { ConfigMapObject, DeploymentObject } from './live-objects.ts';
import type { WorkerHealth } from './observe/pod-health.ts';
import type { MissingReference } from './observe/resolve-references.ts';
import type { Target } from './observe/target.ts';

/** Everything one pass knows. What is wrong with the world is a value in here, not an exception. */
export interface Observed {
  readonly agent: AgentIdentity;
  /** The status written last. */
  readonly previous: DurableAgentStatus;
  readonly taskQueue: string;
  /** undefined: the parser refused it (then `violations` says why). */
  readonly spec: DurableAgentSpec | undefined;
  readonly violations: readonly Violation[];
  readonly missing: readonly MissingReference[];
  /** undefined: a reference on the way to Temporal is missing. */
  readonly connection: WorkerConnection | undefined;
  /** As VersionInput.revisions. */
  readonly revisions: readonly string[];
  /** undefined: the spec is invalid or a reference is missing. Running versions are left alone then. */
  readonly target: Target | undefined;
  readonly temporal: TemporalView;
  /** Every version there is a trace of, in Kubernetes or in Temporal, sorted by build ID. */
  readonly versions: readonly ObservedVersion[];
  readonly pending:
    | { readonly total: number; readonly retrying: number; readonly maxAttempt: number }
    | undefined;
}

/** A rule the spec breaks that only the operator can check. */
export interface Violation {
  readonly reason: AgentReason;
  /** Begins with the field's path. */
  readonly message: string;
}

export type TemporalView =
  /** Not asked or no answer: nothing may be concluded, nothing taken away. */
  | { readonly kind: 'unknown'; readonly reason: AgentReason; readonly message: string }
  | {
      readonly kind: 'known';
      /** undefined: no worker of this agent has ever polled. */
      readonly deployment: WorkerDeployment | undefined;
      /** Open runs on the task queue, whatever their version. */
      readonly openRuns: number;
      /** Workers of the target version poll for both kinds of tasks. Asked only when they might. */
      readonly targetPolls: boolean;
    };

export interface ObservedVersion {
  readonly buildID: string;
  readonly snapshotMap: ConfigMapObject | undefined;
  /** Content of the snapshot ConfigMap, when its hash is right. */
  readonly snapshot: Snapshot | undefined;
  readonly deployment: DeploymentObject | undefined;
  readonly budget: KubeObject | undefined;
  readonly workers: WorkerHealth;
  /** undefined: Temporal does not know the version, or could not be asked. */
  readonly temporal: DeploymentVersion | undefined;
  /** Open runs pinned to the version; undefined: could not be asked. */
  readonly openRuns: number | undefined;
}

/** Build ID new runs start on: Temporal's word, or its last one while it cannot be asked. */
export function currentBuildID(observed: Observed): string | undefined {
  return observed.temporal.kind === 'known'
    ? observed.temporal.deployment?.currentBuildID
    : observed.previous.currentVersion;
}
