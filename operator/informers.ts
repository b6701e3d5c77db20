import { LABELS, MANAGED_BY } from '../crds/v1alpha1/contract.ts';
import type { AgentRun, TemporalConnection } from '../crds/v1alpha1/kinds.ts';
import type { AgentObject } from './agent/identity.ts';
import type { ConfigMapObject, DeploymentObject, PodObject } from './agent/live-objects.ts';
import type { Clock } from './engine/clock.ts';
import { Informer, type OnChange } from './engine/informer.ts';
import { unionStore } from './engine/object-store.ts';
import type { Store } from './engine/reconciler.ts';
import type { KubeClient, KubeObject, ListOptions, ResourceType } from './kube/port.ts';
import {
  AGENT_RUNS,
  CONFIG_MAPS,
  DEPLOYMENTS,
  DURABLE_AGENTS,
  PODS,
  POD_DISRUPTION_BUDGETS,
  TEMPORAL_CONNECTIONS,
} from './kube/resource-types.ts';
import type { Log } from './telemetry/log.ts';

/** One kind over all watched namespaces. */
export interface Watched<T extends KubeObject> {
  readonly store: Store<T>;
  readonly onChange: (handler: OnChange<T>) => void;
  readonly informers: readonly Informer<T>[];
}

/** Everything the operator keeps in memory of Kubernetes. Secrets are not among it: they are read by name. */
export interface Informers {
  readonly agents: Watched<AgentObject>;
  readonly runs: Watched<AgentRun>;
  readonly connections: Watched<TemporalConnection>;
  /** Children of agents: only objects this operator made. */
  readonly deployments: Watched<DeploymentObject>;
  readonly configMaps: Watched<ConfigMapObject>;
  readonly pods: Watched<PodObject>;
  readonly podDisruptionBudgets: Watched<KubeObject>;
  /** Other people's ConfigMaps, metadata only: says that one changed, its content is read when an agent needs it. */
  readonly foreignConfigMaps: Watched<KubeObject>;
}

export interface InformerPorts {
  readonly kube: Pick<KubeClient, 'list' | 'watch'>;
  /** Empty: all namespaces, with one informer a kind; else one a kind and namespace, which needs no cluster-wide rights. */
  readonly namespaces: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

export function makeInformers(ports: InformerPorts): Informers {
  const ours = { labelSelector: `${LABELS.managedBy}=${MANAGED_BY}` };
  const foreign = { labelSelector: `${LABELS.managedBy}!=${MANAGED_BY}`, metadataOnly: true };
  return {
    agents: watched(ports, DURABLE_AGENTS, {}),
    runs: watched(ports, AGENT_RUNS, {}),
    connections: watched(ports, TEMPORAL_CONNECTIONS, {}),
    deployments: watched(ports, DEPLOYMENTS, ours),
    configMaps: watched(ports, CONFIG_MAPS, ours),
    pods: watched(ports, PODS, ours, withoutSpec),
    podDisruptionBudgets: watched(ports, POD_DISRUPTION_BUDGETS, ours),
    foreignConfigMaps: watched(ports, CONFIG_MAPS, foreign, nameAndVersion),
  };
}

export function allInformers(informers: Informers): readonly Informer<never>[] {
  return Object.values(informers).flatMap((kind: Watched<never>) => kind.informers);
}

function watched<T extends KubeObject>(
  { kube, namespaces, clock, log }: InformerPorts,
  type: ResourceType,
  select: ListOptions,
  project?: (object: T) => T,
): Watched<T> {
  const make = (namespace?: string): Informer<T> =>
    new Informer<T>({
      kube,
      type,
      select: namespace === undefined ? select : { ...select, namespace },
      ...(project === undefined ? {} : { project }),
      clock,
      random: Math.random,
      onTrouble: (error, retryInMs) =>
        log.warn('watch interrupted, listing again', {
          kind: type.kind,
          namespace,
          retryInMs: Math.round(retryInMs),
          error,
        }),
    });
  if (namespaces.length === 0) {
    const informer = make();
    return {
      store: informer.store,
      onChange: (handler) => informer.onChange(handler),
      informers: [informer],
    };
  }
  const informers = new Map(namespaces.map((namespace) => [namespace, make(namespace)]));
  return {
    store: unionStore(new Map([...informers].map(([namespace, { store }]) => [namespace, store]))),
    onChange: (handler) => {
      for (const informer of informers.values()) informer.onChange(handler);
    },
    informers: [...informers.values()],
  };
}

/** Of a pod only the status is read; its spec is most of it. */
function withoutSpec(pod: PodObject): PodObject {
  const { apiVersion, kind, metadata, status } = pod;
  return { apiVersion, kind, metadata, ...(status === undefined ? {} : { status }) };
}

function nameAndVersion({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  };
}
