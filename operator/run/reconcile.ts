import { isDeepStrictEqual } from 'node:util';
import type { AgentRunStatus } from '../../crds/v1alpha1/agent-run.ts';
import { API_VERSION } from '../../crds/v1alpha1/group.ts';
import type { AgentRun } from '../../crds/v1alpha1/kinds.ts';
import type { AgentObject } from '../agent/identity.ts';
import type { Outcome, Reconcile, Store } from '../engine/reconciler.ts';
import { KubeError, type KubeClient, type ObjectKey } from '../kube/port.ts';
import { AGENT_RUNS } from '../kube/resource-types.ts';
import type { Emit } from '../telemetry/events.ts';
import { TemporalError } from '../temporal/port.ts';
import { executeRun, type ExecutedRun } from './execute.ts';
import { makeRunMemories, type RunMemory } from './memory.ts';
import { observeRun, type ObservePorts } from './observe.ts';
import { planRun, unavailableWait } from './plan.ts';
import { isCompleted, runStatus } from './status.ts';
import { runTransitions } from './transitions.ts';

export interface RunPorts extends ObservePorts {
  readonly kube: Pick<KubeClient, 'applyStatus' | 'setFinalizers' | 'delete'>;
  readonly stores: {
    readonly runs: Pick<Store<AgentRun>, 'get'>;
    readonly agents: Pick<Store<AgentObject>, 'get'>;
  };
  readonly emit: Emit;
  /** Told of every run that was handed to Temporal: the sampler looks at its agent at once. */
  readonly onRunStarted: (agent: ObjectKey) => void;
}

/** The object changed under the plan; the informer shows it in a moment. */
const CONFLICT_MS = 500;

/**
 * One pass over one AgentRun: observe, plan, execute, report. The run itself lives in Temporal; the resource starts it at
 * most once (its workflow ID comes from namespace, name and uid), shows it, answers it, cancels it.
 */
export function makeReconcileRun(ports: RunPorts): Reconcile {
  const { stores, kube, emit, now } = ports;
  const memories = makeRunMemories();

  return async (key) => {
    const name = `${key.namespace}/${key.name}`;
    const run = stores.runs.get(key);
    if (run === undefined) {
      memories.forget(name);
      return { kind: 'done' };
    }
    const memory = memories.of(name, run.metadata.uid ?? '');
    const agentKey = { namespace: key.namespace, name: run.spec.agentRef.name };
    const { observed, client } = await observeRun(ports, run, stores.agents.get(agentKey), memory);
    const plan = planRun(observed, now());
    const executed = await executeRun(kube, client, run, plan.actions);
    remember(memory, executed);

    const status = runStatus(observed, executed, now());
    if (!isDeepStrictEqual(status, observed.status)) {
      await writeStatus(ports, key, status);
      memory.written = { at: now().getTime(), status };
      for (const note of runTransitions(observed.status, status)) emit(run, note);
      if (isCompleted(status)) memory.known = undefined;
    }
    for (const [id, { outcome }] of executed.answers) {
      if (outcome.kind !== 'rejected') continue;
      emit(run, { type: 'Warning', reason: 'ResponseRejected', message: `${id}: ${outcome.message}` });
    }
    if (executed.failure === undefined && plan.actions.some(({ kind }) => kind === 'start'))
      ports.onRunStarted(agentKey);
    return outcomeOf(executed, plan.requeueAfter);
  };
}

/** Keys of the runs that an agent's change concerns: those that are not over. */
export function runsOfAgent(runs: Pick<Store<AgentRun>, 'list'>, agent: ObjectKey): readonly ObjectKey[] {
  return runs
    .list(agent.namespace)
    .filter(({ spec, status }) => spec.agentRef.name === agent.name && !isCompleted(status ?? {}))
    .map(({ metadata }) => ({ namespace: agent.namespace, name: metadata.name }));
}

function remember(memory: RunMemory, { answers, cancelAccepted }: ExecutedRun): void {
  if (cancelAccepted) memory.cancelSent = true;
  for (const [id, { answer, outcome }] of answers) {
    if (outcome.kind === 'rejected') memory.rejected.set(id, { answer, message: outcome.message });
    // The run has moved on; what it said before is not true any more.
    if (outcome.kind === 'accepted') memory.known = undefined;
  }
}

async function writeStatus(
  { kube }: RunPorts,
  { namespace, name }: ObjectKey,
  status: AgentRunStatus,
): Promise<void> {
  await kube.applyStatus(AGENT_RUNS, {
    apiVersion: API_VERSION,
    kind: AGENT_RUNS.kind,
    metadata: { name, namespace },
    status,
  });
}

function outcomeOf({ failure }: ExecutedRun, requeueAfter: number | undefined): Outcome {
  if (failure instanceof KubeError && failure.reason === 'Conflict') {
    return { kind: 'requeueAfter', milliseconds: CONFLICT_MS };
  }
  // Temporal's state is a condition of the run, not an error of the pass.
  if (failure instanceof TemporalError) {
    return { kind: 'requeueAfter', milliseconds: unavailableWait(failure.reason === 'Unreachable') };
  }
  if (failure !== undefined) throw failure;
  return requeueAfter === undefined ? { kind: 'done' } : { kind: 'requeueAfter', milliseconds: requeueAfter };
}
