import type { Snapshot } from '../../../crds/v1alpha1/snapshot.ts';
import type { Worker } from '../../../crds/v1alpha1/worker.ts';
import type { WorkerConnection } from '../observe/connection.ts';
import type { AgentIdentity } from '../identity.ts';

/**
 * What the Deployment of a version is made of. Behaviour comes from the snapshot, so that an old version keeps its own;
 * infrastructure comes from the spec as it is now, so that it rolls out in place for old versions too.
 */
export interface VersionInput {
  readonly agent: AgentIdentity;
  readonly buildID: string;
  readonly snapshot: Snapshot;
  /** The ConfigMap that holds the snapshot. */
  readonly snapshotMap: { readonly name: string; readonly uid: string };
  readonly taskQueue: string;
  readonly worker: Worker;
  readonly connection: WorkerConnection;
  /** Of everything pods read only when they start. Another value rolls the pods. */
  readonly revisions: readonly string[];
  readonly replicas: number;
}
