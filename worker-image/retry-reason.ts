/**
 * Why the attempt before this one ended, by Temporal's own account: the pending activity keeps its last failure. It is
 * asked rather than remembered, because the worker that failed may be gone; and it also tells timeouts apart.
 */
import type { Info } from '@temporalio/activity';
import { decodeTimeoutType } from '@temporalio/common/lib/failure.js';
import type { NativeConnection } from '@temporalio/worker';

/** The step waits for the answer when it ends sooner; it must not wait long on a server in trouble. */
const DEADLINE_MS = 2_000;

/** Gives `Unknown` when Temporal cannot be asked. Never throws. */
export function retryReasons(connection: () => NativeConnection): (info: Info) => Promise<string> {
  return async (info) => {
    try {
      return await lastFailure(connection(), info);
    } catch {
      return 'Unknown';
    }
  };
}

async function lastFailure(connection: NativeConnection, info: Info): Promise<string> {
  const { pendingActivities } = await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
    connection.workflowService.describeWorkflowExecution({
      namespace: info.namespace,
      execution: info.workflowExecution ?? null,
    }),
  );
  const failure = pendingActivities.find((activity) => activity.activityId === info.activityId)?.lastFailure;
  if (failure?.applicationFailureInfo) return failure.applicationFailureInfo.type || 'Error';
  if (failure?.timeoutFailureInfo) {
    return decodeTimeoutType(failure.timeoutFailureInfo.timeoutType) === 'HEARTBEAT'
      ? 'WorkerLost'
      : 'Timeout';
  }
  if (failure?.canceledFailureInfo) return 'Canceled';
  return 'Unknown';
}
