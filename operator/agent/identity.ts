import { defaultTaskQueue, FINALIZER } from '../../crds/v1alpha1/contract.ts';
import { durableAgentStatus, type DurableAgentStatus } from '../../crds/v1alpha1/durable-agent.ts';
import type { KubeObject } from '../kube/port.ts';

/** A DurableAgent as stored: its spec may be of another version of the CRD, so nothing of it is taken for granted. */
export interface AgentObject extends KubeObject {
  readonly spec?: unknown;
  readonly status?: unknown;
}

export interface AgentIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly deleting: boolean;
  readonly finalizers: readonly string[];
}

export function identityOf({ metadata }: AgentObject): AgentIdentity {
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    generation: metadata.generation ?? 0,
    deleting: metadata.deletionTimestamp !== undefined,
    finalizers: metadata.finalizers ?? [],
  };
}

export function holdsFinalizer(agent: AgentIdentity): boolean {
  return agent.finalizers.includes(FINALIZER);
}

/** The status this operator wrote last; empty when there is none or another operator's words do not parse. */
export function statusOf(object: AgentObject): DurableAgentStatus {
  const parsed = durableAgentStatus.safeParse(object.status ?? {});
  return parsed.success ? parsed.data : {};
}

export interface TemporalFields {
  readonly connectionName: string | undefined;
  /** spec.temporal.taskQueue, when set. */
  readonly customTaskQueue: string | undefined;
  readonly taskQueue: string;
}

/** Read without the parser: an agent whose spec is refused can still hold a task queue and must still be deletable. */
export function temporalFieldsOf(object: AgentObject): TemporalFields {
  const temporal = member(object.spec, 'temporal');
  const connectionName = member(member(temporal, 'connectionRef'), 'name');
  const custom = member(temporal, 'taskQueue');
  const customTaskQueue = typeof custom === 'string' ? custom : undefined;
  return {
    connectionName: typeof connectionName === 'string' ? connectionName : undefined,
    customTaskQueue,
    taskQueue: customTaskQueue ?? defaultTaskQueue(object.metadata.namespace ?? '', object.metadata.name),
  };
}

function member(value: unknown, name: string): unknown {
  return value !== null && typeof value === 'object' && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
