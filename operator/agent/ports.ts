import type { TemporalConnection } from '../../crds/v1alpha1/kinds.ts';
import type { Store } from '../engine/reconciler.ts';
import type { KubeClient, KubeObject, ObjectKey } from '../kube/port.ts';
import type { ConnectionSettings, TemporalClients } from '../temporal/port.ts';
import type { AgentObject } from './identity.ts';
import type { ConfigMapObject, DeploymentObject, PodObject } from './live-objects.ts';

/** What the reconciler of DurableAgents is given. Nothing else reaches the world outside. */
export interface AgentPorts {
  readonly kube: KubeClient;
  readonly stores: AgentStores;
  readonly temporal: TemporalClients;
  readonly events: AgentEvents;
  readonly samples: AgentSamples;
  readonly settings: AgentSettings;
  readonly now: () => Date;
}

/** Children are read from informers that hold only objects with the label `managed-by: durable-agents`. */
export interface AgentStores {
  readonly agents: Store<AgentObject>;
  readonly deployments: Store<DeploymentObject>;
  readonly configMaps: Store<ConfigMapObject>;
  readonly pods: Store<PodObject>;
  readonly podDisruptionBudgets: Store<KubeObject>;
  readonly connections: Store<TemporalConnection>;
}

/** Something a person reading `kubectl describe` should know. `reason` is CamelCase, `message` holds no secrets. */
export interface AgentEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface AgentEvents {
  /** Best effort: never throws, never waits. */
  emit(object: KubeObject, event: AgentEvent): void;
}

/** What the sampler saw last of the open runs of an agent; undefined before its first look. */
export interface AgentSamples {
  latest(agent: ObjectKey):
    | {
        readonly open: number;
        readonly pending: { readonly total: number; readonly retrying: number; readonly maxAttempt: number };
      }
    | undefined;
}

export interface AgentSettings {
  /** Image of agents without `spec.worker.image`. */
  readonly defaultWorkerImage: string;
  /**
   * Temporal of agents without a connectionRef. Workers get address, namespace and TLS switch of it, never its
   * credentials: those live in the operator's namespace. A Temporal that asks for some needs a TemporalConnection.
   */
  readonly defaultTemporal: ConnectionSettings;
  /** How far apart the two observations must be that agree on a version being empty. */
  readonly drainConfirmationMs: number;
  /** How often a settled agent is looked at. */
  readonly resyncMs: number;
}
