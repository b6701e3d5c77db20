import { API_VERSION } from '../../crds/v1alpha1/group.ts';
import { LABELS } from '../../crds/v1alpha1/contract.ts';
import type { DurableAgentStatus } from '../../crds/v1alpha1/durable-agent.ts';
import { canonicalJSON } from '../../crds/v1alpha1/snapshot.ts';
import type { Outcome, Reconcile } from '../engine/reconciler.ts';
import { KubeError, type ObjectKey } from '../kube/port.ts';
import { CONFIG_MAPS, DURABLE_AGENTS } from '../kube/resource-types.ts';
import { eventsBetween } from './events.ts';
import { execute } from './execute.ts';
import { failureKind, namespaceIsGoing } from './failure.ts';
import { statusOf, type AgentIdentity, type AgentObject } from './identity.ts';
import { observe } from './observe/observe.ts';
import { planRelease } from './plan/plan-deletion.ts';
import { planFor } from './plan/plan.ts';
import type { AgentPorts } from './ports.ts';
import { requeueAfter } from './requeue.ts';
import { statusFor } from './status/status.ts';

/** One pass over one DurableAgent: observe, plan, execute, report. Level-based: the key says which, never what changed. */
export function makeReconcileAgent(ports: AgentPorts): Reconcile {
  const { kube, settings } = ports;

  return async function reconcileAgent(key, { signal }): Promise<Outcome> {
    const agent = await readAgent(ports, key);
    if (agent === undefined) return removeLeftovers(ports, key);

    // Every read happens here. An invalid spec or a missing Secret is a value inside `observed`, not an exception.
    const { observed, temporal } = await observe(ports, agent);
    const confirmation = { now: ports.now(), drainConfirmationMs: settings.drainConfirmationMs };

    // Server-side apply with one field manager, in plan order; stops at the first failure and says how far it got.
    const context = { kube, temporal, agent: observed.agent, signal };
    let executed = await execute(planFor(observed, confirmation), context);
    if (observed.agent.deleting && namespaceIsGoing(executed)) {
      executed = await execute(planRelease(observed), context);
    }

    if (observed.agent.deleting && executed.done.some(({ kind }) => kind === 'setFinalizers')) {
      return { kind: 'done' };
    }

    // Exactly one status write per pass, also when a write failed, and only when something changed.
    const before = statusOf(agent);
    const status = statusFor(observed, executed, confirmation);
    if (canonicalJSON(status) !== canonicalJSON(before)) {
      if (!(await writeStatus(ports, observed.agent, status)))
        return { kind: 'requeueAfter', milliseconds: 0 };
      for (const event of eventsBetween(before, status)) ports.events.emit(agent, event);
    }

    // What the conditions can tell is told there; the rest is the engine's: it backs off, and logs a bug.
    if (executed.failure !== undefined && failureKind(executed) === undefined) throw executed.failure.error;
    return {
      kind: 'requeueAfter',
      milliseconds: requeueAfter(observed, executed, status, { settings, now: confirmation.now }),
    };
  };
}

/** False: the agent was deleted and made again meanwhile. Its uid keeps the old one's status off the new one. */
async function writeStatus(
  { kube }: AgentPorts,
  { namespace, name, uid }: AgentIdentity,
  status: DurableAgentStatus,
): Promise<boolean> {
  try {
    await kube.applyStatus(DURABLE_AGENTS, {
      apiVersion: API_VERSION,
      kind: DURABLE_AGENTS.kind,
      metadata: { namespace, name, uid },
      status,
    });
    return true;
  } catch (error) {
    if (error instanceof KubeError && error.reason === 'Conflict') return false;
    throw error;
  }
}

/** Informers lag. Before anything is removed for good, the agent is read from the API server itself. */
async function readAgent({ stores, kube }: AgentPorts, key: ObjectKey): Promise<AgentObject | undefined> {
  const known = stores.agents.get(key);
  if (known === undefined) return undefined;
  const removalIsNear =
    known.metadata.deletionTimestamp !== undefined ||
    statusOf(known).versions?.some(({ emptySince }) => emptySince !== undefined) === true;
  return removalIsNear ? kube.get<AgentObject>(DURABLE_AGENTS, key) : known;
}

/**
 * Snapshots have no owner (see desired/owners.ts). Of an agent that went without its finalizer's leave they are removed
 * here, and the garbage collector follows with the workers, which they own.
 */
async function removeLeftovers({ stores, kube }: AgentPorts, key: ObjectKey): Promise<Outcome> {
  const leftovers = stores.configMaps
    .list(key.namespace)
    .filter(({ metadata }) => metadata.labels?.[LABELS.agent] === key.name);
  if (leftovers.length > 0 && (await kube.get(DURABLE_AGENTS, key)) === undefined) {
    for (const { metadata } of leftovers) {
      await kube.delete(CONFIG_MAPS, { ...key, name: metadata.name }, { uid: metadata.uid ?? '' });
    }
  }
  return { kind: 'done' };
}
