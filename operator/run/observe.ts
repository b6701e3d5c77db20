import { defaultWorkflowID, FINALIZER } from '../../crds/v1alpha1/contract.ts';
import type { AgentRun } from '../../crds/v1alpha1/kinds.ts';
import { WORKFLOW_TYPE, type RunState } from '../../crds/v1alpha1/run-protocol.ts';
import { statusOf, temporalFieldsOf, type AgentObject } from '../agent/identity.ts';
import { findCondition } from '../connection/condition.ts';
import type { ResolveConnection } from '../connection/resolver.ts';
import {
  TemporalError,
  type RunDescription,
  type TemporalClient,
  type TemporalClients,
} from '../temporal/port.ts';
import { isSilent, latestStatus, noteSilence, type RunMemory } from './memory.ts';
import type { AgentView, ObservedRun, TemporalView } from './observed.ts';

export interface ObservePorts {
  readonly resolveConnection: ResolveConnection;
  readonly temporal: TemporalClients;
  readonly now: () => Date;
}

/** What was observed, and the client to act with; undefined when Temporal was not or cannot be asked. */
export interface Observation {
  readonly observed: ObservedRun;
  readonly client: TemporalClient | undefined;
}

/** Every read of a pass. A missing connection or an unreachable Temporal is a value in the result, not an exception. */
export async function observeRun(
  ports: ObservePorts,
  run: AgentRun,
  agentObject: AgentObject | undefined,
  memory: RunMemory,
): Promise<Observation> {
  const namespace = run.metadata.namespace ?? '';
  const uid = run.metadata.uid ?? '';
  const status = latestStatus(memory, run.status, ports.now().getTime());
  const workflowID = run.spec.workflowID ?? defaultWorkflowID({ namespace, name: run.metadata.name, uid });
  const agent = agentView(agentObject);
  const answers = new Map(run.spec.responses?.map(({ id, answer }) => [id, answer]));
  const rejected = new Map(
    [...memory.rejected]
      .filter(([id, { answer }]) => answers.get(id) === answer)
      .map(([id, { message }]) => [id, message]),
  );
  const base = { run, status, namespace, uid, workflowID, agent, rejected, cancelSent: memory.cancelSent };

  const isRecorded = findCondition(status.conditions, 'Completed')?.status === 'True';
  // The finalizer is set before anything is started. Without it there is nothing to find, but for an ID of one's own.
  const mayExist = run.metadata.finalizers?.includes(FINALIZER) === true || agent.kind === 'ready';
  if (isRecorded || !mayExist)
    return { observed: { ...base, temporal: { kind: 'notAsked' } }, client: undefined };

  const name = agentObject === undefined ? undefined : temporalFieldsOf(agentObject).connectionName;
  const resolved = await ports.resolveConnection({ namespace, name });
  if ('missing' in resolved) {
    const { message } = resolved;
    return {
      observed: { ...base, temporal: { kind: 'unavailable', message, retry: false } },
      client: undefined,
    };
  }
  const client = ports.temporal.for(resolved.settings);
  const temporal = await temporalView(ports, client, { ...base, memory });
  return { observed: { ...base, temporal }, client };
}

function agentView(agent: AgentObject | undefined): AgentView {
  if (agent === undefined) return { kind: 'missing' };
  const { taskQueue, conditions } = statusOf(agent);
  if (agent.metadata.deletionTimestamp !== undefined) return { kind: 'deleting', taskQueue };
  if (taskQueue !== undefined) return { kind: 'ready', taskQueue };
  const invalid = findCondition(conditions, 'SpecValid');
  return {
    kind: 'notReady',
    message:
      invalid?.status === 'False' ? `its spec is not valid: ${invalid.message}` : 'it has no task queue yet',
  };
}

interface Asked {
  readonly run: AgentRun;
  readonly namespace: string;
  readonly workflowID: string;
  readonly agent: AgentView;
  readonly memory: RunMemory;
}

async function temporalView(
  ports: ObservePorts,
  client: TemporalClient,
  asked: Asked,
): Promise<TemporalView> {
  try {
    const description = await client.describeRun(asked.workflowID);
    if (description === undefined) return { kind: 'none' };
    const foreign = foreignness(description, asked);
    if (foreign !== undefined) return { kind: 'foreign', message: foreign };
    if (description.status !== 'Running') {
      return {
        kind: 'closed',
        description,
        outcome: await client.runResult(asked.workflowID, description.runID),
      };
    }
    const state = await stateOf(ports, client, description, asked.memory);
    return { kind: 'open', description, state };
  } catch (error) {
    if (!(error instanceof TemporalError)) throw error;
    return { kind: 'unavailable', message: error.message, retry: error.reason === 'Unreachable' };
  }
}

/**
 * Why the workflow is not this resource's to show or to touch; undefined when it is. Workflow IDs are one space for all
 * tenants of a Temporal namespace; task queues are not: each begins with the Kubernetes namespace of its agent.
 */
export function foreignness(
  { workflowType, taskQueue }: Pick<RunDescription, 'workflowType' | 'taskQueue'>,
  { run, namespace, workflowID, agent }: Pick<Asked, 'run' | 'namespace' | 'workflowID' | 'agent'>,
): string | undefined {
  if (workflowType !== WORKFLOW_TYPE || !taskQueue.startsWith(`${namespace}.`)) {
    return `workflow ${workflowID} exists and is no run of an agent of this namespace: choose another spec.workflowID`;
  }
  // The default ID holds the uid of this resource: its run stays its run, should the agent come back on another queue.
  if (run.spec.workflowID === undefined) return undefined;
  const own = agent.kind === 'ready' || agent.kind === 'deleting' ? agent.taskQueue : undefined;
  if (own === undefined || own === taskQueue) return undefined;
  return `workflow ${workflowID} is a run of another agent, on task queue ${taskQueue}: choose another spec.workflowID`;
}

async function stateOf(
  ports: ObservePorts,
  client: TemporalClient,
  { workflowID, runID, historyLength, buildID }: RunDescription,
  memory: RunMemory,
): Promise<RunState | undefined> {
  // Before its first task no worker can answer for it, and the question would wait for its timeout.
  if (buildID === undefined) return undefined;
  const { known } = memory;
  if (known?.runID === runID && known.historyLength === historyLength) return known.state;
  if (isSilent(memory, historyLength, ports.now().getTime())) return undefined;
  const state = await client.queryState(workflowID);
  if (state === undefined) {
    noteSilence(memory, historyLength, ports.now().getTime());
    return undefined;
  }
  memory.silence = undefined;
  memory.known = { runID, historyLength, state };
  return state;
}
