import { LABELS } from '../crds/v1alpha1/contract.ts';
import { statusOf, temporalFieldsOf, type AgentObject } from './agent/identity.ts';
import { sleep, type Clock } from './engine/clock.ts';
import { sourceOf, type AnySource } from './engine/controller.ts';
import type { Store } from './engine/reconciler.ts';
import type { Informers } from './informers.ts';
import type { KubeObject, ObjectKey } from './kube/port.ts';
import { runsOfAgent } from './run/reconcile.ts';
import type { Sampler } from './sampler/sampler.ts';

/** Who has to look again when something changes: the level-based answer to "what could this concern". */

export function agentSources(informers: Informers): readonly AnySource[] {
  const { agents, connections, foreignConfigMaps, deployments, configMaps, pods, podDisruptionBudgets } =
    informers;
  const inNamespaceOf = (object: KubeObject): readonly AgentObject[] =>
    agents.store.list(object.metadata.namespace ?? '');
  return [
    sourceOf({
      informer: agents,
      // An agent may have waited for the task queue that another one gives back.
      keysFor: (agent) => {
        const { taskQueue } = temporalFieldsOf(agent);
        const rivals = inNamespaceOf(agent).filter(
          (other) => temporalFieldsOf(other).customTaskQueue === taskQueue,
        );
        return [keyOf(agent), ...rivals.map(keyOf)];
      },
    }),
    sourceOf({ informer: deployments, keysFor: owner }),
    sourceOf({ informer: configMaps, keysFor: owner }),
    sourceOf({ informer: pods, keysFor: owner }),
    sourceOf({ informer: podDisruptionBudgets, keysFor: owner }),
    sourceOf({
      informer: connections,
      keysFor: (connection) =>
        inNamespaceOf(connection)
          .filter((agent) => temporalFieldsOf(agent).connectionName === connection.metadata.name)
          .map(keyOf),
    }),
    sourceOf({
      informer: foreignConfigMaps,
      keysFor: (configMap) =>
        inNamespaceOf(configMap)
          .filter((agent) => configMapsOf(agent).has(configMap.metadata.name))
          .map(keyOf),
    }),
  ];
}

/**
 * Anybody may start a run without a word to Kubernetes. The sampler notices within seconds, and an agent whose status
 * says idle when it is not, or the other way round, gets a pass.
 */
export function sampleSource(input: {
  readonly agents: Store<AgentObject>;
  readonly sampler: Pick<Sampler, 'latest'>;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}): AnySource {
  const { agents, sampler, clock, intervalMs, signal } = input;
  const loop = async (enqueue: (key: ObjectKey) => void): Promise<void> => {
    while (!signal.aborted) {
      for (const agent of agents.list()) {
        const sample = sampler.latest(keyOf(agent));
        const shown = statusOf(agent).runs?.open ?? 0;
        if (sample !== undefined && sample.open > 0 !== shown > 0) enqueue(keyOf(agent));
      }
      await sleep(clock, intervalMs, signal);
    }
  };
  return (enqueue) => void loop(enqueue);
}

export function runSources({ runs, agents }: Informers): readonly AnySource[] {
  return [
    sourceOf({ informer: runs, keysFor: (run) => [keyOf(run)] }),
    // An agent's status changes every few seconds; its runs gain from the news only when they may start or must not.
    (enqueue) =>
      agents.onChange((key, before, after) => {
        if (newsForRuns(before) !== newsForRuns(after)) runsOfAgent(runs.store, key).forEach(enqueue);
      }),
  ];
}

export function connectionSources({ connections }: Informers): readonly AnySource[] {
  return [sourceOf({ informer: connections, keysFor: (connection) => [keyOf(connection)] })];
}

function newsForRuns(agent: AgentObject | undefined): string {
  if (agent === undefined) return '';
  const { uid, generation, deletionTimestamp } = agent.metadata;
  return JSON.stringify([uid, generation, deletionTimestamp, statusOf(agent).taskQueue]);
}

function keyOf({
  metadata,
}: {
  readonly metadata: { readonly namespace?: string; readonly name: string };
}): ObjectKey {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}

function owner({ metadata }: KubeObject): readonly ObjectKey[] {
  const name = metadata.labels?.[LABELS.agent];
  return name === undefined ? [] : [{ namespace: metadata.namespace ?? '', name }];
}

const named = new WeakMap<AgentObject, ReadonlySet<string>>();

/**
 * Names of the ConfigMaps a spec refers to, wherever it does. By shape and not by the parser: an agent whose spec does
 * not parse is cheap too, and a new field with a reference needs no line here.
 */
export function configMapsOf(agent: AgentObject): ReadonlySet<string> {
  const known = named.get(agent);
  if (known !== undefined) return known;
  const names = new Set<string>();
  collect(agent.spec, names);
  named.set(agent, names);
  return names;
}

function collect(value: unknown, names: Set<string>): void {
  if (value === null || typeof value !== 'object') return;
  for (const [field, entry] of Object.entries(value)) {
    if (field === 'configMapKeyRef' && entry !== null && typeof entry === 'object' && 'name' in entry) {
      names.add(String(entry.name));
    } else collect(entry, names);
  }
}
