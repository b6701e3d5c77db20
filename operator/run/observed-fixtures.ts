import { FINALIZER } from '../../crds/v1alpha1/contract.ts';
import type { AgentRunSpec } from '../../crds/v1alpha1/agent-run.ts';
import type { AgentRun } from '../../crds/v1alpha1/kinds.ts';
import type { RunState } from '../../crds/v1alpha1/run-protocol.ts';
import type { RunDescription } from '../temporal/port.ts';
import type { ExecutedRun } from './execute.ts';
import type { ObservedRun } from './observed.ts';

/** Observations for the tests of the pure parts: a fresh run of a ready agent, changed where a test says so. */
export const T0 = new Date('2026-11-21T00:00:00.000Z');
export const after = (seconds: number): Date => new Date(T0.getTime() + seconds * 1_000);

export function agentRun(
  spec: Partial<AgentRunSpec> = {},
  metadata: Partial<AgentRun['metadata']> = {},
): AgentRun {
  return {
    apiVersion: 'durableagents.dev/v1alpha1',
    kind: 'AgentRun',
    metadata: {
      name: 'run',
      namespace: 'team-a',
      uid: 'u1',
      resourceVersion: '7',
      generation: 1,
      ...metadata,
    },
    spec: { agentRef: { name: 'agent' }, ...spec },
  };
}

export function observed(change: Partial<ObservedRun> = {}): ObservedRun {
  return {
    run: agentRun(),
    status: {},
    namespace: 'team-a',
    uid: 'u1',
    workflowID: 'team-a/run/u1',
    agent: { kind: 'ready', taskQueue: 'team-a.agent' },
    temporal: { kind: 'none' },
    rejected: new Map(),
    cancelSent: false,
    ...change,
  };
}

export const NOTHING_DONE: ExecutedRun = { answers: new Map(), cancelAccepted: false, failure: undefined };
export const HELD = { finalizers: [FINALIZER] } as const;

export function description(change: Partial<RunDescription> = {}): RunDescription {
  return {
    workflowID: 'team-a/run/u1',
    runID: 'r1',
    workflowType: 'DurableAgent',
    taskQueue: 'team-a.agent',
    status: 'Running',
    startTime: T0,
    closeTime: undefined,
    historyLength: 5,
    buildID: 'b1',
    pendingActivities: [],
    ...change,
  };
}

export function state(change: Partial<RunState> = {}): RunState {
  return {
    phase: 'Running',
    turns: 1,
    toolCalls: 0,
    usage: { inputTokens: 3, outputTokens: 4 },
    waiting: [],
    ...change,
  };
}

export const question = (id: string, prompt = 'who?') =>
  ({ id, kind: 'Question', tool: 'ask', prompt, since: T0.toISOString() }) as const;
