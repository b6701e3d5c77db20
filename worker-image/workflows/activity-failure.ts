/** What Temporal reports when an activity has failed for good, as a StepFailure. */
import { ActivityFailure, ApplicationFailure, ServerFailure, TimeoutFailure } from '@temporalio/workflow';
import type { StepPolicy } from './protocol.ts';
import type { StepFailure } from './step-failure.ts';

/** `once`: the step had one attempt only, and its effect may have happened whatever became of the answer. */
export function stepFailureOf(error: unknown, policy: StepPolicy, once: boolean): StepFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const usedUp = error instanceof ActivityFailure && error.retryState === 'MAXIMUM_ATTEMPTS_REACHED';
  return {
    ...describedCause(cause, policy),
    ...(usedUp ? { attempts: once ? 1 : policy.maximumAttempts } : {}),
    outcomeUnknown: once && !neverStarted(cause),
  };
}

function describedCause(cause: unknown, policy: StepPolicy): Pick<StepFailure, 'type' | 'message'> {
  if (cause instanceof TimeoutFailure) return timeout(cause, policy);
  if (cause instanceof ApplicationFailure) return { type: cause.type ?? 'Error', message: cause.message };
  // For instance "Complete result exceeds size limit." (server 1.29.1, results of 2 to 4 MiB).
  if (cause instanceof ServerFailure) return { type: 'ServerFailure', message: cause.message };
  return { type: 'Error', message: cause instanceof Error ? cause.message : 'failed without a reason' };
}

function timeout(failure: TimeoutFailure, policy: StepPolicy): Pick<StepFailure, 'type' | 'message'> {
  switch (failure.timeoutType) {
    case 'HEARTBEAT':
      return {
        type: 'WorkerLost',
        message: `the worker was not heard of for ${(policy.heartbeat ?? 0) / 1_000} s`,
      };
    case 'START_TO_CLOSE':
      return {
        type: 'Timeout',
        message: `no result within ${policy.startToClose / 1_000} s (timeouts.startToClose)`,
      };
    case 'SCHEDULE_TO_START':
      return { type: 'Timeout', message: 'no worker took the call in time' };
    case 'SCHEDULE_TO_CLOSE': {
      const within = `no success within ${(policy.scheduleToClose ?? 0) / 1_000} s of attempts (timeouts.scheduleToClose)`;
      // The last attempt's own failure says more than the clock.
      const last =
        failure.cause instanceof ApplicationFailure
          ? `; the last attempt: ${failure.cause.type ?? 'Error'}: ${failure.cause.message}`
          : '';
      return { type: 'Timeout', message: within + last };
    }
    case undefined:
      return { type: 'Timeout', message: failure.message };
  }
}

/** Nothing was executed when no worker ever took the task. */
function neverStarted(cause: unknown): boolean {
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
}
