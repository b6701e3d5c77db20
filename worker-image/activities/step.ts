import type { Context, Info } from '@temporalio/activity';
import { retryable, type FailureType } from './failures.ts';
import { startHeartbeats } from './heartbeat.ts';

/** What a step needs of its activity's Context; tests make one without a worker. */
export interface Step extends Pick<
  Context,
  'cancellationSignal' | 'cancellationDetails' | 'heartbeat' | 'log'
> {
  readonly info: Pick<
    Info,
    'activityType' | 'attempt' | 'startToCloseTimeoutMs' | 'heartbeatTimeoutMs' | 'workflowExecution'
  >;
}

export interface Attempt {
  /** Aborts on cancellation, at the deadline, and when the worker's grace period is over. */
  readonly signal: AbortSignal;
  heartbeat(details?: unknown): void;
}

/** A step interrupted by a deploy runs elsewhere at once: nothing is in trouble that needs time. */
const SHUTDOWN_RETRY_MS = 100;

/**
 * Runs one attempt: heartbeats from before the first I/O to the end, a deadline just below startToClose (so that the
 * failure says what was slow instead of Temporal's bare timeout), and an end as soon as the attempt is cancelled, also
 * when `work` does not listen to its signal.
 *
 * A deploy is not a cancel: on shutdown the SDK cancels only after shutdownGraceTime (measured, SDK 1.24), and then with
 * `workerShutdown`. That becomes a retryable failure, because the server does not retry what reports itself cancelled.
 */
export async function runAttempt<T>(
  step: Step,
  timeoutType: FailureType,
  work: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const heartbeats = startHeartbeats(step);
  const deadline = new AbortController();
  const limit = attemptTime(step.info.startToCloseTimeoutMs);
  const timer = limit === undefined ? undefined : setTimeout(() => deadline.abort(), limit);
  const signal = AbortSignal.any([step.cancellationSignal, deadline.signal]);
  try {
    return await Promise.race([
      work({ signal, heartbeat: (details) => heartbeats.report(details) }),
      aborted(signal),
    ]);
  } catch (error) {
    if (step.cancellationSignal.aborted) throw interruption(step);
    if (deadline.signal.aborted) {
      throw retryable(timeoutType, `${step.info.activityType} did not finish within ${limit} ms.`);
    }
    throw error;
  } finally {
    clearTimeout(timer);
    heartbeats.stop();
  }
}

/** 95 % of startToClose, leaving at most 5 s to report; setTimeout would fire at once beyond 2^31 ms (24 days). */
function attemptTime(startToClose: number): number | undefined {
  if (startToClose === 0 || startToClose > 2 ** 31 - 1) return undefined;
  return Math.round(startToClose - Math.min(5_000, startToClose * 0.05));
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(new Error('aborted'));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** The signal's reason is the SDK's CancelledFailure, which it wants back for cancel, pause and reset. */
function interruption(step: Step): unknown {
  if (step.cancellationDetails?.workerShutdown !== true) return step.cancellationSignal.reason;
  return retryable(
    'WorkerShutdown',
    `The worker had to stop before ${step.info.activityType} was done.`,
    SHUTDOWN_RETRY_MS,
  );
}
