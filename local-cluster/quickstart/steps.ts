import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';

export type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type PendingActivities = WorkflowExecutionDescription['raw']['pendingActivities'];

/** One step of a run, as Temporal tells it. */
export interface Step {
  /** Activity ID, unique in the run. */
  readonly id: string;
  /** Tool, or the model call. */
  readonly name: string;
  readonly state: 'scheduled' | 'running' | 'backing off' | 'completed' | 'failed';
  /** From 1: the attempt that ended it, or the one under way or to come. */
  readonly attempt: number;
  /** Worker that has it or had it last. */
  readonly worker: string | undefined;
  /** Why the attempt before failed. */
  readonly problem: string | undefined;
  readonly input: unknown;
  readonly result: unknown;
  /** Milliseconds since the epoch. */
  readonly completedAt: number | undefined;
}

// temporal.api.enums.v1.PendingActivityState
const PENDING_SCHEDULED = 1;

/** The steps in the order they were scheduled: closed ones from the history, those under way from the pending activities. */
export function stepsOf(history: History, pending: PendingActivities): readonly Step[] {
  const steps = new Map<string, Step>();
  const change = (scheduledEvent: unknown, facts: Partial<Step>): void => {
    const step = steps.get(String(scheduledEvent));
    if (step !== undefined) steps.set(String(scheduledEvent), { ...step, ...facts });
  };
  for (const event of history.events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    const started = event.activityTaskStartedEventAttributes;
    const completed = event.activityTaskCompletedEventAttributes;
    const ended = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
    if (scheduled) {
      steps.set(String(event.eventId), {
        id: scheduled.activityId ?? '',
        name: scheduled.activityType?.name ?? '',
        state: 'scheduled',
        attempt: 1,
        worker: undefined,
        problem: undefined,
        input: decode(scheduled.input?.payloads?.[0]?.data),
        result: undefined,
        completedAt: undefined,
      });
    }
    // Written together with the event that ends the step, with the number of the attempt that ended it.
    if (started) {
      const problem = started.lastFailure?.message ?? undefined;
      change(started.scheduledEventId, {
        attempt: started.attempt ?? 1,
        worker: started.identity ?? undefined,
        problem,
      });
    }
    if (completed) {
      const result = decode(completed.result?.payloads?.[0]?.data);
      const completedAt = Number(event.eventTime?.seconds ?? 0) * 1_000 + (event.eventTime?.nanos ?? 0) / 1e6;
      change(completed.scheduledEventId, { state: 'completed', result, completedAt });
    }
    if (ended)
      change(ended.scheduledEventId, { state: 'failed', problem: ended.failure?.message ?? undefined });
  }
  const under = new Map((pending ?? []).map((activity) => [activity.activityId, activity]));
  return [...steps.values()].map((step) => {
    const activity = step.state === 'scheduled' ? under.get(step.id) : undefined;
    if (activity === undefined) return step;
    const attempt = activity.attempt ?? 1;
    const waits = activity.state === PENDING_SCHEDULED;
    return {
      ...step,
      attempt,
      state: !waits ? 'running' : attempt > 1 ? 'backing off' : 'scheduled',
      worker: activity.lastWorkerIdentity === '' ? undefined : (activity.lastWorkerIdentity ?? undefined),
      problem: activity.lastFailure?.message ?? undefined,
    };
  });
}

/** JSON of a payload; undefined when it is none (an encrypting codec, say). */
function decode(data: Uint8Array | null | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(data ?? []).toString('utf8'));
  } catch {
    return undefined;
  }
}
