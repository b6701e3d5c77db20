import { MAX_OUTPUT_BYTES, type AgentRunStatus } from '../../crds/v1alpha1/agent-run.ts';
import type { RunReason } from '../../crds/v1alpha1/conditions.ts';
import { conditionsFrom, findCondition, type Finding } from '../connection/condition.ts';
import type { RunStatus } from '../temporal/port.ts';
import { cutText } from './cut-text.ts';
import { temporalFailure, type ExecutedRun } from './execute.ts';
import { finding } from './finding.ts';
import type { AgentView, ObservedRun } from './observed.ts';
import { shownQuestions, waitingFinding } from './questions.ts';

/** Limits of the schema (agent-run.ts). */
const MAX_FAILURE_TYPE = 256;
const MAX_FAILURE_MESSAGE = 4_096;

type Phase = NonNullable<AgentRunStatus['phase']>;
type Progress = Omit<AgentRunStatus, 'conditions' | 'observedGeneration' | 'workflowID'>;
type Closed = Extract<ObservedRun['temporal'], { kind: 'closed' }>;
type Open = Extract<ObservedRun['temporal'], { kind: 'open' }>;

const CLOSED: Readonly<
  Record<Exclude<RunStatus, 'Running'>, { readonly phase: Phase; readonly reason: RunReason }>
> = {
  Completed: { phase: 'Succeeded', reason: 'Succeeded' },
  Failed: { phase: 'Failed', reason: 'Failed' },
  Canceled: { phase: 'Canceled', reason: 'Canceled' },
  Terminated: { phase: 'Terminated', reason: 'Terminated' },
  TimedOut: { phase: 'TimedOut', reason: 'TimedOut' },
};

/** Status after a pass. Pure: equal observations give an equal status, so that nothing is written when nothing changed. */
export function runStatus(observed: ObservedRun, executed: ExecutedRun, now: Date): AgentRunStatus {
  const { run, status: previous, workflowID } = observed;
  const generation = run.metadata.generation ?? 0;
  // What is over stays as it was recorded, whatever becomes of agent, Temporal or history.
  if (isCompleted(previous)) return previous;
  const { progress, findings } = report(observed, executed, now);
  return {
    observedGeneration: generation,
    workflowID,
    ...progress,
    conditions: conditionsFrom(findings, { previous: previous.conditions, generation, now }),
  };
}

export function isCompleted(status: AgentRunStatus): boolean {
  return findCondition(status.conditions, 'Completed')?.status === 'True';
}

interface Report {
  readonly progress: Progress;
  readonly findings: readonly Finding[];
}

function report(observed: ObservedRun, executed: ExecutedRun, now: Date): Report {
  const { temporal } = observed;
  switch (temporal.kind) {
    case 'open':
      return openReport(observed, temporal, executed);
    case 'closed':
      return closedReport(observed, temporal);
    case 'unavailable':
      return staleReport(observed, temporal.message);
    case 'foreign':
      return {
        progress: { phase: 'Pending' },
        findings: [finding('Started', 'False', 'WorkflowMismatch', temporal.message)],
      };
    case 'none':
    case 'notAsked':
      return absentReport(observed, executed, now);
  }
}

function openReport(observed: ObservedRun, { description, state }: Open, executed: ExecutedRun): Report {
  const { status: previous, rejected } = observed;
  const questions = state?.waiting ?? [];
  const answered = new Set(
    [...executed.answers].filter(([, { outcome }]) => outcome.kind === 'accepted').map(([id]) => id),
  );
  const waiting =
    state === undefined
      ? (previous.waiting ?? [])
      : shownQuestions(questions.filter(({ id }) => !answered.has(id)));
  const refused = new Map(rejected);
  for (const [id, { outcome }] of executed.answers) {
    if (outcome.kind === 'rejected') refused.set(id, outcome.message);
  }
  const failed = temporalFailure(executed);
  return {
    progress: {
      ...carried(previous),
      phase: waiting.length > 0 ? 'Waiting' : 'Running',
      runID: description.runID,
      startTime: previous.startTime ?? description.startTime.toISOString(),
      ...(description.buildID === undefined ? {} : { version: description.buildID }),
      ...(state === undefined ? {} : { turns: state.turns, usage: { ...state.usage } }),
      ...(waiting.length === 0 ? {} : { waiting }),
    },
    findings: [
      failed === undefined
        ? finding('Started', 'True', 'Running', 'the run exists in Temporal')
        : finding('Started', 'True', 'TemporalUnreachable', failed.message),
      finding('Completed', 'False', 'Running', 'the run has not ended'),
      waitingFinding(waiting, refused),
    ],
  };
}

function closedReport({ status: previous }: ObservedRun, { description, outcome }: Closed): Report {
  const status = description.status === 'Running' ? 'Terminated' : description.status;
  const { phase, reason } = CLOSED[status];
  const base: Progress = {
    ...carried(previous),
    phase,
    runID: description.runID,
    startTime: previous.startTime ?? description.startTime.toISOString(),
    ...(description.buildID === undefined ? {} : { version: description.buildID }),
    ...(description.closeTime === undefined ? {} : { completionTime: description.closeTime.toISOString() }),
  };
  const started = finding('Started', 'True', 'Running', 'the run exists in Temporal');
  const idle = finding('Waiting', 'False', 'NotWaiting', 'the run is over');
  if (outcome.kind === 'completed') {
    const { output, turns, usage } = outcome.result;
    const shown = cutText(output, MAX_OUTPUT_BYTES);
    return {
      progress: {
        ...base,
        turns,
        usage: { ...usage },
        output: shown,
        ...(shown === output ? {} : { outputTruncated: true }),
      },
      findings: [started, finding('Completed', 'True', reason, 'the run ended with a result'), idle],
    };
  }
  if (status === 'Canceled') {
    return {
      progress: base,
      findings: [started, finding('Completed', 'True', reason, 'the run was cancelled'), idle],
    };
  }
  const type = cutText(outcome.type, MAX_FAILURE_TYPE);
  const message = cutText(outcome.message, MAX_FAILURE_MESSAGE);
  return {
    progress: { ...base, failure: { type, message } },
    findings: [started, finding('Completed', 'True', reason, `${type}: ${message}`), idle],
  };
}

/** Nothing new can be learnt: what was known stands, marked as old. The run itself goes on. */
function staleReport({ status: previous }: ObservedRun, message: string): Report {
  const started = findCondition(previous.conditions, 'Started');
  if (started?.status !== 'True') {
    return {
      progress: { phase: 'Pending' },
      findings: [finding('Started', 'Unknown', 'TemporalUnreachable', message)],
    };
  }
  return {
    progress: { ...carried(previous), ...kept(previous, 'phase'), ...kept(previous, 'waiting') },
    findings: [
      finding('Started', 'True', 'TemporalUnreachable', message),
      ...(previous.conditions ?? []).filter(({ type }) => type !== 'Started'),
    ],
  };
}

function absentReport(observed: ObservedRun, executed: ExecutedRun, now: Date): Report {
  const { run, status: previous, agent, temporal } = observed;
  const wasStarted = findCondition(previous.conditions, 'Started')?.status === 'True';
  if (wasStarted) {
    // Without the agent nobody knows which Temporal it was in: asking another one proves nothing.
    if (temporal.kind !== 'none' || agent.kind === 'missing') {
      return staleReport(
        observed,
        `DurableAgent ${run.spec.agentRef.name} is gone: its run cannot be found without it`,
      );
    }
    const message =
      'Temporal no longer knows the run: the retention of its namespace has passed. How it ended is unknown';
    return {
      progress: {
        ...carried(previous),
        phase: 'Failed',
        completionTime: now.toISOString(),
        failure: { type: 'HistoryGone', message },
      },
      findings: [
        finding('Started', 'True', 'Running', 'the run existed in Temporal'),
        finding('Completed', 'True', 'HistoryGone', message),
        finding('Waiting', 'False', 'NotWaiting', 'the run is over'),
      ],
    };
  }
  if (run.spec.cancel === true) {
    const message = 'cancelled before it began';
    return {
      progress: { phase: 'Canceled', completionTime: now.toISOString() },
      findings: [
        finding('Started', 'False', 'Canceled', message),
        finding('Completed', 'True', 'Canceled', message),
      ],
    };
  }
  return { progress: { phase: 'Pending' }, findings: [notStarted(run.spec.agentRef.name, agent, executed)] };
}

function notStarted(name: string, agent: AgentView, executed: ExecutedRun): Finding {
  const failed = temporalFailure(executed);
  switch (agent.kind) {
    case 'missing':
      return finding(
        'Started',
        'False',
        'AgentNotFound',
        `DurableAgent ${name} does not exist: the run starts once it does`,
      );
    case 'deleting':
      return finding(
        'Started',
        'False',
        'AgentDeleting',
        `DurableAgent ${name} is being deleted and takes no new runs`,
      );
    case 'notReady':
      return finding('Started', 'False', 'AgentNotReady', `DurableAgent ${name}: ${agent.message}`);
    case 'ready':
      return failed === undefined
        ? finding('Started', 'Unknown', 'Running', 'the run is being handed to Temporal')
        : finding('Started', 'Unknown', 'TemporalUnreachable', failed.message);
  }
}

/** What a run never loses again once it was known. */
function carried(previous: AgentRunStatus): Progress {
  return {
    ...kept(previous, 'runID'),
    ...kept(previous, 'version'),
    ...kept(previous, 'startTime'),
    ...kept(previous, 'turns'),
    ...kept(previous, 'usage'),
  };
}

function kept<K extends keyof Progress>(previous: AgentRunStatus, field: K): Pick<Progress, K> {
  return (previous[field] === undefined ? {} : { [field]: previous[field] }) as Pick<Progress, K>;
}
