import { FINALIZER } from '../../crds/v1alpha1/contract.ts';
import type { RunInput } from '../../crds/v1alpha1/run-protocol.ts';
import { findCondition } from '../connection/condition.ts';
import type { ObservedRun } from './observed.ts';

/** One write. Executed in the order of the plan; the first failure ends the pass. */
export type RunAction =
  | { readonly kind: 'setFinalizers'; readonly finalizers: readonly string[] }
  | {
      readonly kind: 'start';
      readonly workflowID: string;
      readonly taskQueue: string;
      readonly input: RunInput;
      readonly summary: string;
    }
  | { readonly kind: 'cancel'; readonly workflowID: string }
  | { readonly kind: 'answer'; readonly workflowID: string; readonly id: string; readonly answer: string }
  | { readonly kind: 'delete' };

export interface RunPlan {
  readonly actions: readonly RunAction[];
  /** Milliseconds until the next look; undefined: when something changes. */
  readonly requeueAfter?: number;
}

/** The agent's changes wake its runs; this is for the change that got lost. */
const WAIT_FOR_AGENT_MS = 10_000;
/** Waits that only a person ends: a foreign workflow, refused credentials. */
const WAIT_FOR_PERSON_MS = 30_000;
/** While Temporal does not answer. Not the work queue's backoff: after an outage of hours runs are shown again in seconds. */
const UNREACHABLE_MS = 5_000;
const SOON_MS = 300;
const FASTEST_POLL_MS = 2_000;
const SLOWEST_POLL_MS = 10_000;
/** Longest wait given to a timer (setTimeout holds 24 days). */
const LONGEST_WAIT_MS = 3_600_000;

/** What to do now. Pure: no client, no clock of its own. */
export function planRun(observed: ObservedRun, now: Date): RunPlan {
  const { run, status } = observed;
  if (run.metadata.deletionTimestamp !== undefined) return planDeletion(observed);
  if (findCondition(status.conditions, 'Completed')?.status === 'True') return planCompleted(observed, now);
  switch (observed.temporal.kind) {
    case 'notAsked':
      return { actions: [], requeueAfter: WAIT_FOR_AGENT_MS };
    case 'unavailable':
      return { actions: [], requeueAfter: unavailableWait(observed.temporal.retry) };
    case 'foreign':
      return { actions: [], requeueAfter: WAIT_FOR_PERSON_MS };
    case 'none':
      return planStart(observed);
    case 'open':
      return planOpen(observed, observed.temporal, now);
    case 'closed':
      return { actions: [], requeueAfter: SOON_MS };
  }
}

/**
 * As deleting a Job stops its pods, deleting an AgentRun asks its run to stop. The resource goes once Temporal has the
 * request; while Temporal cannot be asked the resource stays.
 */
function planDeletion(observed: ObservedRun): RunPlan {
  const { run, temporal, workflowID } = observed;
  const finalizers = run.metadata.finalizers ?? [];
  if (!finalizers.includes(FINALIZER)) return { actions: [] };
  const release = setFinalizers(finalizers.filter((entry) => entry !== FINALIZER));
  switch (temporal.kind) {
    case 'unavailable':
      return { actions: [], requeueAfter: unavailableWait(temporal.retry) };
    case 'open':
      return { actions: [{ kind: 'cancel', workflowID }, release] };
    case 'notAsked':
    case 'none':
    case 'foreign':
    case 'closed':
      return { actions: [release] };
  }
}

/** The record is complete: nothing holds the resource any more, and after its TTL it goes. */
function planCompleted({ run, status }: ObservedRun, now: Date): RunPlan {
  const finalizers = run.metadata.finalizers ?? [];
  const actions = finalizers.includes(FINALIZER)
    ? [setFinalizers(finalizers.filter((entry) => entry !== FINALIZER))]
    : [];
  const ttl = run.spec.ttlSecondsAfterFinished;
  if (ttl === undefined || status.completionTime === undefined) return { actions };
  const left = Date.parse(status.completionTime) + ttl * 1_000 - now.getTime();
  if (left > 0) return { actions, requeueAfter: Math.min(left, LONGEST_WAIT_MS) };
  // In one pass with the finalizer the resource version would be outdated; deletion goes by uid alone.
  return { actions: [...actions, { kind: 'delete' }] };
}

function planStart({ run, status, workflowID, agent, namespace }: ObservedRun): RunPlan {
  // It ran and is gone: the status says so (HistoryGone). Never a second run. One that is not wanted never begins.
  const wasStarted = findCondition(status.conditions, 'Started')?.status === 'True';
  if (wasStarted && agent.kind === 'missing') return { actions: [], requeueAfter: WAIT_FOR_PERSON_MS };
  if (wasStarted || run.spec.cancel === true) return { actions: [], requeueAfter: SOON_MS };
  if (agent.kind !== 'ready') return { actions: [], requeueAfter: WAIT_FOR_AGENT_MS };
  const finalizers = run.metadata.finalizers ?? [];
  const { input } = run.spec;
  return {
    actions: [
      // First: a run that was started must not outlive its resource unnoticed.
      ...(finalizers.includes(FINALIZER) ? [] : [setFinalizers([...finalizers, FINALIZER])]),
      {
        kind: 'start',
        workflowID,
        taskQueue: agent.taskQueue,
        input: input === undefined ? {} : { input },
        summary: `AgentRun ${namespace}/${run.metadata.name}`.slice(0, 200),
      },
    ],
    requeueAfter: SOON_MS,
  };
}

function planOpen(
  { run, workflowID, rejected, cancelSent }: ObservedRun,
  { description, state }: Extract<ObservedRun['temporal'], { kind: 'open' }>,
  now: Date,
): RunPlan {
  const actions: RunAction[] = [];
  const finalizers = run.metadata.finalizers ?? [];
  if (!finalizers.includes(FINALIZER)) actions.push(setFinalizers([...finalizers, FINALIZER]));
  if (run.spec.cancel === true && !cancelSent) actions.push({ kind: 'cancel', workflowID });
  const asked = new Set(state?.waiting.map(({ id }) => id));
  for (const { id, answer } of run.spec.responses ?? []) {
    // Answered and not yet asked ones are not in `waiting`; a refused one is sent again only when it says something else.
    if (asked.has(id) && !rejected.has(id)) actions.push({ kind: 'answer', workflowID, id, answer });
  }
  return { actions, requeueAfter: actions.length > 0 ? SOON_MS : pollInterval(description.startTime, now) };
}

/** How long to wait for a Temporal that cannot be asked, or that refused; `retry`: waiting alone may help. */
export function unavailableWait(retry: boolean): number {
  return retry ? UNREACHABLE_MS : WAIT_FOR_AGENT_MS;
}

/** A short run is watched closely, a long one every 10 s: a sixtieth of its age. */
export function pollInterval(startTime: Date, now: Date): number {
  const age = now.getTime() - startTime.getTime();
  return Math.min(SLOWEST_POLL_MS, Math.max(FASTEST_POLL_MS, Math.round(age / 60)));
}

function setFinalizers(finalizers: readonly string[]): RunAction {
  return { kind: 'setFinalizers', finalizers };
}
