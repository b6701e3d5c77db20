/**
 * For tests of the planner: worlds to observe, and what the writes of a plan do to one. A model of two servers, good
 * enough to ask whether plans come to rest; that the servers do behave so is for the tests on a cluster.
 */
import type { DurableAgentSpec, DurableAgentStatus } from '../../crds/v1alpha1/durable-agent.ts';
import { LABELS } from '../../crds/v1alpha1/contract.ts';
import { parseDurableAgent } from '../../crds/v1alpha1/parse.ts';
import { CONFIG_MAPS, DEPLOYMENTS } from '../kube/resource-types.ts';
import type { Action } from './action.ts';
import { deployment } from './desired/deployment.ts';
import { podDisruptionBudget } from './desired/pod-disruption-budget.ts';
import { snapshotConfigMap } from './desired/snapshot-config-map.ts';
import type { DesiredObject } from './desired/desired-object.ts';
import type { AgentIdentity } from './identity.ts';
import { unseenVersion } from './observe/live-versions.ts';
import { targetOf, type Target } from './observe/target.ts';
import type { Observed, ObservedVersion } from './observed.ts';
import { sealed } from './plan/drift.ts';
import { worker as workerSchema } from '../../crds/v1alpha1/worker.ts';

export const IMAGE = 'registry.example/worker:1';
export const NOW = new Date('2026-11-21T12:00:00.000Z');
export const CONFIRMATION = { now: NOW, drainConfirmationMs: 60_000 };

export const agentIdentity: AgentIdentity = {
  namespace: 'shop',
  name: 'assistant',
  uid: 'agent-uid',
  resourceVersion: '7',
  generation: 3,
  deleting: false,
  finalizers: ['durableagents.dev/finalizer'],
};

export const connection = {
  address: 'temporal.temporal:7233',
  namespace: 'default',
  tls: false,
  serverName: undefined,
  credentials: [],
};

/** A spec as the parser gives it. Throws when the parser refuses it. */
export function specOf(spec: Readonly<Record<string, unknown>>): DurableAgentSpec {
  const parsed = parseDurableAgent({
    apiVersion: 'durableagents.dev/v1alpha1',
    kind: 'DurableAgent',
    metadata: { name: agentIdentity.name, namespace: agentIdentity.namespace },
    spec: { instructions: 'You help.', model: { name: 'gpt-test' }, ...spec },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.value.spec;
}

/** The version of a spec whose instructions are `instructions`. */
export function targetFor(instructions: string): Target {
  return targetOf({
    agent: agentIdentity,
    spec: specOf({ instructions }),
    text: () => undefined,
    known: [],
    preferredBuildID: undefined,
    defaultWorkerImage: IMAGE,
  });
}

/** What the API server has after `object` was applied: what was sent, a uid, and defaults nobody asked for. */
function stored<T extends DesiredObject>(object: T): T {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, uid: `uid-${object.kind}-${metadata.name}`, generation: 1 } };
}

export function liveSnapshot(target: Target) {
  const configMap = stored(sealed(snapshotConfigMap(agentIdentity, target)));
  return { snapshotMap: configMap, snapshot: target.snapshot };
}

export function liveWorkers(target: Target, replicas: number, agent = agentIdentity, worker = {}) {
  const owner = {
    name: `${agent.name}-${target.buildID}`,
    uid: `uid-ConfigMap-${agent.name}-${target.buildID}`,
  };
  const { buildID, snapshot } = target;
  return {
    deployment: stored(
      sealed(
        deployment({
          agent,
          buildID,
          snapshot,
          snapshotMap: owner,
          taskQueue: 'shop.assistant',
          worker: workerSchema.parse(worker),
          connection,
          revisions: [],
          replicas,
        }),
      ),
    ),
    budget: stored(sealed(podDisruptionBudget(agent, buildID, owner))),
  };
}

export function version(buildID: string, fields: Partial<ObservedVersion> = {}): ObservedVersion {
  return { ...unseenVersion(buildID), temporal: undefined, openRuns: undefined, ...fields };
}

export function observedWorld(fields: Partial<Observed> = {}): Observed {
  return {
    agent: agentIdentity,
    previous: {},
    taskQueue: 'shop.assistant',
    spec: specOf({}),
    violations: [],
    missing: [],
    connection,
    revisions: [],
    target: undefined,
    temporal: { kind: 'known', deployment: undefined, openRuns: 0, targetPolls: false },
    versions: [],
    pending: undefined,
    ...fields,
  };
}

/** The world after the writes of a plan, with nothing else happening but pods of a deleted Deployment going away. */
export function after(observed: Observed, actions: readonly Action[], status: DurableAgentStatus): Observed {
  return actions.reduce(step, { ...observed, previous: status });
}

function step(observed: Observed, action: Action): Observed {
  const { temporal } = observed;
  switch (action.kind) {
    case 'setFinalizers':
      return { ...observed, agent: { ...observed.agent, finalizers: action.finalizers } };
    case 'apply': {
      const buildID = action.object.metadata.labels?.[LABELS.buildID] ?? '';
      const object = stored(action.object);
      return withVersion(observed, buildID, (known) => ({
        ...known,
        ...(action.type === CONFIG_MAPS
          ? {
              snapshotMap: object,
              snapshot: buildID === observed.target?.buildID ? observed.target.snapshot : known.snapshot,
            }
          : action.type === DEPLOYMENTS
            ? { deployment: object }
            : { budget: object }),
      }));
    }
    case 'delete': {
      const found = observed.versions.find(({ buildID }) => action.name.endsWith(buildID))?.buildID ?? '';
      return withVersion(observed, found, (known) => ({
        ...known,
        ...(action.type === CONFIG_MAPS
          ? { snapshotMap: undefined, snapshot: undefined }
          : action.type === DEPLOYMENTS
            ? { deployment: undefined, workers: unseenVersion(found).workers }
            : { budget: undefined }),
      }));
    }
    case 'deleteTemporalVersion':
      return withVersion(observed, action.buildID, (known) => ({ ...known, temporal: undefined }));
    case 'setCurrentVersion':
    case 'deleteWorkerDeployment': {
      if (temporal.kind === 'unknown') throw new Error('a write to a Temporal that cannot be asked');
      const deploymentAfter =
        action.kind === 'setCurrentVersion' && temporal.deployment !== undefined
          ? { ...temporal.deployment, currentBuildID: action.buildID }
          : undefined;
      return { ...observed, temporal: { ...temporal, deployment: deploymentAfter } };
    }
  }
}

function withVersion(
  observed: Observed,
  buildID: string,
  change: (known: ObservedVersion) => ObservedVersion,
): Observed {
  const known =
    observed.versions.find((entry) => entry.buildID === buildID) ??
    version(buildID, observed.temporal.kind === 'known' ? { openRuns: 0 } : {});
  const versions = [...observed.versions.filter((entry) => entry.buildID !== buildID), change(known)]
    .filter((entry) => {
      const { snapshotMap, deployment: workers, budget, temporal } = entry;
      return [snapshotMap, workers, budget, temporal].some((trace) => trace !== undefined);
    })
    .toSorted((a, b) => (a.buildID < b.buildID ? -1 : 1));
  return { ...observed, versions };
}
