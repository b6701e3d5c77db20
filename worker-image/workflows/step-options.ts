/** Policies of the plan as activity options, and the one-line summaries Temporal's UI shows for each step. */
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
import type { OpenCall } from './machine-state.ts';
import type { StepPolicy } from './protocol.ts';
import { oneLine } from './text-size.ts';

/** Temporal's limit is 400 bytes with quotes and escapes. */
const MAX_SUMMARY_BYTES = 200;
/** Arguments are user data and shown to everybody who may look at the run: enough to recognise a call by, no more. */
const MAX_ARGUMENT_BYTES = 60;
/** Temporal refuses longer ids, and with them the whole workflow task. */
const MAX_ACTIVITY_ID_BYTES = 1_000;

export interface StepOptions {
  readonly policy: StepPolicy;
  readonly summary: string;
  /** The step must not be repeated: one attempt, whatever the policy says. */
  readonly once?: boolean;
  readonly activityID?: string;
  readonly taskQueue?: string;
}

export function activityOptions({
  policy,
  summary,
  once = false,
  activityID,
  taskQueue,
}: StepOptions): ActivityOptions {
  return {
    startToCloseTimeout: policy.startToClose,
    ...(policy.scheduleToClose === undefined ? {} : { scheduleToCloseTimeout: policy.scheduleToClose }),
    ...(policy.heartbeat === undefined ? {} : { heartbeatTimeout: policy.heartbeat }),
    ...(activityID === undefined || bytesOf(activityID) > MAX_ACTIVITY_ID_BYTES
      ? {}
      : { activityId: activityID }),
    ...(taskQueue === undefined ? {} : { taskQueue }),
    // On our own queue "cancelled" means that nothing runs any more. Somebody else's activity may never notice.
    cancellationType:
      taskQueue === undefined
        ? ActivityCancellationType.WAIT_CANCELLATION_COMPLETED
        : ActivityCancellationType.TRY_CANCEL,
    retry: {
      maximumAttempts: once ? 1 : policy.maximumAttempts,
      initialInterval: policy.initialInterval,
      backoffCoefficient: policy.backoffCoefficient,
      // The SDK throws when it is the smaller one.
      maximumInterval: Math.max(policy.maximumInterval, policy.initialInterval),
      nonRetryableErrorTypes: [...policy.nonRetryableErrorTypes],
    },
    summary,
  };
}

export function modelSummary(turn: number, model: string): string {
  return oneLine(`turn ${turn}: ${model}`, MAX_SUMMARY_BYTES);
}

export function toolSummary(turn: number, call: number, { name, arguments: values }: OpenCall): string {
  const shown = Object.entries(values).map(([key, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${key}: ${oneLine(text, MAX_ARGUMENT_BYTES)}`;
  });
  return oneLine(`turn ${turn}, call ${call}: ${name}(${shown.join(', ')})`, MAX_SUMMARY_BYTES);
}

function bytesOf(id: string): number {
  return new TextEncoder().encode(id).length;
}
