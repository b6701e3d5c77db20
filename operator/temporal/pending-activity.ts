import type { PendingActivity } from './port.ts';

/** What is used of temporal.api.workflow.v1.PendingActivityInfo. */
export interface RawPendingActivity {
  readonly activityType?: { readonly name?: string | null } | null;
  readonly state?: number | null;
  readonly attempt?: number | null;
  /** Set while the next attempt lies ahead, by the server's clock; gone the moment the attempt is due (1.29). */
  readonly nextAttemptScheduleTime?: unknown;
}

/** temporal.api.enums.v1.PendingActivityState. */
const STARTED = 2;
const CANCEL_REQUESTED = 3;
const PAUSE_REQUESTED = 5;

/** A cancel or a pause was asked for while a worker has the step in hand. 1 and 4 are scheduled and paused. */
const IN_HAND: ReadonlySet<number> = new Set([STARTED, CANCEL_REQUESTED, PAUSE_REQUESTED]);

/**
 * Temporal calls both "waits for a worker" and "waits for its next attempt" SCHEDULED. Only an attempt > 1 with a
 * next-attempt time is backing off; a retry that is due and finds no worker slot is scheduled again.
 */
export function pendingActivity(raw: RawPendingActivity): PendingActivity {
  const attempt = Math.max(1, raw.attempt ?? 1);
  return { name: raw.activityType?.name ?? '', attempt, state: stateOf(raw, attempt) };
}

function stateOf(
  { state, nextAttemptScheduleTime }: RawPendingActivity,
  attempt: number,
): PendingActivity['state'] {
  if (IN_HAND.has(state ?? 0)) return 'started';
  const isAhead = nextAttemptScheduleTime !== null && nextAttemptScheduleTime !== undefined;
  return attempt > 1 && isAhead ? 'backing_off' : 'scheduled';
}
